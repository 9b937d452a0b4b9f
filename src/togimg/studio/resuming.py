"""What is made already: the ledger says what was asked for, the disk what came of it."""

import hashlib
from collections.abc import Sequence
from itertools import repeat, takewhile, tee
from pathlib import Path

from togimg import pictures, recipe, stamp
from togimg.errors import TogimgError
from togimg.ledger import Ledger, Past
from togimg.request import Job, body
from togimg.roll import Listed, Roll, State
from togimg.studio.places import known_as

_DOUBTFUL = {"unknown", "intent"}
_WORST_FIRST: tuple[State, ...] = ("broken", "missing", "made")


def judge(roll: Roll, ledger: Ledger | None, batch: str | None) -> None:
    """Finds out the state of every job on the roll, which is of the jobs file `batch`.

    The ledger is settled before, so that what is in flight there is so now.

    Raises:
        LocalError: the ledger cannot be read.
    """
    for line, mark in ledger.lines(batch) if ledger and batch else ():
        roll.remember(line, mark)
    known: dict[Path | None, Path | None] = {None: None}
    known |= {folder: known_as(folder) for folder in roll.folders}
    jobs, asked = tee(roll.listed())
    likes = ((listed.mark, known[listed.folder]) for listed in asked)
    pasts = ledger.past(likes) if ledger else repeat(())
    for listed, past in zip(jobs, pasts, strict=False):
        found, path = state(listed, past, roll)
        if found != "new":
            roll.judge(listed.index, found, path)


def state(listed: Listed, past: Sequence[Past], roll: Roll) -> tuple[State, str | None]:
    """What is known of a job, by the earlier requests for the same, and where its picture is."""
    made = [(_files(one, listed), one) for one in past if one.outcome == "made"]
    whole = [one for found, one in made if found == "made"]
    # Those that stand before it on the roll, with the same fingerprint, have theirs first.
    if len(whole) > listed.nth:
        return "made", next((str(path) for path, _ in whole[listed.nth].pictures), None)
    return _without(listed, past, [found for found, _ in made], roll), None


def _without(listed: Listed, past: Sequence[Past], made: list[State], roll: Roll) -> State:
    """The state of a job that has no whole picture."""
    last = past[-1].outcome if past else None
    # Doubt is not ended by a refusal that came after it.
    since_made = takewhile(lambda one: one.outcome != "made", reversed(past))
    doubts = {one.outcome for one in since_made} & _DOUBTFUL
    if doubts:
        return "in_flight" if "intent" in doubts else "unknown"
    if len(made) > listed.nth:
        return "broken" if "broken" in made else "missing"
    if last not in {None, "made"}:
        return "failed"
    if len(past) > listed.nth and any(one.outcome in _DOUBTFUL for one in past):
        return "unknown"
    return "changed" if roll.was_otherwise(listed.line) else "new"


def _files(one: Past, listed: Listed) -> State:
    """The state of all pictures of a request: that of the worst."""
    found = {_file(path, sha256, listed) for path, sha256 in one.pictures}
    return next(worst for worst in _WORST_FIRST if worst in found or worst == "made")


def _file(path: Path | None, sha256: str, listed: Listed) -> State:
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
    return "missing" if _is_of_another(data, listed.job) else "made"


def _is_of_another(data: bytes, job: Job) -> bool:
    """Whether the picture says that it was made for another prompt, or with another seed."""
    try:
        kept = stamp.read(data).recipe
        said = recipe.load(kept).request if kept else {}
    except TogimgError:
        return False
    asked = body(job.request)
    return any(said[key] != asked.get(key) for key in ("prompt", "seed") if key in said)
