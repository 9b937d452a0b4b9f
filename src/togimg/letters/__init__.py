"""Text in whatever letters the machine's fonts can show, and never an empty box.

`faces` finds the fonts, `spelling` writes what none of them has, `order` puts scripts that run
from right to left in their places.
"""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby

from PIL import ImageDraw, ImageFont

from togimg.letters import order, spelling
from togimg.letters.faces import BUILTIN, FOLDERS, LAYOUT, font, has, others, preferred

RAQM = ImageFont.Layout.RAQM


class Letters:
    """Finds for each character a font that has it; looks into the folders at first need.

    With `bold`, the bold sister of a font goes before it wherever there is one. `layout` is
    Pillow's: Raqm joins Arabic letters and places the marks of India's scripts; the basic one
    sets them one by one, though from right to left where that is the way.
    """

    def __init__(
        self,
        folders: Iterable[str] = FOLDERS,
        *,
        bold: bool = False,
        layout: ImageFont.Layout = LAYOUT,
    ) -> None:
        self._folders = tuple(folders)
        self._bold = bold
        self._layout = layout
        self._chosen: dict[str, str | None] = {}

    def legible(self, text: str) -> tuple[str, int]:
        """The text without what no font here can show, and how many characters that was."""
        tidy = self._tidied(text)
        kept = "".join(char for char in tidy if self._shows(char))
        return " ".join(kept.split()), len(tidy) - len(kept)

    def spelled(self, text: str) -> str:
        """The text with what no font here can show written otherwise: `(fox face)`, `U+0939`."""
        written = (
            char if self._shows(char) else spelling.stand_in(char, self._shows)
            for char in self._tidied(text)
        )
        return " ".join("".join(written).split())

    def face(self, char: str) -> str | None:
        """The path of the first font that has the character; None when none has."""
        if char not in self._chosen:
            faces = (face for face in self._faces() if has(face, char))
            self._chosen[char] = next(faces, None)
        return self._chosen[char]

    def length(self, text: str, size: int) -> float:
        """How wide the text is, in pixels."""
        return sum(
            font(face, size, self._layout).getlength(run, direction=way)
            for face, run, way in self._runs(text)
        )

    def wrap(self, text: str, size: int, width: float, most: int) -> list[str]:
        """The text in lines no wider than `width` pixels; an ellipsis ends what is cut short."""
        lines: list[str] = []
        rest = text
        while rest and len(lines) < most:
            line = self._first_line(rest, size, width)
            rest = rest[len(line) :].lstrip()
            lines.append(line.rstrip())
        if rest:
            lines[-1] = self._shortened(lines[-1], size, width)
        return lines

    def fold(self, text: str, size: int, width: float, most: int) -> list[str]:
        """The text in lines as by `wrap`, but cut in its middle: its end may be what matters."""
        if len(self.wrap(text, size, width, most + 1)) <= most:
            return self.wrap(text, size, width, most)

        def lines(kept: int) -> int:
            return len(self.wrap(self._without_middle(text, kept), size, width, most + 1))

        longest = min(len(text) - 1, most * most_letters(width, size))
        kept = bisect_right(range(1, longest + 1), most, key=lines)
        return self.wrap(self._without_middle(text, kept), size, width, most)

    def trim(self, text: str, cut: tuple[int, int], size: int, width: float) -> str:
        """The text on one line, where it can be, without the end of what may be `cut` of it."""
        start, end = cut

        def trimmed(kept: int) -> str:
            return f"{text[: start + kept]}{self._ellipsis}{text[end:]}"

        if start == end or self.length(text, size) <= width:
            return text
        lengths = range(1, end - start)
        return trimmed(bisect_right(lengths, width, key=lambda n: self.length(trimmed(n), size)))

    def write(
        self, pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, ink: object
    ) -> None:
        """Draw one line whose baseline starts at the place."""
        x, y = at
        for face, run, way in self._runs(text):
            drawn = font(face, size, self._layout)
            pen.text((x, y), run, font=drawn, fill=ink, anchor="ls", direction=way)  # type: ignore[arg-type]
            x += drawn.getlength(run, direction=way)

    def _tidied(self, text: str) -> str:
        return spelling.tidied(text, joiners=self._layout == RAQM)

    def _shows(self, char: str) -> bool:
        return char in spelling.JOINERS or self.face(char) is not None

    def _first_line(self, text: str, size: int, width: float) -> str:
        fits = self._fitting(text, size, width)
        if fits == len(text):
            return text
        word_end = text.rfind(" ", 1, fits + 1)
        return text[:word_end] if word_end > 0 else text[: max(fits, 1)]

    def _fitting(self, text: str, size: int, width: float) -> int:
        """How many letters of the beginning are no wider than that."""
        longest = min(len(text), most_letters(width, size))
        lengths = range(1, longest + 1)
        return bisect_right(lengths, width, key=lambda kept: self.length(text[:kept], size))

    def _shortened(self, line: str, size: int, width: float) -> str:
        while line and self.length(f"{line}{self._ellipsis}", size) > width:
            line = line[:-1]
        return f"{line.rstrip()}{self._ellipsis}"

    def _without_middle(self, text: str, kept: int) -> str:
        tail = kept * 2 // 5
        start, end = text[: kept - tail], text[len(text) - tail :]
        # Whole words, unless that would take more than half of what is left.
        words, whole = start.rpartition(" ")[0], end.partition(" ")[2]
        start = words if len(words) * 2 > len(start) else start
        end = whole if len(whole) * 2 > len(end) else end
        return f"{start.rstrip()} {self._ellipsis} {end.lstrip()}".strip()

    def _runs(self, text: str) -> list[tuple[str, str, str | None]]:
        """Font, text and direction of each piece, from left to right as they stand."""
        if self._layout == RAQM:
            whole = self._by_face(text)
            # One font: Raqm orders the line better than we do.
            if len(whole) == 1:
                return [(*whole[0], None)]
        return [
            run for piece, backwards in order.pieces(text) for run in self._piece(piece, backwards)
        ]

    def _piece(self, text: str, backwards: bool) -> list[tuple[str, str, str | None]]:
        runs = self._by_face(text)[:: -1 if backwards else 1]
        if self._layout == RAQM:
            return [(face, run, "rtl" if backwards else "ltr") for face, run in runs]
        return [(face, order.mirrored(run) if backwards else run, None) for face, run in runs]

    def _by_face(self, text: str) -> list[tuple[str, str]]:
        found = groupby(text, key=self._near_face(text))
        return [(face, "".join(chars)) for face, chars in found]

    def _near_face(self, text: str) -> "Follow":
        first = next((self.face(char) for char in text if not char.isspace()), None)
        return Follow(self, first or self.face("a") or BUILTIN)

    @cached_property
    def _ellipsis(self) -> str:
        return "…" if self._shows("…") else "..."

    def _faces(self) -> Iterator[str]:
        yield from self._preferred
        yield from self._others

    @cached_property
    def _preferred(self) -> tuple[str, ...]:
        return preferred(self._folders, bold=self._bold)

    @cached_property
    def _others(self) -> tuple[str, ...]:
        return (*others(self._folders), BUILTIN)


class Follow:
    """Gives each character its font, and blanks the font of what came before them.

    Words of a script that joins its letters must reach the layout in one piece.
    """

    def __init__(self, letters: Letters, face: str) -> None:
        self._letters = letters
        self._face = face

    def __call__(self, char: str) -> str:
        """The path of the font for the next character."""
        stays = char.isspace() or char in spelling.JOINERS
        if not stays and not (unicodedata.combining(char) and has(self._face, char)):
            self._face = self._letters.face(char) or BUILTIN
        return self._face


def most_letters(width: float, size: int) -> int:
    """How many letters a line can hold: none is narrower than a sixth of its height."""
    return round(width / size * 6) + 8
