"""The ledger: what is about to be sent, written before it is; what became of it, written after.

SQLite in the state folder, for any number of threads and processes. A process killed at any point
leaves no entry, or one that is an `intent`. Each run holds a lock while it lives, so that the next
one knows the intents of the dead, and settles them: a file that is there with the checksum that
was written before it was placed is `made`, and whatever else is `unknown`.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from togimg.errors import LocalError, Outcome
from togimg.events import Noted
from togimg.ledger import entries, file, reading, runs, settling
from togimg.ledger.entries import SANDBOX, Entry, Intent, Spend, fingerprint
from togimg.ledger.reading import Wanted

__all__ = ["SANDBOX", "Entry", "Intent", "Ledger", "Pending", "Spend", "exists", "fingerprint"]

RETRY_MILLISECONDS = 100
"""How long a ledger that has failed once is waited for: a locked one must not slow the run."""

_INSERT = """
    INSERT INTO requests
    (run, started, service, fingerprint, model, prompt, requested, folder, path, cost)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PLACING = "UPDATE requests SET path = coalesce(?, path), sha256 = ? WHERE id = ? AND run = ?"
_ANSWERED = "UPDATE requests SET request_id = ?, error = ? WHERE id = ? AND run = ?"
_CLOSE = """
    UPDATE requests
    SET outcome = ?, error = ?, path = coalesce(?, path), request_id = ?, duration = ?
    WHERE id = ? AND run = ?
"""


def exists(folder: Path) -> bool:
    """Whether a ledger was ever begun in this state folder."""
    return (folder / file.NAME).exists()


