"""What a run may cost, by the catalogue's prices, before anything is sent."""

from collections.abc import Iterable, Mapping
from functools import reduce

from togimg import catalogue
from togimg.errors import BudgetError
from togimg.events import Begun
from togimg.request import ImageRequest

NOTHING = Begun(total=0, cost=None, unpriced=0, priced_on=None)
DUST = 1e-9


def estimate(requests: Iterable[ImageRequest]) -> Begun:
    """What these (completed) requests come to; they are read once and not kept."""
    return reduce(plus, requests, NOTHING)


def plus(sum_: Begun, request: ImageRequest, count: int = 1) -> Begun:
    """The estimate with `count` more of this request in it."""
    number, price = count * pictures(request), catalogue.price(request)
    if price is None:
        return both(sum_, Begun(number, None, number, None))
    model = catalogue.find(str(dict(request.params).get("model", request.model)))
    return both(sum_, Begun(number, number * price, 0, model.priced_on if model else None))


def both(one: Begun, other: Begun) -> Begun:
    """Two estimates as one."""
    costs = [cost for cost in (one.cost, other.cost) if cost is not None]
    dates = [date for date in (one.priced_on, other.priced_on) if date]
    return Begun(
        total=(one.total or 0) + (other.total or 0),
        cost=sum(costs) if costs else None,
        unpriced=one.unpriced + other.unpriced,
        priced_on=min(dates, default=None),
    )


def pictures(request: ImageRequest) -> int:
    """How many pictures the request asks for: one, unless `--param n=…` says otherwise."""
    count = dict(request.params).get("n", 1)
    return count if type(count) is int and count > 0 else 1


def refuse(begun: Begun, limits: Mapping[str, float]) -> None:
    """Refuses a run that would pass one of these limits, in USD.

    Raises:
        BudgetError: it would, or what it costs is not known.
    """
    for name, left in limits.items():
        if begun.unpriced:
            raise BudgetError(
                f"what these pictures cost is not known, and {name} cannot be kept without",
                hint="choose a model with a price: togimg models",
            )
        if (begun.cost or 0) > left + DUST:
            pictures = "1 picture is" if begun.total == 1 else f"{begun.total} pictures are"
            raise BudgetError(
                f"{pictures} about ${begun.cost:.4f}, and {name} leaves ${max(left, 0):.4f}",
                hint="ask for less, or allow more; nothing was sent",
            )
