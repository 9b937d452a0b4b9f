"""Which display the flags and the streams call for, and the play of events on it."""

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from togimg.display import Display
from togimg.display.words import problem
from togimg.errors import OK, LocalError, reason
from togimg.events import Event, Failed, Finished
from togimg.pacing import Halt

if TYPE_CHECKING:
    from togimg.cli.flags import ShowFlags

SIGPIPE = 13
"""The signal of a reader that has left; Windows has no name for it."""


def display(show: "ShowFlags") -> Display:
    """The display that the flags and the streams call for."""
    from togimg.display.lines import Lines

    if show.as_json:
        from togimg.display.jsonl import JsonLines

        return JsonLines()
    if show.quiet or not is_live(sys.stderr):
        return Lines(quiet=show.quiet, verbose=show.verbose)
    from togimg.display.live import Live

    return Live(sys.stderr, verbose=show.verbose)


def is_live(stream: object) -> bool:
    """Whether a stream is a terminal that may be drawn on.

    `NO_COLOR` and `TERM=dumb` say that it may not, `FORCE_COLOR` that it may all the same. What
    is no terminal is never drawn on: cursor codes do not belong into logs.
    """
    isatty = getattr(stream, "isatty", None)
    if not (isatty and isatty()) or os.environ.get("TERM") == "dumb":
        return False
    return not os.environ.get("NO_COLOR") or os.environ.get("FORCE_COLOR", "0") not in {"", "0"}


def play(events: Iterable[Event], shown_by: Display, halt: Halt) -> int:
    """Shows every event; the exit code that the last one tells.

    When stdout cannot be written, nothing new is sent, and the rest goes unseen: quietly when
    whoever read it has left, with an error when it is full.
    """
    code = OK
    full: LocalError | None = None
    with shown_by:
        for event in events:
            if isinstance(event, Finished):
                code = event.exit_code
            if halt.signal == SIGPIPE and not _may_be_billed(event):
                continue
            try:
                shown_by.show(event)
            except OSError as error:
                full = full or _full(error)
                if not halt.signal:
                    halt.stop(SIGPIPE)
                sys.stdout = open(os.devnull, "w", encoding="utf-8")
    if full is None:
        return code
    print(*problem(full), sep="\n", file=sys.stderr)
    return full.exit_code


def _may_be_billed(event: Event) -> bool:
    return isinstance(event, Failed) and event.outcome != "not_sent"


def _full(error: OSError) -> LocalError | None:
    if isinstance(error, BrokenPipeError):
        return None
    return LocalError(
        f"cannot write to stdout: {reason(error)}", hint="the pictures are in their place"
    )
