"""The sizes of a sheet, in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from togimg.letters import Letters
from togimg.sheet.arrange import Section

N = TypeVar("N", int, float)

EDGES = (320, 560)
"""The longer side of a picture: the least on a full sheet, the most on one with few."""

CONTENT = 2200
"""The width of pictures that is aimed at between those two."""

UNITS = (16, 28)
"""The height of the smallest letters: they grow with the page, so that they stay legible."""

HEAD = 1.2
"""The height of the letters of values and names, in units."""

ASPECTS = (1 / 3, 3.0)
"""Pictures longer than this are fitted into a frame of this shape."""

LEAST = 480
"""The least width between the margins."""

NARROWEST = 180
"""The least width of a frame: a caption has to fit under it."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The sizes that all pages of a sheet share.

    Attributes:
        unit: The height of the smallest letters; margins and gaps are multiples of it.
        frame: Width and height of the room for a picture.
        inner: How many takes stand side by side in a cell.
        gutter: The width of what stands left of the rows, its gap included.
        columns: How many cells stand side by side.
    """

    unit: int
    frame: tuple[int, int]
    inner: int
    gutter: int
    columns: int

    @property
    def margin(self) -> int:
        """The empty edge of a page."""
        return 3 * self.unit

    @property
    def cell(self) -> int:
        """The width of a cell."""
        return self.inner * self.frame[0] + (self.inner - 1) * self.tight

    @property
    def tight(self) -> int:
        """The gap between takes of one cell."""
        return self.unit // 2

    @property
    def gap(self) -> int:
        """The gap between cells."""
        return self.unit * (2 if self.inner > 1 else 1)

    @property
    def content(self) -> int:
        """The width between the margins; a title has to fit."""
        return max(LEAST, self.gutter + self.columns * (self.cell + self.gap) - self.gap)


def measures(
    sections: Sequence[Section], shapes: Sequence[tuple[int, int]], strong: Letters
) -> Measures:
    """The sizes for these sections of pictures with these widths and heights."""
    inner = sections[0].inner
    columns = max(len(row.cells) for section in sections for row in section.rows)
    frame = frame_for(columns * inner, shapes)
    unit = _within(columns * inner * frame[0] // 80, UNITS)
    return Measures(unit, frame, inner, _gutter(sections, frame, unit, strong), columns)


def aspect_of(shapes: Sequence[tuple[int, int]]) -> float:
    """Width by height of the frames: that of most pictures."""
    return _within(median([width / height for width, height in shapes] or [1.0]), ASPECTS)


def frame_for(across: int, shapes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Width and height of the frames when so many stand side by side: none larger than needed."""
    largest = max((side for shape in shapes for side in shape), default=EDGES[1])
    edge = max(NARROWEST, min(_within(CONTENT // across, EDGES), largest))
    aspect = aspect_of(shapes)
    return max(NARROWEST, round(edge * min(1, aspect))), round(edge / max(1, aspect))


def _gutter(sections: Sequence[Section], frame: tuple[int, int], unit: int, strong: Letters) -> int:
    heads = {
        head for section in sections for head in (section.axes[0], *(r.head for r in section.rows))
    }
    if not any(heads):
        return 0
    size = round(unit * HEAD)
    widest = max(strong.length(strong.spelled(head)[:500], size) for head in heads)
    return round(min(widest, max(9 * unit, frame[0] * 0.6)) + 1 + unit * HEAD)


def _within(value: N, limits: tuple[N, N]) -> N:
    return min(max(value, limits[0]), limits[1])
