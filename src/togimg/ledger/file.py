"""The ledger's file: opened for its owner alone, brought up to date, set aside when broken."""

import contextlib
import os
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from togimg.errors import LocalError
from togimg.ledger import runs
from togimg.ledger.schema import MIGRATIONS

NAME = "ledger.sqlite3"
DOOR = "ledger.lock"
BUSY_SECONDS = 10.0

PAGES = 4000
"""Pages of the log, 16 MB, after which SQLite takes them into the file: seldom, since all wait."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A ledger's file, open: what file it is, and where a broken one was put, if there was.

    What was committed outlives this process at once, and a power cut when the log, whose
    descriptor is `wal`, is synced; None where every commit waits for the disk itself.
    """

    connection: sqlite3.Connection
    wal: int | None
    identity: os.stat_result
    aside: Path | None = None

    def close(self) -> None:
        """Closes it."""
        if self.wal is not None:
            os.close(self.wal)
        self.connection.close()


def connect(folder: Path) -> Opened:
    """The ledger of this folder.

    Raises:
        OSError, sqlite3.Error: it cannot be used.
        LocalError: a newer togimg wrote it.
    """
    path = folder / NAME
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _for_its_owner_alone(folder, 0o700)
    # One at a time: two that find it broken must not put away each other's new one.
    with runs.door(folder / DOOR):
        try:
            return _ready(path)
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
            aside = _set_aside(path)
            return replace(_ready(path), aside=aside)


def retire(folder: Path, identity: os.stat_result) -> Path | None:
    """Sets a ledger aside that turned out to be broken, unless another process has; says where.

    Raises:
        OSError: that cannot be done.
    """
    with runs.door(folder / DOOR):
        path = folder / NAME
        if path.exists() and os.path.samestat(path.stat(), identity):
            return _set_aside(path)
        return None


def is_broken(error: Exception) -> bool:
    """Whether an error says that the file is damaged, or is no ledger."""
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return kind in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _set_aside(path: Path) -> Path:
    """Gives a broken ledger another name, and says which; nothing in it is touched."""
    aside = path.with_name(f"{NAME}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return aside


def _ready(path: Path) -> Opened:
    with contextlib.suppress(FileExistsError):
        # SQLite gives its side files the permissions of this one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    _for_its_owner_alone(path, 0o600)
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        # In the log, whoever must outlive a power cut syncs it: an intent that was forgotten
        # would be paid twice, but an outcome is doubtful at worst.
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'wal' else 'FULL'}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES}")
        _migrate(connection)
        # What is torn off at the end of the file shows when it is first read.
        connection.execute("SELECT max(id) FROM requests WHERE outcome = 'intent'").fetchone()
        wal = os.open(f"{path}-wal", os.O_RDWR) if mode == "wal" else None
    except BaseException:
        connection.close()
        raise
    return Opened(connection, wal, path.stat())


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise LocalError("a newer togimg keeps the history", hint="update togimg")
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _for_its_owner_alone(path: Path, mode: int) -> None:
    with contextlib.suppress(OSError):
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