class Ledger:
    """The ledger of a state folder, for requests to a service; leave it with `with`.

    Raises:
        LocalError: it cannot be used.
    """

    def __init__(self, folder: Path, service: str = "") -> None:
        self._folder = folder
        self._service = service
        self._lock = threading.Lock()
        self._run: runs.Run | None = None
        self._notes: list[Noted] = []
        self._failed = False
        try:
            self._file, self._identity, aside = file.connect(folder)
        except (OSError, sqlite3.Error) as error:
            raise LocalError(
                f"the history in {folder} cannot be used: {_reason(error)}",
                hint="look at that folder, or let XDG_STATE_HOME name another",
            ) from error
        if aside:
            self._notes.append(Noted("the history was broken: a new one is begun", _kept(aside)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock, contextlib.suppress(sqlite3.Error):
            if self._run and not self._flying(self._run.id):
                # While something is in flight, in a thread that was left behind, the run lasts
                # as long as the process.
                self._run.end()
            self._file.close()

    def intend(self, intent: Intent) -> "Pending":
        """Writes down that a request is about to be sent. It is on the disk when this returns."""
        with self._lock, self._surviving():
            if self._run is None:
                self._run = runs.Run(self._folder / "runs")
            self._file.execute(file.LASTING)
            cursor = self._file.execute(_INSERT, intent.row(self._run.id, self._service))
            self._file.execute(file.AT_ONCE)
            return Pending(self, cursor.lastrowid, self._run.id)
        return Pending()

    def notes(self) -> tuple[Noted, ...]:
        """What a person should know of the ledger, and was not told yet."""
        with self._lock:
            told, self._notes = tuple(self._notes), []
            return told

    def settle(self) -> int:
        """Finds out what became of the requests of dead runs.

        Returns:
            How many of them may have been billed without anyone knowing.
        """
        with self._lock, self._surviving():
            return settling.settle(self._file, self._folder / "runs")
        return 0

    def entries(
        self,
        *,
        since: datetime | None = None,
        outcome: Outcome | None = None,
        fingerprint: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """What was asked for, the newest last; at most the `limit` newest.

        Raises:
            LocalError: it cannot be read.
        """
        wanted = Wanted(since=since, outcome=outcome, fingerprint=fingerprint)
        with self._in_our_words():
            yield from reading.entries(self._file, wanted, limit)

    def count(self, *, since: datetime | None = None, outcome: Outcome | None = None) -> int:
        """How many requests there are.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            return reading.count(self._file, Wanted(since=since, outcome=outcome))

    def spend(
        self, by: Literal["day", "model", "folder", "total"], since: datetime | None = None
    ) -> Iterator[Spend]:
        """Sums of the estimates, and of what may have been billed besides.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            yield from reading.spend(self._file, by, since)

    def clear(self, before: datetime | None = None) -> int:
        """Forgets what was started before, or everything, but what is in flight; how many.

        Raises:
            LocalError: it cannot be done.
        """
        where, values = ("AND started < ?", (entries.stamp(before),)) if before else ("", ())
        with self._lock, self._in_our_words():
            # Prompts that were deleted are to be gone from the disk as well.
            self._file.execute("PRAGMA secure_delete = ON")
            delete = f"DELETE FROM requests WHERE outcome <> 'intent' {where}"  # noqa: S608
            gone = self._file.execute(delete, values).rowcount
            with contextlib.suppress(sqlite3.OperationalError):
                self._file.execute("VACUUM")
                self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

    def change(self, statement: str, values: tuple[object, ...]) -> None:
        """Carries out a change; one that fails is a note, for the picture matters more."""
        with self._lock, self._surviving():
            self._file.execute(statement, values)

    def _flying(self, run: str) -> bool:
        flying = "SELECT 1 FROM requests WHERE outcome = 'intent' AND run = ? LIMIT 1"
        return self._file.execute(flying, (run,)).fetchone() is not None

    @contextlib.contextmanager
    def _surviving(self) -> Iterator[None]:
        """Lets the run go on, with one note, when its ledger fails."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            if not self._failed:
                self._failed = True
                self._notes.append(self._trouble(error))
                with contextlib.suppress(sqlite3.Error):
                    self._file.execute(f"PRAGMA busy_timeout = {RETRY_MILLISECONDS}")

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            noted = self._trouble(error)
            raise LocalError(noted.message, hint=noted.hint) from error

    def _trouble(self, error: Exception) -> Noted:
        where = self._folder / file.NAME
        if not file.is_broken(error):
            message = f"the history cannot be kept: {_reason(error)}"
            return Noted(message, f"look at {where}: some requests may be missing there")
        self._file.close()
        try:
            aside = file.retire(self._folder, self._identity)
        except OSError as failure:
            return Noted("the history is broken", f"move {where} away: {_reason(failure)}")
        return Noted("the history is broken: the next run begins a new one", _kept(aside))


class Pending:
    """An entry whose outcome is still to come; without a ledger nothing is written anywhere."""

    def __init__(
        self, ledger: Ledger | None = None, entry: int | None = None, run: str = ""
    ) -> None:
        self._ledger = ledger
        self._key = (entry, run)
        self._began = time.monotonic()
        self._made = False

    def answered(self, request_id: str | None, links: Iterable[str]) -> None:
        """Writes down what was answered, so that its pictures can be fetched by hand."""
        found = ", ".join(links)
        note = f"answered, to be fetched from {found}" if found else None
        if self._ledger:
            told = entries.text(request_id), entries.text(note)
            self._ledger.change(_ANSWERED, (*told, *self._key))

    def placing(self, path: Path | None, sha256: str) -> None:
        """Writes down which file is about to appear where; the first of several counts."""
        if self._ledger and not self._made:
            self._ledger.change(_PLACING, (entries.place(path), sha256, *self._key))

    def close(
        self,
        outcome: Outcome,
        *,
        error: str | None = None,
        path: Path | None = None,
        request_id: str | None = None,
    ) -> None:
        """Writes down what became of the request; once a picture is made it stays so."""
        if self._ledger is None or self._made:
            return
        self._made = outcome == "made"
        said = entries.text(error), entries.place(path), entries.text(request_id)
        took = round(time.monotonic() - self._began, 3)
        self._ledger.change(_CLOSE, (outcome, *said, took, *self._key))


def _kept(aside: Path | None) -> str | None:
    return f"the broken one is kept as {aside}" if aside else None


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
