"""Where a picture goes: a reserved file name, or standard output."""

import os
import sys
from pathlib import Path
from typing import Protocol, Self

from togimg.errors import reason
from togimg.storage import NotPlaced, Storage


class Place(Protocol):
    """A place for the pictures of one job; leave it with `with`."""

    def path(self, extension: str) -> Path:
        """The file that a picture there becomes; `-` on stdout."""

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

    def path(self, extension: str) -> Path:  # noqa: ARG002  bytes on a stream have no name
        """No file: `-`."""
        return Path("-")

    def publish(self, data: bytes, extension: str) -> Path:
        """Writes the picture's bytes.

        Raises:
            NotPlaced: they could not be written; the message says where they were rescued.
        """
        try:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as error:
            # What is left in its buffer would fail again, at the end of the program.
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  till the end
            kept = self._storage.rescue(data, f"stdout.{extension}")
            raise NotPlaced(f"cannot write to stdout: {reason(error)}", kept) from error
        return Path("-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Leaves stdout open: it is the program's."""


def known_as(named: Path | None) -> Path | None:
    """The output folder as the ledger knows it: the same, whatever path it was named by."""
    try:
        # Not `Path.resolve`, which fails on a loop of links.
        return named and Path(os.path.realpath(named))
    except FileNotFoundError:
        # The current folder is gone.
        return named
