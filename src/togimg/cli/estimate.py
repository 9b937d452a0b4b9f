"""What a run may cost, by the catalogue's prices, before anything is sent."""

from collections.abc import Iterable
from functools import reduce

from togimg import catalogue
from togimg.events import Begun
from togimg.request import ImageRequest

NOTHING = Begun(total=0, cost=None, unpriced=0, priced_on=None)


def estimate(requests: Iterable[ImageRequest]) -> Begun:
    """What these (completed) requests come to; they are read once and not kept."""
    return reduce(plus, requests, NOTHING)


def plus(sum_: Begun, request: ImageRequest) -> Begun:
    """The estimate with one more request in it."""
    count, price = pictures(request), catalogue.price(request)
    total = (sum_.total or 0) + count
    if price is None:
        return Begun(total, sum_.cost, sum_.unpriced + count, sum_.priced_on)
    model = catalogue.find(str(dict(request.params).get("model", request.model)))
    dates = {sum_.priced_on, model.priced_on if model else None} - {None}
    cost = (sum_.cost or 0) + count * price
    return Begun(total, cost, sum_.unpriced, min(map(str, dates), default=None))


def pictures(request: ImageRequest) -> int:
    """How many pictures the request asks for: one, unless `--param n=…` says otherwise."""
    count = dict(request.params).get("n", 1)
    return count if type(count) is int and count > 0 else 1
