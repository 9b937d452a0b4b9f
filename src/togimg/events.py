"""What happens while jobs run: Started, Waiting, Saved, Skipped, Failed, Noted, Finished."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from togimg.errors import Outcome, TogimgError


@dataclass(frozen=True, slots=True)
class Started:
    """Job `index` was given a name and is being asked for."""

    index: int
    prompt: str | None
    model: str | None
    seed: int | None
    id: str | None = None


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
    """Job `index` was left out because `path` is there already (`--on-exists skip`)."""

    index: int
    path: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Job `index` made no picture, or not the one that was asked."""

    index: int | None
    prompt: str | None
    outcome: Outcome
    error: TogimgError
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something a person would want to know, though nothing failed."""

    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over. `cost` is the estimate in USD of what was made, None if unknown."""

    made: int
    failed: int
    skipped: int
    cost: float | None
    exit_code: int
    duration: float


Event = Started | Waiting | Planned | Saved | Skipped | Failed | Noted | Finished
