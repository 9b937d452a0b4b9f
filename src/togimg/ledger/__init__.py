"""The ledger: what is about to be sent, written before it is; what became of it, written after.

SQLite in the state folder, for any number of threads and processes. A process killed at any point
leaves no entry, or one that is an `intent`. Each run holds a lock while it lives, so that the next
one knows the intents of the dead, and settles them: a file that is there with the checksum that
was written before it was placed is `made`, and whatever else is `unknown`.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Literal, Self

from togimg.errors import BudgetError, LocalError, reason
from togimg.events import Noted
from togimg.ledger import budgets, entries, file, reading, runs, settling, trouble
from togimg.ledger.alone import alone
from togimg.ledger.budgets import Budget
from togimg.ledger.entries import SANDBOX, Entry, Intent, Past, Spend, fingerprint
from togimg.ledger.pending import Pending
from togimg.ledger.reading import Wanted
from togimg.ledger.writing import Writing

__all__ = [
    "SANDBOX",
    "Budget",
    "Entry",
    "Intent",
    "Ledger",
    "Past",
    "Pending",
    "Spend",
    "alone",
    "exists",
    "fingerprint",
]

RETRY_MILLISECONDS = 100
"""How long a ledger that has failed once is waited for: a locked one must not slow the run."""


def exists(folder: Path) -> bool:
    """Whether a ledger was ever begun in this state folder."""
    return (folder / file.NAME).exists()


class Ledger:
    """The ledger of a state folder, for requests to a service; leave it with `with`.

    `budget` limits what may be spent, by all that is written down here.

    Raises:
        LocalError: it cannot be used.
    """

    def __init__(self, folder: Path, service: str = "", budget: Budget | None = None) -> None:
        self._folder = folder
        self._service = service
        self._budget = budget or Budget()
        self._run: runs.Run | None = None
        self._notes: list[Noted] = []
        self._failed = False
        try:
            self._opened = file.connect(folder)
        except (OSError, sqlite3.Error) as error:
            raise LocalError(
                f"the history in {folder} cannot be used: {reason(error)}",
                hint="look at that folder, or let XDG_STATE_HOME name another",
            ) from error
        self._file = self._opened.connection
        self._writing = Writing(self._opened, self._fails)
        if aside := self._opened.aside:
            self._notes.append(
                Noted("the history was broken: a new one is begun", trouble.kept(aside))
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(sqlite3.Error), self._writing.turn():
            if self._run and not self._flying(self._run.id):
                # While something is in flight, in a thread that was left behind, the run lasts
                # as long as the process.
                self._run.end()
        self._opened.close()

    def intend(self, intent: Intent) -> Pending:
        """Writes down that a request is about to be sent. It is on the disk when this returns.

        Raises:
            BudgetError: what it costs would pass the budget.
        """
        try:
            entered = self._writing.write(partial(self._enter, intent), lasting=True)
        except (OSError, sqlite3.Error) as error:
            return self._without(intent, error)
        if isinstance(entered, BudgetError):
            raise entered
        return Pending(self, *entered)

    def _without(self, intent: Intent, error: Exception) -> Pending:
        """Lets a request go out that could not be written down, if nothing hangs on that."""
        if self._budget or intent.batch:
            what = "the budget is kept" if self._budget else "a batch knows what is made"
            raise LocalError(f"the history cannot be kept, by which {what}") from error
        return Pending()

    def _enter(self, intent: Intent) -> tuple[int | None, str] | BudgetError:
        """The number and the run of an intent's entry; an error is no reason to undo others'."""
        self._run = self._run or runs.Run(self._folder / "runs")
        cost = 0.0 if self._service == SANDBOX else intent.cost
        try:
            budgets.check(self._file, self._budget, cost)
        except BudgetError as over:
            return over
        row = intent.row(self._run.id, self._service)
        return self._file.execute(entries.INSERT, row).lastrowid, self._run.id

    def notes(self) -> tuple[Noted, ...]:
        """What a person should know of the ledger, and was not told yet."""
        if not self._notes:
            return ()
        with self._writing.turn():
            told, self._notes = tuple(self._notes), []
            return told

    def moved(self, sha256: str, path: Path) -> None:
        """Writes down where a picture is that was not where it belongs; it is made, then."""
        with self._writing.turn(), self._surviving():
            settling.moved(self._file, sha256, path)

    def place_of(self, sha256: str) -> Path | None:
        """Where the picture with this checksum was to be put; None if nobody knows it."""
        with self._writing.turn(), self._surviving():
            return reading.place_of(self._file, sha256)
        return None

    def past(self, asked: Iterable[tuple[str, Path | None]]) -> Iterator[tuple[Past, ...]]:
        """What became of earlier requests, the oldest first, for each fingerprint and folder.

        Raises:
            LocalError: it cannot be read.
        """
        place = cache(entries.place)
        with self._in_our_words():
            for fingerprint, folder in asked:
                like = fingerprint, self._service, place(folder)
                yield tuple(reading.past(self._file, like))

    def lines(self, batch: str) -> Iterator[tuple[str, str]]:
        """The lines of a jobs file that were asked for, each with a fingerprint it had.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            yield from reading.lines(self._file, batch)

    def elsewhere(self, batch: str) -> tuple[str, ...]:
        """The other services that were asked for the jobs of a file.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            asked = reading.services(self._file, batch)
            return tuple(service for service in asked if service != self._service)

    def left(self) -> dict[str, float]:
        """What is left of each budget that is set, in USD, by its name.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            left = budgets.left(self._file, self._budget)
            return {f"budget.{name}": rest for name, _, rest in left}

    def counted(self) -> Iterator[budgets.Counted]:
        """What each budget counts, and what of that was cleared.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            yield from budgets.counted(self._file)

    def settle(self) -> int:
        """Finds out what became of the requests of dead runs.

        Returns:
            How many of them may have been billed without anyone knowing.
        """
        with self._writing.turn(), self._surviving():
            return settling.settle(self._file, self._folder / "runs")
        return 0

    def entries(
        self,
        *,
        since: datetime | None = None,
        doubtful: bool = False,
        fingerprint: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """What was asked for, the newest last; at most the `limit` newest.

        The `doubtful` are those that may be billed, without a picture.

        Raises:
            LocalError: it cannot be read.
        """
        wanted = Wanted(since=since, doubtful=doubtful, fingerprint=fingerprint)
        with self._in_our_words():
            yield from reading.entries(self._file, wanted, limit)

    def count(self, *, since: datetime | None = None, doubtful: bool = False) -> int:
        """How many requests there are.

        Raises:
            LocalError: it cannot be read.
        """
        with self._in_our_words():
            return reading.count(self._file, Wanted(since=since, doubtful=doubtful))

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
        with self._in_our_words(), self._writing.turn():
            # Prompts that were deleted are to be gone from the disk as well.
            self._file.execute("PRAGMA secure_delete = ON")
            delete = f"DELETE FROM requests WHERE outcome <> 'intent' {where}"  # noqa: S608
            gone = self._file.execute(delete, values).rowcount
            with contextlib.suppress(sqlite3.OperationalError):
                self._file.execute("VACUUM")
                self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return gone

    def change(self, statement: str, values: tuple[object, ...], *, soon: bool = False) -> None:
        """Carries out a change; one that fails is a note, for the picture matters more.

        It is written when this returns, or when it need only be `soon`, with the next one.
        """
        make = partial(self._file.execute, statement, values)
        if soon:
            self._writing.later(make)
            return
        with contextlib.suppress(OSError, sqlite3.Error):
            self._writing.write(make)

    def _flying(self, run: str) -> bool:
        flying = "SELECT 1 FROM requests WHERE outcome = 'intent' AND run = ? LIMIT 1"
        return self._file.execute(flying, (run,)).fetchone() is not None

    @contextlib.contextmanager
    def _surviving(self) -> Iterator[None]:
        """Lets the run go on, with one note, when its ledger fails."""
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            self._fails(error)

    def _fails(self, error: Exception) -> None:
        """Notes, the first time, what is wrong with the ledger."""
        if not self._failed:
            self._failed = True
            self._notes.append(trouble.noted(error, self._folder, self._opened))
            with contextlib.suppress(sqlite3.Error):
                self._file.execute(f"PRAGMA busy_timeout = {RETRY_MILLISECONDS}")

    @contextlib.contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """For whoever reads, all of what was to be written."""
        self._writing.all()
        try:
            yield
        except sqlite3.Error as error:
            told = trouble.noted(error, self._folder, self._opened)
            raise LocalError(told.message, hint=told.hint) from error
