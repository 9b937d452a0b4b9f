"""Where a picture goes: a reserved file name, or standard output."""

import sys
from pathlib import Path
from typing import Protocol, Self

from togimg.errors import LocalError
from togimg.storage import Storage


class Place(Protocol):
    """A place for the pictures of one job; leave it with `with`."""

    def publish(self, data: bytes, extension: str) -> Path:
        """Puts a picture there, or beside the one that is there, and says where."""

    def __enter__(self) -> Self:
        """The place itself."""

    def __exit__(self, *error: object) -> None:
        """Gives back what was not used."""


class Stdout:
    """Standard output; what cannot be written there is rescued."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def publish(self, data: bytes, extension: str) -> Path:
        """Writes the picture's bytes.

        Raises:
            LocalError: they could not be written; the message says where they were rescued.
        """
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as error:
            kept = self._storage.rescue(data, f"stdout.{extension}")
            where = f"the picture is kept in {kept}" if kept else "the picture could not be kept"
            raise LocalError(
                f"cannot write to stdout: {(error.strerror or str(error)).lower()}; {where}",
                outcome="made",
            ) from error
        return Path("-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Leaves stdout open: it is the program's."""
