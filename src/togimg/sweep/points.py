"""The axes of a sweep, and the points where they meet: every combination of their values."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from togimg.errors import UsageError

MOST = 10_000
"""Pictures of one sweep: a slip of the finger must not become a bill."""

PARAM = "param."
"""An axis `param.KEY` is a `--param KEY=…`."""

Point = tuple[tuple[str, str], ...]
"""One combination: each axis with its value."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What differs between the pictures of a sweep: its values in order, as they were written."""

    name: str
    values: tuple[str, ...]


def points(axes: Iterable[Axis], count: int = 1) -> tuple[Point, ...]:
    """Every combination, the last axis moving fastest, each to be made `count` times.

    Raises:
        UsageError: these are more pictures than `MOST`.
    """
    axes = tuple(axes)
    total = count * math.prod(len(axis.values) for axis in axes)
    if axes and total > MOST:
        raise UsageError(f"a sweep of {total:,} pictures", hint=f"make it {MOST:,} at most")
    return tuple(product(*([(axis.name, value) for value in axis.values] for axis in axes)))


def values(axes: Iterable[Axis], name: str) -> tuple[str, ...]:
    """The values of the axis of that name; none when there is no such axis."""
    return next((axis.values for axis in axes if axis.name == name), ())
