"""Entries and sums, read from a ledger's file by its indexes."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from togimg.ledger.entries import Entry, Past, Spend, entry, stamp
from togimg.ledger.schema import BILLED, DOUBTFUL

_OF_PICTURES = {"sha256", "pictures"}
_COLUMNS = ", ".join(field.name for field in fields(Entry) if field.name not in _OF_PICTURES)
_PICTURES = "SELECT path, sha256 FROM pictures WHERE request = ? ORDER BY number"
_PAST = """
    SELECT id, outcome FROM requests
    WHERE fingerprint = ? AND service = ? AND folder IS ? ORDER BY id
"""
_LINES = "SELECT DISTINCT line, fingerprint FROM requests WHERE batch = ? AND line IS NOT NULL"
_SPEND = f"""
    SELECT
        CASE ? WHEN 'day' THEN date(started, 'localtime')
               WHEN 'model' THEN model
               WHEN 'folder' THEN folder END AS key,
        sum(outcome = 'made') AS made,
        total(cost) FILTER (WHERE outcome = 'made') AS cost,
        sum(outcome = 'made' AND cost IS NULL) AS unpriced,
        sum(outcome <> 'made') AS doubtful,
        total(cost) FILTER (WHERE outcome <> 'made') AS doubtful_cost
    FROM requests
    WHERE started >= ? AND outcome IN {BILLED}
    GROUP BY key ORDER BY key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests to read; None for any. The `doubtful` may be billed, without a picture."""

    since: datetime | None = None
    doubtful: bool = False
    fingerprint: str | None = None

    def where(self) -> tuple[str, tuple[object, ...]]:
        """The clause that chooses them, and its values."""
        said = {
            "started >= ?": self.since and stamp(self.since),
            "fingerprint = ?": self.fingerprint,
        }
        conditions = {condition: value for condition, value in said.items() if value is not None}
        first = f"outcome IN {DOUBTFUL}" if self.doubtful else "TRUE"
        return " AND ".join((first, *conditions)), tuple(conditions.values())


def entries(file: sqlite3.Connection, wanted: Wanted, limit: int | None) -> Iterator[Entry]:
    """The newest `limit` of the wanted requests, the newest last."""
    for row in rows(file, *chosen(wanted, limit)):
        yield entry(row, pictures(file, row["id"]))


def pictures(file: sqlite3.Connection, request: int) -> tuple[tuple[Path | None, str], ...]:
    """Where each picture of a request is, or was about to be put, and its checksum."""
    found = file.execute(_PICTURES, (request,)).fetchall()
    return tuple((path and Path(os.fsdecode(path)), sha256) for path, sha256 in found)


def past(file: sqlite3.Connection, like: tuple[object, ...]) -> Iterator[Past]:
    """The requests of this fingerprint, service and folder, the oldest first."""
    for request, outcome in file.execute(_PAST, like).fetchall():
        yield Past(outcome=outcome, pictures=pictures(file, request))


def services(file: sqlite3.Connection, batch: str) -> tuple[str, ...]:
    """The services that were asked for the jobs of a file."""
    found = file.execute("SELECT DISTINCT service FROM requests WHERE batch = ?", (batch,))
    return tuple(sorted(service for (service,) in found))


def place_of(file: sqlite3.Connection, sha256: str) -> Path | None:
    """Where the picture with this checksum is, or was about to be put."""
    found = file.execute("SELECT path FROM pictures WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone()
    return Path(os.fsdecode(found[0])) if found and found[0] else None


def lines(file: sqlite3.Connection, batch: str) -> Iterator[tuple[str, str]]:
    """The lines of a jobs file that were asked for, each with a fingerprint it had."""
    yield from file.execute(_LINES, (batch,))


def chosen(wanted: Wanted, limit: int | None) -> tuple[str, tuple[object, ...]]:
    """The statement that reads them, and its values."""
    where, values = wanted.where()
    statement = f"SELECT {_COLUMNS} FROM requests WHERE {where}"
    if limit is None:
        return f"{statement} ORDER BY started, id", values
    newest = f"{statement} ORDER BY started DESC, id DESC LIMIT ?"
    return f"SELECT * FROM ({newest}) ORDER BY started, id", (*values, limit)


def count(file: sqlite3.Connection, wanted: Wanted) -> int:
    """How many requests are wanted."""
    where, values = wanted.where()
    counted = f"SELECT count(*) FROM requests WHERE {where}"
    (number,) = file.execute(counted, values).fetchone()
    return int(number)


def spend(
    file: sqlite3.Connection,
    by: Literal["day", "model", "folder", "total"],
    since: datetime | None,
) -> Iterator[Spend]:
    """Sums by day (local time), by model or folder, or of everything."""
    for row in rows(file, _SPEND, (by, stamp(since) if since else "")):
        yield Spend(by=by, **row)


def rows(
    file: sqlite3.Connection, statement: str, values: tuple[object, ...] = ()
) -> Iterator[dict[str, Any]]:
    """What a statement finds, by the names of its columns."""
    cursor = file.execute(statement, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)
