"""Whether to try again and how long to wait, computed from the tries so far and the reply."""

import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["not_sent", "busy", "refused", "spurious", "failed", "unknown"]
"""What a try came to, as far as trying again is concerned.

`busy` is a refusal that passes: a limit, overload, a gateway that found nobody. `spurious` is
the refusal of a size that the model takes. The rest are outcomes.
"""

What = int | Kind
"""What a try came to: the status of the reply, or its kind where there was none to go by."""

BUSY = frozenset({408, 429, 503, 521, 522, 523, 529})
FAILED = frozenset({500, 502, 520})

_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")

MOST_FAILED = 3
SPURIOUS_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Pause:
    """The next try begins in `seconds`, for a reason that a person can read.

    `kind` is what the last try came to.
    """

    seconds: float
    reason: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class TooLong:
    """There would be another try, but only after more `seconds` than are `allowed`."""

    seconds: float
    allowed: float


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to try again, and how patiently; all times are seconds.

    `retries` are the tries after the first. What may have been billed is asked for again only
    with `retry_unknown`, or where asking is `free`. A wait is granted up to `patience`. Without
    a word of the service's it grows from `base` to `cap` with full jitter, `jitter` being a
    number from 0 to 1.
    """

    retries: int = 4
    retry_unknown: bool = False
    free: bool = False
    patience: float = 60.0
    base: float = 0.5
    cap: float = 30.0
    jitter: Callable[[], float] = random.random

    def wait(
        self,
        tried: Sequence[What],
        headers: Mapping[str, str] | None = None,
        left: float = math.inf,
    ) -> float | TooLong | None:
        """Seconds from the last try in `tried` to the next; None when there is none.

        `headers` (lower-case names) came with the last try. `left` is what is left of the time
        for everything.
        """
        if len(tried) > self.retries or not self._is_worth_it(tried):
            return None
        wait = self._seconds(tried, headers or {})
        allowed = min(self.patience, left)
        return wait if wait <= allowed else TooLong(wait, allowed)

    def _is_worth_it(self, tried: Sequence[What]) -> bool:
        kinds = [kind(what) for what in tried]
        match kinds[-1]:
            case "not_sent" | "busy":
                return True
            case "spurious":
                return kinds.count("spurious") == 1
            case "failed":
                return self.free or kinds.count("failed") < MOST_FAILED
            case "unknown":
                return self.free or self.retry_unknown
            case _:
                return False

    def _seconds(self, tried: Sequence[What], headers: Mapping[str, str]) -> float:
        asked = asked_wait(headers, datetime.now(UTC))
        if asked is not None:
            return asked
        if tried[-1] == "spurious":
            return SPURIOUS_SECONDS
        doublings = min(len(tried) - 1, 30)
        return min(self.cap, self.base * 2.0**doublings) * self.jitter()


def kind(what: What) -> Kind:
    """What a reply with this status came to; a kind is what it is."""
    if not isinstance(what, int):
        return what
    if what in BUSY:
        return "busy"
    if what in FAILED:
        return "failed"
    return "refused" if 400 <= what < 500 else "unknown"  # noqa: PLR2004


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
    # Python's own reading takes 1_0 for ten, and digits of every script.
    seconds = float(text) if text and _NUMBER.fullmatch(text) else math.inf
    return seconds if math.isfinite(seconds) else None


def _until(text: str | None, now: datetime) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  few replies have a date

    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (moment - now).total_seconds()
    return seconds if seconds >= 0 else None
