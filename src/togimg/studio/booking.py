"""What is booked for a request before it goes out: its entry in the ledger, and its cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from togimg import catalogue, recipe
from togimg.errors import BudgetError, Outcome
from togimg.ledger import Intent, Pending, fingerprint
from togimg.request import Job, body
from togimg.studio.bench import Bench
from togimg.studio.places import Place

_FREE: frozenset[Outcome] = frozenset({"not_sent", "refused"})


@dataclass(frozen=True, slots=True)
class Booking:
    """A request that may go out now, with its entry in the ledger and its estimate in USD.

    `requested` is its body without pictures.
    """

    pending: Pending
    requested: Mapping[str, Any]
    cost: float | None
    bench: Bench

    def close(
        self, outcome: Outcome, *, error: str | None = None, request_id: str | None = None
    ) -> None:
        """Writes down what became of the request, and takes back what it did not cost."""
        if outcome in _FREE:
            self.bench.purse.give_back(self.cost)
        self.pending.close(outcome, error=error, request_id=request_id)


def book(job: Job, mark: str, place: Place, bench: Bench) -> Booking:
    """Books one try of the job whose fingerprint is `mark`: it is on the disk when this returns.

    Raises:
        BudgetError: it would pass --max-cost or a budget.
    """
    cost = estimate(job)
    bench.purse.take(cost)
    extension = job.target.extension
    requested = recipe.without_bytes(body(job.request))
    intent = Intent(
        fingerprint=mark,
        requested=requested,
        folder=bench.known_as(job.target.folder),
        path=place.path(extension) if extension else None,
        cost=cost,
        batch=bench.batch,
        line=job.id,
    )
    try:
        pending = bench.ledger.intend(intent) if bench.ledger else Pending()
    except BudgetError:
        bench.purse.give_back(cost)
        raise
    return Booking(pending, requested, cost, bench)


def mark(job: Job, digests: Iterable[str]) -> str:
    """The fingerprint of a job: it stays, whatever else is asked for when that is refused."""
    return fingerprint(body(job.request, digests))


def estimate(job: Job) -> float | None:
    """The estimate in USD for all pictures of the reply: `--param n=…` asks for several."""
    price = catalogue.price(job.request)
    return None if price is None else round(price * catalogue.count(job.request), 6)
