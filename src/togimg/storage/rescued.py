"""What is in the rescue folders, and its way to where it belongs."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from togimg.errors import LocalError, reason
from togimg.naming import Name
from togimg.storage import Storage, placeholders

UNFINISHED = ".unfinished"
"""The suffix of bytes that a killed process left: a whole picture, or a part of one."""

# A rescued file has its old name and a number.
_RESCUED = re.compile(r"(?P<stem>.+)-\d{3,15}")


@dataclass(frozen=True, slots=True)
class Rescued:
    """A file in a rescue folder; `size` in bytes."""

    path: Path
    size: int
    saved: datetime

    @property
    def unfinished(self) -> bool:
        """Whether nobody has looked yet if it is a whole picture."""
        return self.path.suffix == UNFINISHED


def listed(storage: Storage) -> list[Rescued]:
    """Every file in the rescue folders, oldest first; what killed processes left there as well."""
    found = (one for folder in storage.rescues for one in _files_in(folder, storage))
    return sorted(found, key=lambda one: (one.saved, one.path))


def place(one: Rescued, data: bytes, extension: str, folder: Path, storage: Storage) -> Path | None:
    """Puts a rescued picture into the folder, under its old name or the next free one.

    It leaves the rescue folder when it is safely there. None when another process has it.

    Raises:
        LocalError: it could not be put there, and stays where it is.
    """
    try:
        descriptor = placeholders.hold(one.path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot_place(one, folder, error) from error
    if descriptor is None:
        return None
    try:
        with storage.reserve(
            folder, _old_name(one), index=1, on_exists="unique", extension=extension
        ) as there:
            placed = there.put(data, extension)
        placeholders.sync_folder(folder)
        one.path.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_place(one, folder, error) from error
    finally:
        os.close(descriptor)
    return placed


def _files_in(folder: Path, storage: Storage) -> Iterator[Rescued]:
    with suppress(OSError):
        storage.sweep(folder)
        for entry in os.scandir(folder):
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(found.st_mode) and not entry.name.startswith("."):
                saved = datetime.fromtimestamp(found.st_mtime, UTC).astimezone()
                yield Rescued(Path(entry.path), found.st_size, saved)


def _old_name(one: Rescued) -> Name:
    numbered = _RESCUED.fullmatch(one.path.stem)
    return Name((), (numbered["stem"] if numbered else one.path.stem,))


def _cannot_place(one: Rescued, folder: Path, error: OSError) -> LocalError:
    return LocalError(
        f"cannot place {one.path.name} in {folder}: {reason(error)}",
        hint="it stays in the rescue folder: choose a folder that can be written with --to",
        outcome="made",
    )
