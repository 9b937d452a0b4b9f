"""JSON Lines on stdout: one object an event that programs care for, the summary last."""

import json
import sys
from dataclasses import asdict
from typing import Any, Self

from togimg.errors import TogimgError
from togimg.events import Drawn, Event, Failed, Finished, Noted, Planned, Saved, Skipped, Warned

_TYPES: dict[type[Event], str] = {
    Saved: "image",
    Planned: "plan",
    Skipped: "skipped",
    Drawn: "sheet",
    Noted: "note",
    Warned: "note",
    Finished: "summary",
}


class JsonLines:
    """Shows an object for every event that a program may want to know of."""

    def show(self, event: Event) -> None:
        """Writes the event's line, if it has one."""
        line = as_object(event)
        if line is not None:
            # Lone surrogates, from file names that are not UTF-8, stay escaped: lines are valid.
            print(json.dumps(line, ensure_ascii=True), flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        sys.stdout.flush()


def as_object(event: Event) -> dict[str, Any] | None:
    """The event as a JSON object; what is unknown is null, never left out."""
    if isinstance(event, Failed):
        return {
            "type": "failure",
            "index": event.index,
            "prompt": event.prompt,
            "outcome": event.outcome,
            "error": _error(event.error),
            "id": event.id,
            "axes": dict(event.axes),
        }
    kind = _TYPES.get(type(event))
    return {"type": kind, **asdict(event)} if kind else None


def _error(error: TogimgError) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "status": error.status,
    }
