"""Whether to try again and how long to wait, computed from the attempt and the reply."""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

SAFE_STATUSES = frozenset({408, 429, 503, 521, 522, 523, 529})
"""Answers by which the service says that it made nothing, so that asking again costs nothing."""

FREE_STATUSES = SAFE_STATUSES | {500, 502, 504, 520, 524}
"""Answers after which a GET is tried again: fetching a picture is never billed."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The next try begins in `seconds`, for a reason that a person can read."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to try again, and how patiently; all times are seconds.

    `retries` are the tries after the first. A wait that the service asks for is granted up to
    `patience`; a longer one ends the tries. Without such a word the wait grows from `base` to
    `cap` with full jitter, `jitter` being a number from 0 to 1.
    """

    retries: int = 4
    patience: float = 60.0
    base: float = 0.5
    cap: float = 30.0
    jitter: Callable[[], float] = random.random

    def wait(self, attempt: int, headers: Mapping[str, str] | None = None) -> float | None:
        """Seconds to wait after the failure of try number `attempt` (from 1); None to give up."""
        if attempt > self.retries:
            return None
        asked = asked_wait(headers or {}, datetime.now(UTC))
        if asked is not None:
            return asked if asked <= self.patience else None
        return min(self.cap, self.base * 2.0 ** (attempt - 1)) * self.jitter()


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that a reply's headers (lower-case names) ask for; None for none or garbage.

    Known are `retry-after-ms`, `Retry-After` as seconds, fraction or date, and
    `x-ratelimit-reset` in seconds.
    """
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    for found in (_seconds(text), _until(text, now), _seconds(headers.get("x-ratelimit-reset"))):
        if found is not None:
            return found
    return None


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _until(text: str | None, now: datetime) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  few replies have a date

    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (moment - now).total_seconds()
    return seconds if seconds >= 0 else None
