"""Locks that last as long as their process: whether a run is alive, and doors for one at a time."""

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.02


class Run:
    """This run, alive for other processes while its lock is held: no crash can fake that.

    Raises:
        OSError: the folder takes no lock.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        while True:
            self.id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}-{secrets.token_hex(4)}"
            self._path = _lock_of(folder, self.id)
            self._descriptor = os.open(self._path, FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
            # Whoever sweeps may have come between these two lines.
            if lock(self._descriptor) and _is_at(self._path, self._descriptor):
                return
            os.close(self._descriptor)

    def end(self) -> None:
        """Ends the run for everyone to see."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(self._descriptor)


def is_alive(folder: Path, run: str) -> bool:
    """Whether a process holds the lock of this run.

    Raises:
        OSError: that cannot be told.
    """
    try:
        descriptor = os.open(_lock_of(folder, run), FLAGS)
    except FileNotFoundError:
        return False
    try:
        return not lock(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Removes the locks that dead runs left."""
    for path in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            descriptor = os.open(path, FLAGS)
            try:
                if lock(descriptor) and _is_at(path, descriptor):
                    path.unlink()
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def door(path: Path) -> Iterator[None]:
    """Lets one process at a time through.

    Raises:
        OSError: it cannot be made, or another process stays inside for too long.
    """
    descriptor = os.open(path, FLAGS | os.O_CREAT, 0o600)
    try:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not lock(descriptor):
            if time.monotonic() > ends:
                raise TimeoutError(0, "another togimg has it locked")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def lock(descriptor: int, *, shared: bool = False) -> bool:
    """Takes the lock of an open file, to be held until it is closed; whether it could."""
    # Not fcntl's record locks: those hold no thread of the same process back, and are gone
    # when any descriptor of the file is closed.
    try:
        if sys.platform == "win32":
            # There are no shared locks: shards are alone with themselves at least.
            if not shared:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _lock_of(folder: Path, run: str) -> Path:
    return folder / f"{run}.lock"


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
