"""The roll: the jobs of a run kept on disk until their turn, so that memory does not grow."""

import os
import pickle
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, Self

from togimg.errors import Outcome
from togimg.events import Begun
from togimg.request import ImageRequest, Job

State = Literal["new", "changed", "made", "missing", "broken", "failed", "unknown", "in_flight"]
"""What is known of a job before the run.

`new`: never asked for. `changed`: its row was asked for otherwise. `made`: its file is there and
whole. `missing`, `broken`: it was made, and its file is not there, or not whole. `failed`: it was
asked for, and nothing came. `unknown`: it may have been billed. `in_flight`: a run that is alive
asks for it now.
"""

_TABLES = """
    PRAGMA synchronous = OFF;
    PRAGMA journal_mode = OFF;
    CREATE TABLE takes (request TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY,
        mark TEXT NOT NULL,
        line TEXT,
        nth INTEGER NOT NULL,
        mine INTEGER NOT NULL,
        folder TEXT,
        pictures INTEGER NOT NULL,
        cost REAL,
        priced_on TEXT,
        job BLOB NOT NULL,
        state TEXT NOT NULL DEFAULT 'new',
        path TEXT,
        outcome TEXT,
        reason TEXT
    );
    CREATE INDEX jobs_by_mark ON jobs (mark);
    CREATE TABLE before (line TEXT NOT NULL, mark TEXT NOT NULL);
    CREATE INDEX before_by_line ON before (line);
"""
_TAKE = """
    INSERT INTO takes VALUES (?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count RETURNING count
"""
_FIRST = """
    INSERT INTO takes VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count RETURNING count
"""
_ADD = """
    INSERT INTO jobs (number, mark, line, nth, mine, folder, pictures, cost, priced_on, job)
    VALUES (?, ?, ?, (SELECT count(*) FROM jobs WHERE mark = ?), ?, ?, ?, ?, ?, ?)
"""
_BEGUN = """
    SELECT total(pictures), sum(cost), total(pictures) FILTER (WHERE cost IS NULL), min(priced_on)
    FROM jobs WHERE mine AND
"""
_CHANGED = """
    SELECT 1 FROM before WHERE line = ? AND mark NOT IN (SELECT mark FROM jobs) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Shard:
    """Share `number` (from 1) of `count`: which one a job is in, its fingerprint says."""

    number: int
    count: int

    def has(self, mark: str) -> bool:
        """Whether the job with this fingerprint is in this share."""
        return int(mark[:15], 16) % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


PAGE = 500


@dataclass(frozen=True)
class Listed:
    """A job on the roll, by its `index`, its `line` in the file and its fingerprint.

    `nth` with the same fingerprint stand before it. `path` is where its picture is, when it is
    made. `outcome` and `reason` tell what became of it in this run, when that was no picture.
    """

    index: int
    line: str | None
    mark: str
    nth: int
    folder: Path | None
    state: State
    path: str | None
    outcome: Outcome | None
    reason: str | None
    packed: bytes = field(repr=False)

    @cached_property
    def job(self) -> Job:
        """The job itself: reading it takes longer than all the rest, and few need it."""
        return _unpacked(self.packed, self.mark)


_NAMES = tuple(field.name for field in fields(ImageRequest))
_VALUES = attrgetter(*_NAMES)


# Most jobs go to the same place, which then is one object.
_packed_target = lru_cache(maxsize=16)(pickle.dumps)
_target = lru_cache(maxsize=16)(pickle.loads)


@lru_cache(maxsize=16)
def _folder(written: bytes) -> Path:
    return Path(os.fsdecode(written))


def _packed(job: Job) -> bytes:
    # Requests as tuples: a dataclass with slots is pickled field by field, in Python.
    rest = _packed_target(job.target), job.chosen, job.axes, job.id, job.columns
    return pickle.dumps((job.index, _VALUES(job.request), _VALUES(job.said), *rest))


def _unpacked(packed: bytes, mark: str) -> Job:
    index, request, said, *rest = pickle.loads(packed)  # noqa: S301  written by this process
    target, chosen, axes, line, columns = rest
    return Job(
        index=index, request=_request(request), said=_request(said), target=_target(target),
        chosen=chosen, axes=axes, id=line, columns=columns, mark=mark,
    )  # fmt: skip


def _request(values: tuple[Any, ...]) -> ImageRequest:
    return ImageRequest(**dict(zip(_NAMES, values, strict=True)))


class Roll:
    """The jobs of one run, by their index; leave it with `with`.

    `folders` are those that they go to.
    """

    def __init__(self) -> None:
        # No name: a temporary file that is gone with its connection.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.executescript(_TABLES)
        # Never committed: nobody else reads it, and each change by itself would take longer.
        self._file.execute("BEGIN")
        self._remembers = False
        self.folders: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def counts(self) -> dict[State, int]:
        """How many jobs are in each state."""
        counted = "SELECT state, count(*) FROM jobs WHERE mine GROUP BY state"
        return dict(self._file.execute(counted).fetchall())

    def takes(self, request: str, count: int) -> int:
        """How many takes of this request were taken before these `count` more."""
        (taken,) = self._file.execute(_TAKE, (request, count)).fetchone()
        return int(taken) - count

    def first(self, row: str, line: int) -> int:
        """The line on which a row of this id stood first; this one, if none did."""
        (known,) = self._file.execute(_FIRST, (f"row {row}", line)).fetchone()
        return int(known)

    def add(self, job: Job, mark: str, cost: Begun, *, mine: bool = True) -> None:
        """Adds a job with its fingerprint and estimate; one that is not `mine` is not listed."""
        folder = job.target.folder
        if folder:
            self.folders.add(folder)
        placed = mine, folder and os.fsencode(folder)
        priced = cost.total, cost.cost, cost.priced_on
        row = (job.index, mark, job.id, mark, *placed, *priced, _packed(job))
        self._file.execute(_ADD, row)

    def begun(self, where: str) -> Begun:
        """The estimate of every job of which a condition on the columns holds."""
        total, cost, unpriced, priced_on = self._file.execute(_BEGUN + where).fetchone()
        return Begun(int(total), cost, int(unpriced), priced_on)

    def remember(self, line: str, mark: str) -> None:
        """Notes that a line of the file was asked for earlier, with this fingerprint."""
        self._file.execute("INSERT INTO before VALUES (?, ?)", (line, mark))
        self._remembers = True

    def was_otherwise(self, line: str | None) -> bool:
        """Whether a line was asked for earlier with what is nowhere in the file any more."""
        if not self._remembers:
            return False
        return self._file.execute(_CHANGED, (line,)).fetchone() is not None

    def judge(self, index: int, state: State, path: str | None = None) -> None:
        """Notes what is known of a job before the run, and where its picture is; it is not new."""
        written = path and os.fsencode(path)
        self._file.execute(
            "UPDATE jobs SET state = ?, path = ? WHERE number = ?", (state, written, index)
        )

    def state(self, index: int) -> State:
        """What is known of a job before the run."""
        (found,) = self._file.execute("SELECT state FROM jobs WHERE number = ?", (index,))
        return found[0]  # type: ignore[no-any-return]

    def fail(self, index: int, outcome: Outcome, reason: str) -> None:
        """Notes that a job made nothing, or not what was asked."""
        self._file.execute(
            "UPDATE jobs SET outcome = ?, reason = ? WHERE number = ?", (outcome, reason, index)
        )

    def listed(self, where: str = "TRUE") -> Iterator[Listed]:
        """Every job of which a condition on the columns holds, in the order of their indexes."""
        # A page at a time: what is read may be changed meanwhile.
        last = -1
        while rows := self._file.execute(
            "SELECT number, line, mark, nth, folder, state, path, outcome, reason, job FROM jobs "  # noqa: S608  ours
            f"WHERE mine AND number > ? AND ({where}) ORDER BY number LIMIT {PAGE}",
            (last,),
        ).fetchall():
            for row in rows:
                number, line, mark, nth, folder, state, path, *ended = row
                place = folder and _folder(folder)
                found = path and os.fsdecode(path)
                yield Listed(number, line, mark, nth, place, state, found, *ended)
            last = rows[-1][0]
