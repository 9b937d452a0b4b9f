"""What is made already: the ledger says what was asked for, the disk what came of it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from togimg import pictures
from togimg.errors import TogimgError
from togimg.ledger import Ledger, Past
from togimg.roll import Listed, Roll, State

_DOUBTFUL = {"unknown", "intent"}
_WORST_FIRST: tuple[State, ...] = ("broken", "missing", "made")


def judge(roll: Roll, ledger: Ledger | None, batch: str | None) -> None:
    """Finds out the state of every job on the roll, which is of the jobs file `batch`.

    Raises:
        LocalError: the ledger cannot be read.
    """
    for line, mark in ledger.lines(batch) if ledger and batch else ():
        roll.remember(line, mark)
    for listed in roll.listed():
        folder = listed.job.target.folder
        past = ledger.past(listed.mark, folder) if ledger else ()
        found = state(listed, past, roll)
        path = next((path for one in past for path, _ in one.pictures), None)
        roll.judge(listed.job.index, found, str(path) if path and found == "made" else None)


def state(listed: Listed, past: Sequence[Past], roll: Roll) -> State:
    """What is known of a job, by the earlier requests for the same."""
    made = [_files(one) for one in past if one.outcome == "made"]
    # Those that stand before it on the roll, with the same fingerprint, have theirs first.
    if made.count("made") > listed.nth:
        return "made"
    if len(made) > listed.nth:
        return "broken" if "broken" in made else "missing"
    if past and past[-1].outcome != "made":
        return "unknown" if past[-1].outcome in _DOUBTFUL else "failed"
    return "changed" if roll.was_otherwise(listed.job.id) else "new"


def _files(one: Past) -> State:
    """The state of all pictures of a request: that of the worst."""
    found = {_file(path, sha256) for path, sha256 in one.pictures}
    return next(worst for worst in _WORST_FIRST if worst in found or worst == "made")


def _file(path: Path | None, sha256: str) -> State:
    """Whether a picture is where it was put, and whole, though it may have been touched."""
    try:
        data = path.read_bytes() if path and path.is_file() else None
    except OSError:
        data = None
    if data is None:
        return "missing"
    if hashlib.sha256(data).hexdigest() == sha256:
        return "made"
    try:
        pictures.check(data)
    except TogimgError:
        return "broken"
    return "made"
