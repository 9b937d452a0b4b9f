"""What a run may cost, by the catalogue's prices, before anything is sent."""

from collections.abc import Mapping

from togimg import catalogue
from togimg.catalogue import usd
from togimg.display.words import count
from togimg.errors import BudgetError
from togimg.events import Begun
from togimg.request import ImageRequest

NOTHING = Begun(total=0, cost=None, unpriced=0, priced_on=None)


def estimate(request: ImageRequest, times: int = 1) -> Begun:
    """The estimate of this (completed) request so many times."""
    number, price = times * catalogue.count(request), catalogue.price(request)
    if price is None:
        return Begun(number, None, number, None)
    model = catalogue.find(str(dict(request.params).get("model", request.model)))
    return Begun(number, number * price, 0, model.priced_on if model else None)


def both(one: Begun, other: Begun) -> Begun:
    """Two estimates as one."""
    costs = [cost for cost in (one.cost, other.cost) if cost is not None]
    dates = [date for date in (one.priced_on, other.priced_on) if date]
    return Begun(
        total=one.total + other.total,
        cost=sum(costs) if costs else None,
        unpriced=one.unpriced + other.unpriced,
        priced_on=min(dates, default=None),
    )


def refuse(begun: Begun, limits: Mapping[str, float]) -> None:
    """Refuses a run that would pass one of these limits, in USD.

    Raises:
        BudgetError: it would, or what it costs is not known.
    """
    refusal = refused(begun, limits)
    if refusal:
        raise refusal


def refused(begun: Begun, limits: Mapping[str, float]) -> BudgetError | None:
    """Why a run would be refused under these limits, in USD; None if it would not."""
    for name, left in limits.items():
        if begun.unpriced:
            return BudgetError.unpriced(name)
        if (begun.cost or 0) > left + catalogue.DUST:
            pictures = f"{count(begun.total, 'picture')} {'is' if begun.total == 1 else 'are'}"
            return BudgetError(
                f"{pictures} about {usd(begun.cost or 0)}, and {name} leaves {usd(max(left, 0))}",
                hint="ask for less, or allow more; nothing was sent",
            )
    return None
