"""What became of the requests of runs that died: the disk is asked, the service never."""

import hashlib
import os
import sqlite3
from pathlib import Path
from stat import S_ISREG
from typing import Any

from togimg.errors import Outcome
from togimg.ledger import runs
from togimg.ledger.entries import SANDBOX
from togimg.ledger.reading import rows

GIVEN_UP = "the run ended before the outcome was known; the request may have been billed"

_INTENTS = "SELECT id, run, service, path, sha256 FROM requests WHERE outcome = 'intent'"
_SETTLE = """
    UPDATE requests
    SET outcome = :outcome, error = iif(:outcome = 'made', NULL, coalesce(error, :error))
    WHERE id = :id AND outcome = 'intent'
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
            outcome, error = _verdict(row)
            # A run that was alive when its intents were read may have closed them since.
            verdict = {"outcome": outcome, "error": error, "id": row["id"]}
            changed = file.execute(_SETTLE, verdict).rowcount
            billed += changed and outcome == "unknown" and row["service"] != SANDBOX
    runs.sweep(locks)
    return billed


def _verdict(row: dict[str, Any]) -> tuple[Outcome, str | None]:
    """What became of a request, by what its run left on the disk."""
    path, sha256 = row["path"], row["sha256"]
    if path is not None and sha256 is not None and _checksum(Path(os.fsdecode(path))) == sha256:
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
