"""What happens while jobs run, from Begun to Finished."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from togimg.errors import Outcome, TogimgError


@dataclass(frozen=True, slots=True)
class Begun:
    """A run of several pictures begins, and may cost as much as this.

    `total` is the number of pictures. `cost` is an estimate in USD, at the prices of `priced_on`
    (ISO date, the oldest), of all but the `unpriced`, whose price is not known; None when none is
    known.
    """

    total: int
    cost: float | None
    unpriced: int
    priced_on: str | None


@dataclass(frozen=True, slots=True)
class Started:
    """Job `index` was given a name and is being asked for."""

    index: int
    prompt: str | None
    model: str | None
    seed: int | None
    id: str | None = None
    axes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The next try of job `index` begins in `seconds`, for the reason given."""

    index: int
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a dry run would send for job `index`, where it would go, what it might cost in USD."""

    index: int
    path: str
    cost: float | None
    requested: Mapping[str, Any]
    curl: str | None = None
    axes: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A whole picture is in its place.

    `bytes` is its size on disk, `cost` an estimate in USD, `duration` seconds from request to
    file, `requested` the body that was sent without pictures or key. With `-o -`, `path` is `-`.
    `axes` are the values by which it differs from the others of its sweep, `id` is the name of
    its row in a jobs file.
    """

    index: int
    path: str
    prompt: str | None
    model: str | None
    seed: int | None
    width: int
    height: int
    format: str
    bytes: int
    sha256: str
    cost: float | None
    duration: float
    request_id: str | None
    requested: Mapping[str, Any]
    axes: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Job `index` was left out.

    Because `path` `exists` already (`--on-exists skip`), because a batch has it `made` there, or
    because its outcome is `unknown`, or it is `in_flight` in another run (`--skip-unknown`).
    """

    index: int
    path: str | None
    id: str | None = None
    why: Literal["exists", "made", "unknown", "in_flight"] = "exists"


@dataclass(frozen=True, slots=True)
class Failed:
    """Job `index` made no picture, or not the one that was asked."""

    index: int | None
    prompt: str | None
    outcome: Outcome
    error: TogimgError
    id: str | None = None
    axes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Page `page` (from 1) of the contact sheet is in its place."""

    path: str
    page: int


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person would want to know, though nothing failed."""

    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Warned(Noted):
    """A note that even those want to read who want quiet: something may be paid for twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a run stands after `elapsed` seconds.

    `made`, `failed` and `skipped` count pictures; `done`, `flying` and `left` count jobs: at an
    end, being asked for, and not begun (None when nobody knows). `rate` is in pictures a second
    over the last minute, `eta` in seconds; both None until there is something to tell them from.
    `cost` is the estimate in USD of what was made, None if unknown. `slowest` is the job that is
    waited for longest, and the seconds; `waiting` the wait that holds the run, with what is left.
    """

    elapsed: float
    made: int
    failed: int
    skipped: int
    done: int
    flying: int
    left: int | None
    rate: float | None
    eta: float | None
    cost: float | None
    slowest: tuple[Started, float] | None
    waiting: Waiting | None

    @property
    def total(self) -> int | None:
        """All jobs of the run; None when nobody knows."""
        return None if self.left is None else self.done + self.flying + self.left


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over. `cost` is the estimate in USD of what was made, None if unknown.

    `refused`, `unknown` (maybe billed) and `not_sent` are among the `failed`. `next` is the
    command to go on with, None when there is nothing to go on with.
    """

    made: int
    failed: int
    skipped: int
    cost: float | None
    exit_code: int
    duration: float
    refused: int = 0
    unknown: int = 0
    not_sent: int = 0
    next: str | None = None


Event = (
    Begun
    | Started
    | Waiting
    | Planned
    | Saved
    | Skipped
    | Failed
    | Drawn
    | Noted
    | Progress
    | Finished
)
