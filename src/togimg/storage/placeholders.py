"""Hidden files that stand for names: made exclusively, and locked while their process lives."""

import contextlib
import os
import re
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_HIDDEN = re.compile(r"\.(?P<stem>.+)\.togimg")


def path_for(folder: Path, stem: str) -> Path:
    """The placeholder of a name."""
    return folder / f".{stem}.togimg"


def stem_of(file: str) -> str | None:
    """The name that a file stands for, if it is a placeholder."""
    found = _HIDDEN.fullmatch(file)
    return found["stem"] if found else None


def claim(path: Path) -> int | None:
    """A locked descriptor of a new placeholder, or None when there is one already.

    Raises:
        OSError: it cannot be made here.
    """
    try:
        descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return None
    locked = _lock(descriptor)
    if locked and _is_at(path, descriptor):
        return descriptor
    os.close(descriptor)
    # Before it was locked, another process may have swept it away for that of a dead one.
    return claim(path) if locked else None


def take_over(path: Path) -> tuple[int, bytes] | None:
    """A locked descriptor of a dead process's placeholder, with the bytes it left in it.

    One that has a picture's name as well, because the process died between giving that and taking
    the other away, is the picture's: a new one is made.
    """
    if sys.platform == "win32":
        return None
    with contextlib.suppress(OSError):
        descriptor = hold(path)
        if descriptor is None:
            return None
        found = os.fstat(descriptor)
        if found.st_nlink == 1:
            return descriptor, os.pread(descriptor, found.st_size, 0)
        give_up(path, descriptor)
        new = claim(path)
        return None if new is None else (new, b"")
    return None


def hold(path: Path) -> int | None:
    """A locked descriptor of a file that is there, or None while another process has it.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(path, _FLAGS)
    # Whoever holds the lock owns the file that the path names now, or owns nothing.
    if _lock(descriptor) and _is_at(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def sync_folder(folder: Path) -> None:
    """Has the names in a folder on the disk when it returns, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write(descriptor: int, data: bytes) -> None:
    """Replaces the contents by these bytes, and has them on the disk when it returns."""
    os.ftruncate(descriptor, 0)
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        os.lseek(descriptor, 0, os.SEEK_SET)
        raise


def give_up(path: Path, descriptor: int) -> None:
    """Removes the placeholder, unless it has become a picture or somebody else's."""
    remove(path, descriptor)
    os.close(descriptor)


def remove(path: Path, descriptor: int) -> None:
    """The same, and leaves the descriptor open."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if os.path.samestat(os.lstat(path), os.fstat(descriptor)):
            path.unlink()


def become(path: Path, picture: Path) -> None:
    """Gives the placeholder its real name, in one step that never replaces.

    Raises:
        FileExistsError: the name was taken.
    """
    if sys.platform == "win32":
        path.rename(picture)
        return
    try:
        os.link(path, picture, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network file systems have no hard links: claim the name, then take it.
        os.close(os.open(picture, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        path.replace(picture)
    else:
        path.unlink()


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems have no locks; the exclusive create still holds there.
        return True
    return True
