"""Every error a user can meet, with its exit code and its hint.

::

    TogimgError
    ├── UsageError      2   wrong flags, unreadable input, a flag the model refuses
    ├── AccountError    3   no key, key refused, no credit, not permitted
    ├── RefusedError    4   the service refused the request
    ├── ServiceError    5   limit or failure of the service or the network
    ├── BudgetError     6   stopped by `--max-cost` or a configured budget
    ├── LocalError      8   cannot write, disk full, name exists
    ├── UnknownOutcome  9   sent, and no usable answer: maybe billed
    ├── MismatchError  10   `--strict`, and the answer is not what was asked
    └── Interrupted   130   the run was stopped before the job was sent
"""

from collections.abc import Collection
from typing import ClassVar, Literal, Self

Outcome = Literal["not_sent", "refused", "failed", "unknown", "made"]
"""What became of a request.

`not_sent`: nothing reached the service. `refused`: it said no before making anything.
`failed`: it said that it failed. `unknown`: sent, and no usable answer. `made`: a picture.
"""

OK = 0
BUG = 1
PARTIAL = 7
INTERRUPTED = 130

GRAVEST_FIRST = (9, 8, 3, 6, 5, 4, 10, 2, INTERRUPTED)


class TogimgError(Exception):
    """What went wrong, in one line without a full stop, and what to do next.

    Attributes:
        hint: The next step, or None when there is none.
        status: The HTTP status behind the error, if one was received.
        outcome: What became of the request that met the error.
        last: The error of its last try alone, where this one tells of several.
    """

    code: ClassVar[str]
    exit_code: ClassVar[int]
    outcome: Outcome = "not_sent"
    last: "TogimgError | None" = None

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        if outcome:
            self.outcome = outcome


class UsageError(TogimgError):
    """Wrong flags, unreadable input, a flag the model refuses: nothing was sent."""

    code = "usage"
    exit_code = 2


class AccountError(TogimgError):
    """No key, key refused, no credit, not permitted."""

    code = "account"
    exit_code = 3


class RefusedError(TogimgError):
    """The service refused the request: invalid, unknown model, content policy.

    Attributes:
        parameter: The API parameter that was refused, when the service named one.
    """

    code = "refused"
    exit_code = 4
    outcome: Outcome = "refused"

    def __init__(self, message: str, *, parameter: str | None = None, **details: object) -> None:
        super().__init__(message, **details)  # type: ignore[arg-type]
        self.parameter = parameter


class ServiceError(TogimgError):
    """A limit or failure of the service or the network, tries used up."""

    code = "service"
    exit_code = 5


class BudgetError(TogimgError):
    """The next picture would pass `--max-cost` or a configured budget.

    Attributes:
        for_good: That picture alone would: under the same limit no run can make it.
    """

    code = "budget"
    exit_code = 6
    for_good = False

    @classmethod
    def unpriced(cls, limit: str) -> Self:
        """The error of what has no known price, under a limit that counts prices."""
        error = cls(
            f"the price of this model is not known, and {limit} cannot be kept without",
            hint="choose a model with a price: togimg models",
        )
        error.for_good = True
        return error

    @classmethod
    def too_dear(cls, limit: str, cost: str, *, hint: str) -> Self:
        """The error of a picture of this cost, which is more than all that the limit allows."""
        error = cls(f"{limit}, and the next picture alone is about {cost}", hint=hint)
        error.for_good = True
        return error


class LocalError(TogimgError):
    """Cannot write, disk full, name exists under `--on-exists error`."""

    code = "local"
    exit_code = 8


class UnknownOutcome(TogimgError):  # noqa: N818  the contract's own word
    """Sent, and no usable answer: the request may have been billed."""

    code = "unknown"
    exit_code = 9
    outcome: Outcome = "unknown"


class MismatchError(TogimgError):
    """Under `--strict`: the picture was kept, and is not what was asked."""

    code = "mismatch"
    exit_code = 10
    outcome: Outcome = "made"


class Interrupted(TogimgError):  # noqa: N818  what happened, not what went wrong
    """The run was stopped before the job was sent."""

    code = "interrupted"
    exit_code = INTERRUPTED


def reason(error: Exception) -> str:
    """Why the system would not, in its own words."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def exit_code(made: int, codes: Collection[int]) -> int:
    """The exit code of a run whose failures have these: 0, 7 if some were made, or the gravest."""
    if not codes:
        return OK
    return PARTIAL if made else min(codes, key=GRAVEST_FIRST.index)
