"""The arithmetic of sizes and ratios: what fits a model, and what is nearest to that."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

Size = tuple[int, int]
"""Width and height in pixels."""

SIDE = 1024
"""A side that was not said, in pixels: the API's documented default."""

LARGEST = 65_536
"""No side is longer: beyond it even JPEG, the service's own format, has no room."""

SAME_SHAPE = 0.05
"""How far a size may be from the ratio asked for; 16:9 and 2:1 are 0.125 apart."""

SAME_NAME = 0.02
"""How far a size may be from a ratio that is named in its place."""

SAME_AREA = 1.25
"""How many times larger or smaller a picture may be to have exactly the ratio asked for."""

STEP = 16
"""Sides are computed in multiples of 16, which every model takes."""

_RATIO = re.compile(r"(\d{1,5}(?:\.\d{1,4})?):(\d{1,5}(?:\.\d{1,4})?)")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model takes, in pixels: multiples of 8 everywhere, as documented (2026-10)."""

    multiple_of: int = 8
    min_side: int | None = None
    max_side: int | None = None
    min_area: int | None = None
    max_area: int | None = None

    def take_side(self, side: int) -> bool:
        """Whether one side is allowed."""
        shortest = self.min_side or self.multiple_of
        longest = self.max_side or LARGEST
        return side % self.multiple_of == 0 and shortest <= side <= longest

    def take_area(self, size: Size) -> bool:
        """Whether the number of pixels is allowed."""
        area = size[0] * size[1]
        return (self.min_area or area) <= area <= (self.max_area or area)


NO_LIMITS = Limits()


def of_ratio(ratio: float, limits: Limits, area: int) -> Size:
    """The size within the limits that has this ratio best, of about this area in pixels.

    A size of exactly the ratio is preferred to one of exactly the area: 16:9 is 1280x720.
    """
    wide = ratio if ratio >= 1 else 1 / ratio

    def worth(size: Size) -> tuple[float, ...]:
        error = off(size, wide)
        change = abs(math.log(size[0] * size[1] / area))
        return error > SAME_NAME, change > math.log(SAME_AREA), round(error, 3), change

    fitting = [size for size in _sizes_about(wide, limits, area) if limits.take_area(size)]
    ideal = round(math.sqrt(area * wide)), round(math.sqrt(area / wide))
    best = min(fitting, key=worth) if fitting else nearest(ideal, limits)
    return best if ratio >= 1 else best[::-1]


def nearest(size: Size, limits: Limits) -> Size:
    """The size within the limits that is most like this one, and of its shape if that can be."""
    size = sane(size)
    scale = _scale(size, limits)
    short, long = sorted(_nearest_side(side * scale, limits) for side in size)
    step = limits.multiple_of
    if limits.min_area:
        short = max(short, _up(limits.min_area / (limits.max_side or LARGEST), step))
        long = max(long, _up(limits.min_area / short, step))
    if limits.max_area:
        long = min(long, limits.max_area // short // step * step)
    return (long, short) if size[0] >= size[1] else (short, long)


def most_alike(size: Size, sizes: Iterable[Size]) -> list[Size]:
    """The sizes of a closed list, the most like this one first."""
    width, height = sane(size)

    def distance(other: Size) -> float:
        area = other[0] * other[1] / width / height
        return math.log1p(off(other, width / height)) + abs(math.log(area)) / 2

    return sorted(sizes, key=distance)


def sane(size: Size) -> Size:
    """The size with both sides brought between 1 and the largest."""
    width, height = (min(max(side, 1), LARGEST) for side in size)
    return width, height


def ratio_of(text: str) -> float | None:
    """Width over height of a `W:H`, or None for what is none."""
    found = _RATIO.fullmatch(text.strip())
    width, height = (float(side) for side in found.groups()) if found else (0, 0)
    return width / height if width and height else None


def off(size: Size, ratio: float) -> float:
    """How far a size is from a ratio: 0 when it is the same, 1 when twice or half of it."""
    factor = size[0] / size[1] / ratio
    return max(factor, 1 / factor) - 1


def name_of(size: Size, names: Iterable[str]) -> str:
    """A size as `W:H`: one of these names, either way round, when within 2 %, or reduced."""
    for name in (*names, *(":".join(reversed(name.split(":"))) for name in names)):
        ratio = ratio_of(name)
        if ratio and off(size, ratio) <= SAME_NAME:
            return name
    divisor = math.gcd(*size)
    return f"{size[0] // divisor}:{size[1] // divisor}"


def in_whole(ratio: str) -> str:
    """A `W:H` in whole numbers: `1.5:1` is `3:2`. What is no ratio stays as it is."""
    if "." not in ratio or ratio_of(ratio) is None:
        return ratio
    width, height = (round(float(side) * 10_000) for side in ratio.split(":"))
    return name_of((width, height), ())


def parse(text: str) -> Size:
    """The size that is written `1024x768`."""
    width, height = text.split("x")
    return int(width), int(height)


def show(size: Size) -> str:
    """A size as `1024x768`."""
    return f"{size[0]}x{size[1]}"


def _sizes_about(wide: float, limits: Limits, area: int) -> Iterable[Size]:
    step = math.lcm(STEP, limits.multiple_of)
    longest = limits.max_side or LARGEST
    highest = min(longest, math.sqrt(area) * SAME_AREA)
    for short in range(max(limits.min_side or 0, step), int(highest) + 1, step):
        long = round(short * wide / step) * step
        yield min(long, longest), short


def _scale(size: Size, limits: Limits) -> float:
    """How much larger a size must be to fit; a side is not grown past the usual for the shape."""
    area = size[0] * size[1]
    scale = math.sqrt(min(max(area, limits.min_area or area), limits.max_area or area) / area)
    scale = min(scale, (limits.max_side or LARGEST) / max(size))
    needed = (limits.min_side or 0) / min(size)
    return needed if scale < needed <= SIDE / max(size) else scale


def _nearest_side(side: float, limits: Limits) -> int:
    rounded = max(round(side / limits.multiple_of), 1) * limits.multiple_of
    return min(max(rounded, limits.min_side or rounded), limits.max_side or LARGEST)


def _up(side: float, step: int) -> int:
    return math.ceil(side / step) * step
