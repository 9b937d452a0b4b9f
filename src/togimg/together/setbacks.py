"""A try that brought nothing: what it was, why to wait, what to say if it was the last."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from togimg import catalogue
from togimg.errors import Outcome, RefusedError, ServiceError, TogimgError, UsageError
from togimg.request import ImageRequest
from togimg.retry import TooLong, What, kind
from togimg.together.answers import why_wait

SIZES = ("width", "height")

_UNITS = (("years", 365.25 * 86400), ("days", 86400), ("hours", 3600), ("min", 60))
_LONGEST_TOLD = 1000 * 365.25 * 86400


@dataclass(frozen=True, slots=True)
class Setback:
    """The error of a try, what it was, and the headers of the reply if there was one."""

    error: TogimgError
    what: What
    headers: Mapping[str, str]

    @property
    def reason(self) -> str:
        """Why there is a wait before the next try, in words."""
        status = self.error.status
        if status is not None and kind(self.what) == "busy":
            return why_wait(status)
        if kind(self.what) == "failed":
            return f"the service failed ({status}); that try may have been billed"
        if self.what == "spurious":
            return f"the service refused a size that the model takes ({status})"
        return self.error.message


def setback(error: TogimgError, headers: Mapping[str, str]) -> Setback:
    """The setback that an error is: its status tells, where it tells anything."""
    if error.status not in {None, 200}:
        return Setback(error, error.status or 0, headers)
    if isinstance(error, UsageError) or error.outcome == "made":
        return Setback(error, "refused", headers)
    return Setback(error, error.outcome, headers)


def is_spurious(error: TogimgError, body: Mapping[str, object]) -> bool:
    """Whether the service refused a size that the model is known to take: it happens."""
    refused = isinstance(error, RefusedError) and error.status == 400  # noqa: PLR2004
    if not (refused and getattr(error, "parameter", None) in SIZES):
        return False
    model = body.get("model")
    width, height = (value if type(value := body.get(side)) is int else None for side in SIZES)
    if not (isinstance(model, str) and catalogue.find(model) and (width or height)):
        return False
    try:
        catalogue.check(ImageRequest(prompt="size", model=model, width=width, height=height))
    except UsageError:
        return False
    return True


def last(
    tried: Sequence[What], found: Setback, too_long: TooLong | None = None, *, free: bool = False
) -> TogimgError:
    """The error to end with, which says what the tries before it may have cost unless `free`."""
    kinds = [] if free else [kind(what) for what in tried]
    words, outcome = [found.error.message], found.error.outcome
    hint = found.error.hint
    if too_long:
        words.append(_asks_for(too_long))
    elif kinds[-1:] == ["busy"]:
        hint = f"{hint}, or allow more --retries"
    if "unknown" in kinds[:-1]:
        words.append("an earlier try had no usable answer and may have been billed")
        outcome = "unknown"
    failed = kinds.count("failed")
    if failed > 1 or "failed" in kinds[:-1]:
        words.append(f"{failed} failed {'try' if failed == 1 else 'tries'} may have been billed")
        outcome = "unknown" if outcome == "unknown" else "failed"
    told = _worded(found.error, "; ".join(words), outcome, hint)
    told.last = found.error
    return told


def stopped(tried: Sequence[What], found: Setback | None) -> TogimgError:
    """The error of a request whose next try was not to be, because the run has ended."""
    if found is None:
        return ServiceError("not sent: the run was stopped")
    said, waited = last(tried, found), ServiceError(f"stopped while waiting: {found.reason}")
    if said.outcome not in {"failed", "unknown"}:
        return waited
    words = f"stopped before the next try: {said.message}"
    told = _worded(said, words, said.outcome, found.error.hint)
    told.last = waited
    return told


def _asks_for(too_long: TooLong) -> str:
    asked, allowed = _span(too_long.seconds), _span(too_long.allowed)
    return f"the next try would be in {asked}, longer than the {allowed} allowed"


def _span(seconds: float) -> str:
    """A time in the largest unit of which it has two."""
    if seconds > _LONGEST_TOLD:
        return "more than 1000 years"
    for unit, length in _UNITS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"  # noqa: PLR2004


def _worded(error: TogimgError, message: str, outcome: Outcome, hint: str | None) -> TogimgError:
    told = copy(error)
    told.args = (message,)
    told.message = message
    told.outcome = outcome
    told.hint = hint
    return told
