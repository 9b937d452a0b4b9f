"""togimg history: what was asked for, what became of it, and what it cost."""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from togimg import catalogue, settings
from togimg.cli import said
from togimg.cli.showing import is_live
from togimg.display import tables, words
from togimg.errors import OK, UsageError

if TYPE_CHECKING:
    from togimg.ledger import Entry, Ledger, Spend

EXAMPLES = (
    "togimg history",
    "togimg history --unknown",
    "togimg history --spend --since 30d",
    "togimg history --all --json | jq -r 'select(.outcome == \"made\") | .path'",
    "togimg history clear --before 2026-01-01",
)
LATEST = 20
_PERIODS = {"per_day": "today", "per_month": "this month"}
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_WHEN = "YYYY-MM-DD, or so long ago: 7d, 12h, 30m."


def history(
    action: Annotated[
        Literal["clear"] | None,
        typer.Argument(
            help="clear: forget the requests instead; pictures stay.",
            metavar="[clear]",
            show_default=False,
        ),
    ] = None,
    *,
    unknown: Annotated[
        bool,
        typer.Option(
            "--unknown", help="Only what may be billed for nothing: unknown, failed, in flight."
        ),
    ] = False,
    spend: Annotated[
        bool, typer.Option("--spend", help="What was spent, by day, model and folder.")
    ] = False,
    since: Annotated[
        str | None, typer.Option("--since", help=f"Only later ones: {_WHEN}", show_default=False)
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", help=f"How many; default {LATEST}.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    before: Annotated[
        str | None,
        typer.Option("--before", help="With clear: only older ones.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")] = False,
) -> int:
    """Look up what was asked for, what became of it, and what it cost."""
    shows = {
        "--unknown": unknown,
        "--spend": spend,
        "--since": since,
        "--limit": limit,
        "--all": everything,
    }
    _check({name for name, value in shows.items() if value not in (None, False)}, action, before)
    said.at_least(1, limit=limit)
    begin, end = (moment(text) if text else None for text in (since, before))
    folder = settings.state_folder()

    from togimg import ledger

    if folder is None or not ledger.exists(folder):
        _say("nothing was asked for yet")
        return OK
    with ledger.Ledger(folder) as opened:
        opened.settle()
        if action:
            _clear(opened, end, as_json=as_json)
        elif spend:
            _spend(opened, begin, as_json=as_json)
        else:
            count = None if everything else limit or LATEST
            _entries(opened, begin, count, unknown=unknown, as_json=as_json)
        _tell_notes(opened)
    return OK


def _tell_notes(opened: "Ledger") -> None:
    for note in opened.notes():
        _say(f"note: {words.visible(note.message)}")
        if note.hint:
            _say(f"hint: {words.visible(note.hint)}")


def moment(text: str) -> datetime:
    """The moment that a user means: a date, or so long ago.

    Raises:
        UsageError: it cannot be told.
    """
    ago = re.fullmatch(r"(\d+)([dhm])", text)
    try:
        if ago:
            return datetime.now().astimezone() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"{text} is no time", hint=f"write {_WHEN[:-1]}") from error


def _check(shows: Iterable[str], action: str | None, before: str | None) -> None:
    if action is None and before is not None:
        raise UsageError("--before is for clear", hint="togimg history clear --before WHEN")
    for name in sorted(shows) if action else ():
        raise UsageError(f"{name} and clear contradict", hint="leave one of the two out")
    if {"--unknown", "--spend"} <= set(shows):
        raise UsageError("--unknown and --spend contradict", hint="give one of the two")
    if {"--limit", "--all"} <= set(shows):
        raise UsageError("--limit and --all contradict", hint="give one of the two")


def _clear(opened: "Ledger", before: datetime | None, *, as_json: bool) -> None:
    gone = opened.clear(before)
    if as_json:
        print(json.dumps({"type": "cleared", "entries": gone}))
    else:
        _say(f"forgot {_requests(gone)}; no picture was touched")


def _entries(
    opened: "Ledger", since: datetime | None, limit: int | None, *, unknown: bool, as_json: bool
) -> None:
    found = opened.entries(since=since, doubtful=unknown, limit=limit)
    if as_json:
        for entry in found:
            print(json.dumps({"type": "entry", **asdict(entry)}))
        return
    rows = [_cells(entry) for entry in found]
    if rows:
        headers = ("time", "outcome", "cost", "model", "picture or prompt")
        tables.table(headers, rows, drawn=is_live(sys.stdout))
    total = opened.count(since=since, doubtful=unknown)
    if not total:
        _say("nothing of that kind")
    elif total > len(rows):
        _say(f"the last {len(rows)} of {_requests(total)}; all of them: --all")


def _cells(entry: "Entry") -> tuple[str, ...]:
    made = entry.outcome == "made" and entry.path
    return (
        f"{datetime.fromisoformat(entry.started).astimezone():%Y-%m-%d %H:%M:%S}",
        "in flight" if entry.outcome == "intent" else entry.outcome.replace("_", " "),
        _cost(entry),
        _short(entry.model),
        _near(made) if made else words.brief(entry.prompt),
    )


def _cost(entry: "Entry") -> str:
    if entry.outcome in {"not_sent", "refused"}:
        return "-"
    return "?" if entry.cost is None else catalogue.usd(entry.cost)


def _spend(opened: "Ledger", since: datetime | None, *, as_json: bool) -> None:
    sums = [
        found for by in ("day", "model", "folder", "total") for found in opened.spend(by, since)
    ]
    if as_json:
        for found in sums:
            print(json.dumps({"type": "spend", **asdict(found)}))
        for counted in opened.counted():
            print(json.dumps({"type": "budget", **asdict(counted)}))
        return
    if sums:
        headers = ("by", "of", "pictures", "cost", "maybe billed besides")
        tables.table(headers, [_sums(found) for found in sums], drawn=is_live(sys.stdout))
        _say(f"costs are estimates in USD, with prices as of {_priced_on()}")
    else:
        _say("nothing of that kind")
    cleared = [
        f"{words.usd(counted.cleared)} of {_PERIODS[counted.name]}"
        for counted in opened.counted()
        if counted.cleared
    ]
    if cleared:
        _say(f"cleared from the history, and counted by budgets still: {', '.join(cleared)}")


def _sums(found: "Spend") -> tuple[str, ...]:
    unpriced = f" and {found.unpriced} of unknown price" if found.unpriced else ""
    doubtful = f"{catalogue.usd(found.doubtful_cost)} ({_requests(found.doubtful)})"
    named = {"model": _short(found.key), "total": ""}.get(found.by, found.key or "-")
    return (
        found.by,
        named,
        str(found.made),
        f"{catalogue.usd(found.cost)}{unpriced}",
        doubtful if found.doubtful else "",
    )


def _priced_on() -> str:
    return max(model.priced_on for model in catalogue.models() if model.priced_on)


def _short(model: str | None) -> str:
    known = catalogue.find(model) if model else None
    return known.label if known else model or "-"


def _near(path: str) -> str:
    """The path from here, when the picture is below."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return path


def _requests(count: int) -> str:
    return f"{count} request{'' if count == 1 else 's'}"


def _say(line: str) -> None:
    print(line, file=sys.stderr)
