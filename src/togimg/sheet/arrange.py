"""Tiles into sections, rows and cells, by what differs between them; pure."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from togimg.sheet.tile import Tile

T = TypeVar("T")

Groups: TypeAlias = dict[tuple[str, ...], list[Tile]]
"""The tiles of each combination of values."""

ACROSS = 12
"""Pictures that stand side by side, at most."""

MOST = 100
"""Pictures on a page, at most."""

MOST_TAKES = 9
"""Takes that share a cell of a grid; more get rows of their own."""

IN_LINE = 3
"""Takes that stand in one line in their cell; more make a square."""

LANDSCAPE = math.sqrt(2)
"""Width by height of the page that is aimed at: paper, and most screens."""

CAPTION = 0.14
"""The height of what stands under a picture, in heights of a square one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The takes of one combination of values, `name` below them; without any, one was not made."""

    tiles: tuple[Tile, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells side by side, and the value that they share."""

    cells: tuple[Cell, ...]
    head: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading.

    Attributes:
        heading: The values that all of them share.
        axes: The names of the axes that run down and across; empty where there is none.
        heads: The value of each column.
        inner: How many takes stand side by side in a cell.
    """

    rows: tuple[Row, ...]
    heading: str = ""
    axes: tuple[str, str] = ("", "")
    heads: tuple[str, ...] = ()
    inner: int = 1


def arrange(tiles: Sequence[Tile], aspect: float) -> tuple[Section, ...]:
    """The sections of a sheet whose pictures are `aspect` times as wide as high.

    Two axes make a grid, the ones before them sections of grids; one axis makes rows of takes,
    or names under single pictures, as do two whose grid would be mostly empty. Without axes the
    pictures follow each other.
    """
    axes = varying(tiles)
    names = tuple(axes)
    groups = _groups(tiles, names)
    takes = max(map(len, groups.values()))
    if takes > {0: takes, 1: 1}.get(len(names), MOST_TAKES):
        return tuple(_rows(groups, axes, takes))
    sections = {place[:-2] for place in groups}
    cells = math.prod(len(axes[name]) for name in names[-2:]) * len(sections)
    if not names[1:] or cells > 2 * len(groups):
        return (_wrapped(tiles, names, aspect),)
    return tuple(_grids(tiles, axes, takes, aspect))


def varying(tiles: Sequence[Tile]) -> dict[str, tuple[str, ...]]:
    """The axes on which tiles differ, and their values, both in order of appearance."""
    return {name: values for name, values in _values(tiles).items() if len(values) > 1}


def fixed(tiles: Sequence[Tile]) -> tuple[str, ...]:
    """The labels that all tiles share: `("steps 6",)`."""
    values = _values(tiles).items()
    return tuple(f"{name} {found[0]}" for name, found in values if len(found) == 1)


def columns_for(count: int, aspect: float) -> int:
    """How many columns bring so many pictures nearest to a landscape page without gaps."""

    def strain(columns: int) -> float:
        rows = math.ceil(count / columns)
        return _strain(columns, rows, aspect) + (columns * rows - count) / count

    return min(range(1, min(count, ACROSS) + 1), key=strain)


def _wrapped(tiles: Sequence[Tile], names: tuple[str, ...], aspect: float) -> Section:
    cells = [Cell((tile,), _heading(names, _place(tile, names))) for tile in tiles]
    columns = columns_for(min(len(tiles), MOST), aspect)
    return Section(tuple(Row(part) for part in chunks(cells, columns)))


def _rows(groups: Groups, axes: dict[str, tuple[str, ...]], takes: int) -> Iterator[Section]:
    *outer, last = axes
    for place in dict.fromkeys(key[:-1] for key in groups):
        rows = (
            Row(tuple(Cell((tile,)) for tile in part), "" if number else value)
            for value in axes[last]
            for number, part in enumerate(chunks(groups.get((*place, value), []), _even(takes)))
        )
        yield Section(tuple(rows), _heading(outer, place), (last, ""))


def _grids(
    tiles: Sequence[Tile], axes: dict[str, tuple[str, ...]], takes: int, aspect: float
) -> Iterator[Section]:
    *outer, second, last = axes
    places = dict.fromkeys(_place(tile, outer) for tile in tiles)
    inner = takes if takes <= IN_LINE else math.ceil(math.sqrt(takes))

    def strain(pair: tuple[str, str]) -> float:
        rows, columns = (len(axes[name]) for name in pair)
        high = rows * math.ceil(takes / inner) * len(places)
        return _strain(columns * inner, high, aspect) + LANDSCAPE * (columns * inner > ACROSS)

    down, across = min(((second, last), (last, second)), key=strain)
    groups = _groups(tiles, (*outer, down, across))
    for place in places:
        for heads in chunks(axes[across], _even(len(axes[across]), ACROSS // inner)):
            rows = (
                Row(
                    tuple(Cell(tuple(groups.get((*place, value, head), ()))) for head in heads),
                    value,
                )
                for value in axes[down]
            )
            yield Section(tuple(rows), _heading(outer, place), (down, across), heads, inner)


def _groups(tiles: Sequence[Tile], names: Sequence[str]) -> Groups:
    found: Groups = {}
    for tile in tiles:
        found.setdefault(_place(tile, names), []).append(tile)
    return found


def _place(tile: Tile, names: Sequence[str]) -> tuple[str, ...]:
    labels = dict(tile.labels)
    return tuple(labels.get(name, "") for name in names)


def _values(tiles: Sequence[Tile]) -> dict[str, tuple[str, ...]]:
    names = tuple(dict.fromkeys(name for tile in tiles for name, _ in tile.labels))
    columns = zip(*(_place(tile, names) for tile in tiles), strict=True)
    return {name: tuple(dict.fromkeys(column)) for name, column in zip(names, columns, strict=True)}


def _heading(names: Sequence[str], place: Sequence[str]) -> str:
    return " · ".join(f"{name} {value}" for name, value in zip(names, place, strict=True))


def _strain(columns: int, rows: int, aspect: float) -> float:
    """How far from a landscape page so many pictures are."""
    return abs(math.log(columns * aspect / (rows * (1 + CAPTION * aspect)) / LANDSCAPE))


def _even(count: int, most: int = ACROSS) -> int:
    """The size of parts that are as few as can be, and nearly equal."""
    return math.ceil(count / math.ceil(count / most))


def chunks(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """The items in order, so many at a time."""
    return (tuple(items[start : start + size]) for start in range(0, len(items), size))
