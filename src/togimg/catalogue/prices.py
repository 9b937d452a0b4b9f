"""price(request): what one picture will cost, as far as can be told beforehand."""

from typing import Any

from togimg.catalogue.entries import asked
from togimg.catalogue.sizes import LARGEST, SIDE
from togimg.request import ImageRequest

DUST = 1e-9
"""USD that a sum of many prices may be off."""

PIXELS_PER_MEGAPIXEL = 1_000_000
MOST_STEPS = 1000


def price(request: ImageRequest) -> float | None:
    """An estimate in USD of one picture of this (completed) request; None when it is not known.

    By megapixel: `megapixels * price * steps / default steps`, the last factor only where more
    steps than the default are asked for (docs.together.ai, model catalogue, 2026-08). By picture:
    the listed price, or that of the tier of its size.
    """
    model = asked(request)
    if model is None or model.price is None:
        return None
    if model.price_unit == "megapixel":
        steps = _number(request, "steps", MOST_STEPS)
        longer = steps / model.default_steps if steps and model.default_steps else 1
        return megapixels(request) * model.price * max(longer, 1)
    return model.tier_prices.get(model.tier(_size(request)) or "", model.price)


def usd(amount: float) -> str:
    """US dollars with as many digits as a picture's price needs: `$0.0027`, `$5.00`."""
    digits = 2 if amount >= 1 else 4 if amount >= 0.001 else 6  # noqa: PLR2004
    dollars, _, cents = f"{amount:.{digits}f}".partition(".")
    return f"${dollars}.{cents.rstrip('0').ljust(2, '0')}"


def count(request: ImageRequest) -> int:
    """How many pictures one request asks for: `--param n=…` asks for several."""
    number = dict(request.params).get("n", 1)
    return number if type(number) is int and number > 0 else 1


def megapixels(request: ImageRequest) -> float:
    """Millions of pixels of the picture asked for.

    Without a size 1.05: the API's documented default is 1024x1024, and a bill of 2026-10-08 for
    Kontext, which sizes itself, was for 1.05.
    """
    width, height = _size(request)
    return width * height / PIXELS_PER_MEGAPIXEL


def _size(request: ImageRequest) -> tuple[int, int]:
    return (
        _number(request, "width", LARGEST) or SIDE,
        _number(request, "height", LARGEST) or SIDE,
    )


def _number(request: ImageRequest, parameter: str, most: int) -> int | None:
    """What will be in the body, when it is a number that makes sense."""
    value: Any = dict(request.params).get(parameter, getattr(request, parameter))
    return min(value, most) if type(value) is int and value > 0 else None
