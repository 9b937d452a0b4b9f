"""Text in whatever letters the machine's fonts can show, and never an empty box."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageDraw, ImageFont

UNASSIGNED = "\U0010ffff"
BUILTIN = ""
PROBE = 24

FOLDERS: tuple[str, ...] = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": ("C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts"),
}.get(
    sys.platform, ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
)

PREFERRED = (
    # Latin, Greek, Cyrillic: the first of these that exists sets the label.
    "Inter-Regular.ttf", "NotoSans-Regular.ttf", "Roboto-Regular.ttf", "OpenSans-Regular.ttf",
    "HelveticaNeue.ttc", "segoeui.ttf", "LiberationSans-Regular.ttf", "DejaVuSans.ttf",
    "Arial.ttf", "FreeSans.ttf",
    # Chinese, Japanese, Korean.
    "NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "NotoSansJP-Regular.ttf",
    "ヒラギノ角ゴシック W3.ttc", "PingFang.ttc", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc",
    "YuGothM.ttc", "msgothic.ttc", "msyh.ttc", "malgun.ttf", "simsun.ttc", "wqy-microhei.ttc",
    "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "ipag.ttf", "NanumGothic.ttf",
    # Arabic, Hebrew.
    "NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "GeezaPro.ttc",
    "NotoSansHebrew-Regular.ttf", "ArialHB.ttc",
    # India, Thailand, and others.
    "NotoSansDevanagari-Regular.ttf", "NotoSansBengali-Regular.ttf", "NotoSansTamil-Regular.ttf",
    "NotoSansTelugu-Regular.ttf", "Kohinoor.ttc", "Nirmala.ttf", "Nirmala.ttc", "mangal.ttf",
    "NotoSansThai-Regular.ttf", "Thonburi.ttc", "leelawui.ttf", "tahoma.ttf",
    "NotoSansArmenian-Regular.ttf", "NotoSansGeorgian-Regular.ttf", "NotoSansEthiopic-Regular.ttf",
    # Signs and emoji. Fonts of coloured bitmaps have one size only and are left out.
    "NotoSansSymbols2-Regular.ttf", "NotoSansSymbols-Regular.ttf", "NotoEmoji-Regular.ttf",
    "seguisym.ttf", "seguiemj.ttf", "Apple Symbols.ttf", "Symbola.ttf", "Arial Unicode.ttf",
    "unifont.otf",
)  # fmt: skip


class Letters:
    """Finds for each character a font that has it; looks into the folders at first need."""

    def __init__(self, folders: Iterable[str] = FOLDERS) -> None:
        self._folders = tuple(folders)
        self._chosen: dict[str, str | None] = {}

    def legible(self, text: str) -> tuple[str, int]:
        """The text without what no font here can show, and how many characters that was."""
        tidy = tidied(text)
        kept = "".join(char for char in tidy if self.face(char) is not None)
        return " ".join(kept.split()), len(tidy) - len(kept)

    def face(self, char: str) -> str | None:
        """The path of the first font that has the character; None when none has."""
        if char not in self._chosen:
            faces = (face for face in self._faces if has(face, char))
            self._chosen[char] = next(faces, None)
        return self._chosen[char]

    def length(self, text: str, size: int) -> float:
        """How wide the text is, in pixels."""
        return sum(font(face, size).getlength(run) for face, run in self._runs(text))

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

    def write(
        self, pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, ink: object
    ) -> None:
        """Draw one line whose baseline starts at the place."""
        x, y = at
        for face, run in self._runs(text):
            drawn = font(face, size)
            pen.text((x, y), run, font=drawn, fill=ink, anchor="ls")  # type: ignore[arg-type]
            x += drawn.getlength(run)

    def _first_line(self, text: str, size: int, width: float) -> str:
        fits = self._fitting(text, size, width)
        if fits == len(text):
            return text
        word_end = text.rfind(" ", 1, fits + 1)
        return text[:word_end] if word_end > 0 else text[: max(fits, 1)]

    def _fitting(self, text: str, size: int, width: float) -> int:
        # No letter is narrower than a sixth of its height: a long prompt is not measured whole.
        low, high = 0, min(len(text), round(width / size * 6) + 8)
        while low < high:
            middle = (low + high + 1) // 2
            if self.length(text[:middle], size) <= width:
                low = middle
            else:
                high = middle - 1
        return low

    def _shortened(self, line: str, size: int, width: float) -> str:
        while line and self.length(f"{line}…", size) > width:
            line = line[:-1]
        return f"{line.rstrip()}…"

    def _runs(self, text: str) -> Iterator[tuple[str, str]]:
        for face, chars in groupby(text, key=self._near_face(text)):
            yield face, "".join(chars)

    def _near_face(self, text: str) -> "Follow":
        first = next((self.face(char) for char in text if not char.isspace()), None)
        return Follow(self, first or self.face("a") or BUILTIN)

    @cached_property
    def _faces(self) -> tuple[str, ...]:
        found = installed(self._folders)
        paths = (found.get(name.lower()) for name in PREFERRED)
        return (*(path for path in paths if path), BUILTIN)


class Follow:
    """Gives each character its font, and blanks the font of what came before them.

    Words of a script that joins its letters must reach the layout in one piece.
    """

    def __init__(self, letters: Letters, face: str) -> None:
        self._letters = letters
        self._face = face

    def __call__(self, char: str) -> str:
        """The path of the font for the next character."""
        if not (char.isspace() or unicodedata.combining(char)):
            self._face = self._letters.face(char) or BUILTIN
        return self._face


def tidied(text: str) -> str:
    """One line: breaks and controls become blanks; marks that show nothing go."""
    blank = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text
    )
    shown = (char for char in blank if unicodedata.category(char) not in {"Cf", "Cs"})
    return " ".join("".join(char for char in shown if not is_selector(char)).split())


def is_selector(char: str) -> bool:
    """Whether the character only picks a variant of the one before it."""
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def has(face: str, char: str) -> bool:
    """Whether the font draws the character as something else than its sign for the unknown."""
    if char.isspace():
        return True
    shape = glyph(face, char)
    return any(shape[1]) and shape != unknown(face)


@lru_cache(maxsize=64)
def unknown(face: str) -> tuple[tuple[int, int], bytes]:
    """What the font draws for a code point that means nothing."""
    return glyph(face, UNASSIGNED)


def glyph(face: str, char: str) -> tuple[tuple[int, int], bytes]:
    """The size and the pixels of a character."""
    mask = font(face, PROBE).getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=256)
def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """The font at that path, or the one that comes with Pillow, in pixels."""
    if face:
        # Not `truetype`, which quietly opens another file of the same name when one is broken.
        return ImageFont.FreeTypeFont(face, size)
    builtin = ImageFont.load_default(size)
    assert isinstance(builtin, ImageFont.FreeTypeFont)  # noqa: S101  Pillow is built with FreeType
    return builtin


def installed(folders: Iterable[str]) -> dict[str, str]:
    """Lower-case file names → paths of the preferred fonts in the folders, that open."""
    wanted = {name.lower() for name in PREFERRED}
    found: dict[str, str] = {}
    for folder in folders:
        for place, _, names in sorted(os.walk(home(folder))):
            wanted_here = (name for name in names if name.lower() in wanted)
            found |= {name.lower(): str(Path(place, name)) for name in wanted_here}
    return {name: path for name, path in found.items() if opens(path)}


def home(folder: str) -> str:
    """The folder with its `~` resolved; as it is for a user without a home."""
    with suppress(RuntimeError):
        return str(Path(folder).expanduser())
    return folder


def opens(path: str) -> bool:
    """Whether the file is a font that FreeType takes."""
    try:
        font(path, PROBE)
    except OSError:
        return False
    return True
