"""Titles, headings and rows of pictures, set in blocks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from togimg.letters import Letters
from togimg.letters.order import runs_left
from togimg.pictures import fitted
from togimg.sheet.arrange import Cell, Row, Section, chunks
from togimg.sheet.marks import Block, Frame, Kind, Rule, Words, beside, moved, space, stacked
from togimg.sheet.measures import HEAD, Measures
from togimg.sheet.tile import Tile

LEADING = 1.35
"""From one baseline to the next, in heights of letters."""

ASCENT = 0.8
"""From the top of a block to its first baseline, in heights of letters: a capital's, about."""

PROMPT = 36
"""The length of the lines of a prompt together, in heights of letters."""

LINES = (2, 4)
"""Lines of a prompt: under the largest pictures, and under the smallest."""

NUMBER = re.compile(r"[-_ ]?\d+")
"""A number in the name of a file, with what parts it from the words before it."""


@dataclass(frozen=True, slots=True)
class Setter:
    """Sets by the measures of a sheet, in a bold and a regular face."""

    sizes: Measures
    shapes: Mapping[Path, tuple[int, int]]
    strong: Letters
    quiet: Letters

    def title(self, title: str, subtitle: str) -> Block:
        """What stands at the top of every page."""
        unit, width = self.sizes.unit, self.sizes.content
        size = round(unit * 1.9)
        return stacked(
            (
                self._lines(self._balanced(title, size, width), size, "strong"),
                space(unit * 0.3),
                self._words(subtitle, "quiet", 1.15, width, 3),
                space(unit * 1.4),
            )
        )

    def opening(self, section: Section) -> Block:
        """What stands above the rows of a section: its heading, its axes, its columns' values."""
        unit, gutter = self.sizes.unit, self.sizes.gutter
        down, across = section.axes
        heading = self._words(section.heading, "strong", 1.45, self.sizes.content, 2)
        name = moved(self._words(across, "quiet", 1, self.sizes.content - gutter, 1), gutter, 0)
        rule = (Rule(gutter, 0, self.sizes.content - gutter),) if section.heads else ()
        values = [
            moved(self._words(head, "strong", HEAD, self.sizes.cell, 4), self._left(column), 0)
            for column, head in enumerate(section.heads)
        ]
        beginning = self._words(down, "quiet", 1, max(1, gutter - unit), 1)
        return stacked(
            (
                *((space(unit), heading, space(unit * 0.6)) if section.heading else ()),
                name,
                Block(round(unit * 0.6) if rule else 0, rule),
                beside((beginning, *values)),
                space(unit * 0.5 if down else 0),
            )
        )

    def band(self, row: Row) -> Block:
        """A row of pictures, what it is at its left, and what each is below it."""
        unit = self.sizes.unit
        lines = max(2, int(self.sizes.frame[1] / (unit * HEAD * LEADING)))
        head = self._words(row.head, "strong", HEAD, self.sizes.gutter - unit * HEAD, lines)
        cells = (
            moved(self._cell(cell, self._height(row)), self._left(column), 0)
            for column, cell in enumerate(row.cells)
        )
        return stacked((beside((head, *cells)), space(unit * 1.3)))

    def foot(self, text: str) -> Block:
        """A line at the right."""
        words = self._words(text, "quiet", 1, self.sizes.content, 1)
        wide = self.quiet.length(text, self.sizes.unit)
        return moved(words, round(self.sizes.content - wide), 0)

    def _height(self, row: Row) -> int:
        """The height of the highest picture in the row as it is shown."""
        paths = (tile.path for cell in row.cells for tile in cell.tiles if tile.path)
        shapes = (self.shapes[path] for path in paths if path in self.shapes)
        heights = (fitted(shape, self.sizes.frame)[1] for shape in shapes)
        return max(heights, default=self.sizes.frame[1])

    def _cell(self, cell: Cell, height: int) -> Block:
        tiles = cell.tiles or (Tile(path=None),)
        step = self.sizes.frame[0] + self.sizes.tight
        rows = (
            beside(
                moved(self._picture(tile, cell.name, height), step * at, 0)
                for at, tile in enumerate(row)
            )
            for row in chunks(tiles, self.sizes.inner)
        )
        return stacked(each for row in rows for each in (row, space(self.sizes.tight)))

    def _picture(self, tile: Tile, name: str, height: int) -> Block:
        unit, width = self.sizes.unit, self.sizes.frame[0]
        return stacked(
            (
                Block(height, (Frame(0, 0, width, height, tile, unit),)),
                space(unit * 0.55),
                self._words(name, "strong", HEAD, width, 3),
                self._words(tile.name, "strong", HEAD, width, 3),
                self._words(tile.prompt, "quiet", 1, width, self._prompt_lines),
                space(unit * 0.3 if tile.prompt else 0),
                *(self._words(line, "quiet", 1, width, 2) for line in self._packed(tile)),
            )
        )

    def _packed(self, tile: Tile) -> tuple[str, ...]:
        """As many parts of the caption on a line as there is room for, the file first."""
        file = (self._file(tile.file),) if tile.file else ()
        lines: tuple[str, ...] = ()
        for part in (*file, *map(self.quiet.spelled, tile.caption)):
            joined = f"{lines[-1]} · {part}" if lines else part
            wide = self.quiet.length(joined, self.sizes.unit) > self.sizes.frame[0]
            # A name that runs from right to left would turn what follows it.
            lines = (*lines, part) if wide or runs_left(joined) else (*lines[:-1], joined)
        return lines

    @property
    def _prompt_lines(self) -> int:
        fewest, most = LINES
        return min(max(fewest, round(PROMPT * self.sizes.unit / self.sizes.frame[0])), most)

    def _file(self, file: str) -> str:
        """The name of a file on one line, on two under the smallest pictures; its number stays."""
        shown = self.quiet.spelled(file)
        stem = len(shown.rpartition(".")[0]) or len(shown)
        numbers = [(stem, stem), *(found.span() for found in NUMBER.finditer(shown, 0, stem))]
        start, end = numbers[-1]
        cut = max((0, start), (end, stem), key=lambda side: side[1] - side[0])
        # Two lines hold a letter or so less than twice one.
        lines = 1.9 if self._prompt_lines == LINES[1] else 1
        return self.quiet.trim(shown, cut, self.sizes.unit, self.sizes.frame[0] * lines)

    def _left(self, column: int) -> int:
        return self.sizes.gutter + column * (self.sizes.cell + self.sizes.gap)

    def _balanced(self, text: str, size: int, width: int) -> list[str]:
        """The text in up to three lines, none much shorter than the others; cut at its end."""
        shown = self.strong.spelled(text)
        lines = self.strong.wrap(shown, size, width, 3)
        for percent in range(50, 100, 5):
            narrower = self.strong.wrap(shown, size, width * percent / 100, 4)
            if len(narrower) == len(lines):
                return narrower
        return lines

    def _words(self, text: str, kind: Kind, units: float, width: float, most: int) -> Block:
        """The text in at most so many lines, cut in its middle: values differ at their ends."""
        size = round(self.sizes.unit * units)
        letters = self.strong if kind == "strong" else self.quiet
        return self._lines(letters.fold(letters.spelled(text), size, width, most), size, kind)

    def _lines(self, lines: Sequence[str], size: int, kind: Kind) -> Block:
        step = round(size * LEADING)
        first = round(size * ASCENT)
        marks = (Words(0, first + at * step, line, size, kind) for at, line in enumerate(lines))
        return Block(len(lines) * step, tuple(marks))
