"""Which way each piece of a line runs: the Unicode algorithm, as far as a line of prompt needs."""

import re
import unicodedata
from itertools import groupby

RIGHT = frozenset({"R", "AL"})
STRONG = RIGHT | {"L"}
# Numbers run from left to right, also among letters that do not.
LEFT_IN_LINE = frozenset({"L", "EN", "AN"})


def pieces(text: str) -> list[tuple[str, bool]]:
    """The line in pieces that run one way, in the order in which they stand from left to right.

    Each comes as it is read, with whether it runs from right to left.
    """
    base = runs_left(text)
    ways = _ways(text, base=base)
    found = [
        ("".join(char for _, char in piece), way)
        for way, piece in groupby(zip(ways, text, strict=True), key=lambda pair: pair[0])
    ]
    return found[::-1] if base else found


def runs_left(text: str) -> bool:
    """Whether the line as a whole runs from right to left: its first letter decides."""
    kinds = map(unicodedata.bidirectional, text)
    return next((kind in RIGHT for kind in kinds if kind in STRONG), False)


def _ways(text: str, *, base: bool) -> list[bool]:
    """For each character whether it runs left; one without a way of its own goes as both sides."""
    kinds = map(unicodedata.bidirectional, text)
    own = [kind in RIGHT if kind in RIGHT | LEFT_IN_LINE else None for kind in kinds]
    before = _carried(own, base=base)
    after = _carried(own[::-1], base=base)[::-1]
    return [left if left == right else base for left, right in zip(before, after, strict=True)]


def _carried(ways: list[bool | None], *, base: bool) -> list[bool]:
    last = base
    carried = []
    for way in ways:
        last = last if way is None else way
        carried.append(last)
    return carried


def mirrored(text: str) -> str:
    """A piece that runs from right to left, for a layout that only goes the other way."""
    clusters = re.findall(r".[\u0591-\u05c7\u064b-\u065f\u0670]*", text, re.DOTALL)
    return "".join(reversed(clusters)).translate(_MIRRORED)


_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
