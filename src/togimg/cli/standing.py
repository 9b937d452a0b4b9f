"""How a batch stands: which of its jobs are made, and which would be."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from togimg import settings
from togimg.cli.showing import is_live
from togimg.display import tables, words
from togimg.errors import OK
from togimg.events import Noted
from togimg.roll import Listed, Roll, State

if TYPE_CHECKING:
    from togimg.cli.lot import Lot

MOST_ROWS = 20
"""Rows that are shown one by one."""

MEANINGS: dict[State, str] = {
    "made": "there, and whole",
    "new": "never asked for",
    "changed": "the row says something else now",
    "missing": "made, and the file is gone",
    "broken": "made, and the file is not whole",
    "failed": "asked for, and nothing came",
    "unknown": "may have been billed: togimg history --unknown",
    "in_flight": "being asked for now, by a run that goes on",
}


def tell(lot: "Lot", *, as_json: bool) -> int:
    """Tells how the lot stands on stdout, and what is still to be made on stderr."""
    counts = lot.roll.counts()
    begun = lot.begun()
    if as_json:
        for listed in lot.roll.listed():
            print(json.dumps(_object(listed)))
        states = {state: counts.get(state, 0) for state in MEANINGS}
        print(json.dumps({"type": "status", **states, "to_make": begun.total, "cost": begun.cost}))
        return OK
    drawn = is_live(sys.stdout)
    rows = [
        (_shown(state), str(counts[state]), MEANINGS[state])
        for state in MEANINGS
        if state in counts
    ]
    tables.table(("state", "jobs", "which are"), rows, drawn=drawn)
    _name_those_that_stand_out(lot, drawn=drawn)
    for note in rescued(lot.roll):
        print(f"note: {note.message}\nhint: {note.hint}", file=sys.stderr)
    print(f"to make: {words.expected(begun) if begun.total else 'nothing'}", file=sys.stderr)
    return OK


def rescued(roll: Roll) -> Iterator[Noted]:
    """A note, if there are pictures that are made and still in a rescue folder."""
    folders = settings.rescue_folders()
    made = (listed.path for listed in roll.listed("state = 'made'"))
    count = sum(path is not None and Path(path).parent in folders for path in made)
    if count:
        message = f"{count} of what is made {'is' if count == 1 else 'are'} in the rescue folder"
        yield Noted(message, "togimg rescue --to FOLDER places what is there")


def _name_those_that_stand_out(lot: "Lot", *, drawn: bool) -> None:
    standing_out = lot.roll.listed("state NOT IN ('made', 'new')")
    found = [_row(listed) for listed in islice(standing_out, MOST_ROWS)]
    if found:
        print()
        tables.table(("row", "state", "prompt"), found, drawn=drawn)
    if next(standing_out, None):
        print("more rows: --status --json has them all", file=sys.stderr)


def _row(listed: Listed) -> tuple[str, str, str]:
    prompt = words.brief(listed.job.request.prompt)
    return listed.line or "", _shown(listed.state), prompt


def _shown(state: State | None) -> str:
    return str(state).replace("_", " ")


def _object(listed: Listed) -> dict[str, Any]:
    request = listed.job.request
    return {
        "type": "job",
        "index": listed.index,
        "id": listed.line,
        "state": listed.state,
        "path": listed.path,
        "prompt": request.prompt,
        "model": request.model,
        "seed": request.seed,
    }
