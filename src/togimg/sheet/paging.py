"""Blocks onto pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from togimg.sheet.arrange import MOST, Section
from togimg.sheet.marks import Block, Mark, moved, stacked
from togimg.sheet.measures import Measures
from togimg.sheet.setting import Setter

HIGHEST = 5000
"""Pixels that a page is high, at most."""


@dataclass(frozen=True, slots=True)
class Page:
    """Its size in pixels, and what stands on it."""

    width: int
    height: int
    marks: tuple[Mark, ...]


def pages(
    setter: Setter, sections: Sequence[Section], title: str, subtitle: str
) -> tuple[Page, ...]:
    """The sheet page by page: each has the title, and says which of how many it is."""
    top = setter.title(title, subtitle)
    flows = [
        (setter.opening(section), [setter.band(row) for row in section.rows])
        for section in sections
    ]
    room = HIGHEST - 2 * setter.sizes.margin - top.height - setter.foot("page").height
    found = list(flow(flows, room))
    last = len(found) if len(found) > 1 else 0
    feet = [
        setter.foot(f"page {number} of {last}" if last else "")
        for number in range(1, len(found) + 1)
    ]
    return tuple(
        _page(stacked((top, *blocks, foot)), setter.sizes)
        for blocks, foot in zip(found, feet, strict=True)
    )


def flow(
    flows: Sequence[tuple[Block, Sequence[Block]]], room: int, most: int = MOST
) -> Iterator[tuple[Block, ...]]:
    """Openings and their bands in pages no higher than the room, with no more pictures than `most`.

    What opens a section stands above its first band, and again on every page it goes on to.
    """
    page: tuple[Block, ...] = ()
    for opening, bands in flows:
        open_ = False
        for band in bands:
            more = (band,) if open_ else (opening, band)
            whole = stacked((*page, *more))
            if page and (whole.height > room or whole.pictures > most):
                yield page
                page, more = (), (opening, band)
            page = (*page, *more)
            open_ = True
    if page:
        yield page


def _page(block: Block, sizes: Measures) -> Page:
    inside = moved(block, sizes.margin, sizes.margin)
    return Page(sizes.content + 2 * sizes.margin, inside.height + sizes.margin, inside.marks)
