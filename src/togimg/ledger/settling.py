"""What became of the requests of runs that died: the disk is asked, the service never."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import Any

from togimg.errors import Outcome
from togimg.ledger import runs
from togimg.ledger.entries import SANDBOX, place
from togimg.ledger.reading import pictures, rows

GIVEN_UP = "the run ended before the outcome was known; the request may have been billed"

_INTENTS = "SELECT id, run, service, requested FROM requests WHERE outcome = 'intent'"
_SETTLE = """
    UPDATE requests
    SET outcome = :outcome, error = iif(:outcome = 'made', NULL, coalesce(error, :error))
    WHERE id = :id AND outcome = 'intent'
"""
_MOVED = "UPDATE pictures SET path = ? WHERE sha256 = ?"
_FOUND = """
    UPDATE requests SET outcome = 'made', error = NULL
    WHERE outcome = 'unknown' AND id IN (SELECT request FROM pictures WHERE sha256 = :sha256)
    AND NOT EXISTS (
        SELECT 1 FROM pictures WHERE request = requests.id AND sha256 <> :sha256
    )
"""


def settle(file: sqlite3.Connection, locks: Path) -> int:
    """Makes `made` or `unknown` of every intent whose run holds no lock in this folder any more.

    Returns:
        How many of them may have been billed without anyone knowing.
    """
    intents = list(rows(file, _INTENTS))
    ended = {run for run in {row["run"] for row in intents} if not runs.is_alive(locks, run)}
    billed = 0
    for row in intents:
        if row["run"] in ended:
            outcome, error = _verdict(row, pictures(file, row["id"]))
            # A run that was alive when its intents were read may have closed them since.
            verdict = {"outcome": outcome, "error": error, "id": row["id"]}
            changed = file.execute(_SETTLE, verdict).rowcount
            billed += changed and outcome == "unknown" and row["service"] != SANDBOX
    runs.sweep(locks)
    return billed


def moved(file: sqlite3.Connection, sha256: str, path: Path) -> None:
    """Writes down where a picture is now; its request, if it was the only one of it, is made."""
    file.execute(_MOVED, (place(path), sha256))
    file.execute(_FOUND, {"sha256": sha256})


def _verdict(
    row: Mapping[str, Any], pictures: Sequence[tuple[Path | None, str]]
) -> tuple[Outcome, str | None]:
    """What became of a request, by what its run left on the disk."""
    asked = json.loads(row["requested"]).get("n", 1)
    there = [path for path, sha256 in pictures if path and _checksum(path) == sha256]
    if there and len(there) >= max(len(pictures), asked if type(asked) is int else 1):
        return "made", None
    return "unknown", GIVEN_UP


def _checksum(path: Path) -> str | None:
    """The checksum of a regular file, None if there is none."""
    try:
        # Opening a pipe would wait for its writer for ever.
        if not S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None
