"""What stands on a page, in pixels from its top left corner."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from togimg.sheet.tile import Tile

Kind: TypeAlias = Literal["strong", "quiet"]
"""How words are set: bold, or grey."""


@dataclass(frozen=True, slots=True)
class Words:
    """One line whose baseline starts at `x`, `y`."""

    x: int
    y: int
    text: str
    size: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Frame:
    """The room of a picture, which stands on its lower left corner; `size` is of words in it."""

    x: int
    y: int
    width: int
    height: int
    tile: Tile
    size: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line to the right."""

    x: int
    y: int
    width: int


Mark: TypeAlias = Words | Frame | Rule


@dataclass(frozen=True, slots=True)
class Block:
    """Marks that stay together, from its own top."""

    height: int
    marks: tuple[Mark, ...]

    @property
    def pictures(self) -> int:
        """How many pictures, or empty frames, it has."""
        return sum(isinstance(mark, Frame) for mark in self.marks)


def moved(block: Block, x: int, y: int) -> Block:
    """The block so much further to the right and down; it is higher by that."""
    marks = (replace(mark, x=mark.x + x, y=mark.y + y) for mark in block.marks)
    return Block(block.height + y, tuple(marks))


def beside(blocks: Iterable[Block]) -> Block:
    """The blocks on one top."""
    all_ = tuple(blocks)
    marks = tuple(mark for block in all_ for mark in block.marks)
    return Block(max((block.height for block in all_), default=0), marks)


def stacked(blocks: Iterable[Block]) -> Block:
    """The blocks below each other."""
    marks: list[Mark] = []
    top = 0
    for block in blocks:
        marks += moved(block, 0, top).marks
        top += block.height
    return Block(top, tuple(marks))


def space(height: float) -> Block:
    """Nothing, so high."""
    return Block(round(height), ())
