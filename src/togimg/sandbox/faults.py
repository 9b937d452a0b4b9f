"""Faults by name: how they are written, what each is, and which is played when."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import urlsplit

from togimg.sandbox.exchange import Received
from togimg.sandbox.mischief import KINDS, SECONDS, STATUSES, kind
from togimg.sandbox.plays import MOVED, ROUND, Kind

LONGEST = 3600.0

FAULTS = {
    STATUSES: "POST: this status, with its usual body; Retry-After of SECONDS on 429 and 503",
    **{name: f"{of.on}: {of.line}" for name, of in KINDS.items()},
}
"""Name → one line, in the order of the table, for help and README."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of mischief and how often it is played.

    Attributes:
        name: A key of `FAULTS`, or a status from 201 to 599.
        count: How many requests meet it; `None` is all of them, for ever. For those that stand
            for ever it is the number that they let pass, or the share that they do not.
        seconds: What a Retry-After says, or how long a slow answer takes; 1 when not said.
    """

    name: str
    count: int | None = 1
    seconds: float | None = None

    @property
    def kind(self) -> Kind:
        """What it does."""
        return kind(self.name)


def parse(text: str) -> Fault:
    """The fault written as NAME, NAME:COUNT or NAME:COUNT:SECONDS; COUNT may be `*`.

    Raises:
        ValueError: It is not written like that; the message says what there is.
    """
    name, *rest = (part.strip() for part in text.split(":"))
    if not is_name(name):
        raise ValueError(f"no fault is called {name!r}{suggestion(name)}; there are: {names()}")
    if len(rest) > 2:  # noqa: PLR2004
        raise ValueError(f"{text!r} has too many parts; write NAME[:COUNT[:SECONDS]]")
    fault = Fault(name)
    if rest:
        fault = replace(fault, count=count(rest[0]))
    if fault.kind.stands and not fault.count:
        raise ValueError(f"{name!r} needs a number: it is played for ever, beyond that many")
    if rest[1:]:
        fault = replace(fault, seconds=seconds(name, rest[1]))
    return fault


def is_name(name: str) -> bool:
    """Whether there is a fault of that name."""
    return name in KINDS or is_status(name)


def is_status(name: str) -> bool:
    """Whether the name is a status of three plain digits from 201 to 599."""
    return len(name) == 3 and name.isascii() and name.isdigit() and "201" <= name <= "599"  # noqa: PLR2004


def count(text: str) -> int | None:
    """A whole number from 1, or `*` for ever."""
    if text == "*":
        return None
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text):  # noqa: PLR2004
        return int(text)
    raise ValueError(f"the count {text!r} is neither a whole number from 1 nor '*'")


def seconds(name: str, text: str) -> float:
    """Seconds from 0 to an hour, for the faults that have any."""
    if not (is_status(name) or name in SECONDS):
        raise ValueError(f"{name!r} takes no seconds; only statuses, {', '.join(SECONDS)} do")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= LONGEST:
        raise ValueError(f"the seconds {text!r} are no number from 0 to {LONGEST:g}")
    return value


def names() -> str:
    """All names, in one line."""
    return ", ".join(FAULTS)


def suggestion(name: str) -> str:
    """The nearest name, if one is near."""
    from difflib import get_close_matches  # noqa: PLC0415  for wrong names only

    near = get_close_matches(name.lower(), KINDS, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


class Script:
    """The faults still to be played, in their order; safe to ask from many threads."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._waiting = list(faults)
        self._lock = Lock()

    def next_for(self, received: Received) -> Fault | None:
        """The fault that this request meets, which is then used up."""
        parts = urlsplit(received.path)
        if parts.query == MOVED:
            return None
        if parts.query == ROUND:
            return Fault("picture-loop")
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.kind.meets(received):
                    self._use_up(index, fault)
                    return fault
        return None

    def next_for_connection(self) -> Fault | None:
        """The fault that a new connection meets, which is then used up."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.kind.on == "connection":
                    self._use_up(index, fault)
                    return fault
        return None

    def _use_up(self, index: int, fault: Fault) -> None:
        if fault.count is None:
            return
        if fault.count > 1:
            self._waiting[index] = replace(fault, count=fault.count - 1)
        else:
            del self._waiting[index]
