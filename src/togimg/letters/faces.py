"""The fonts of the machine, and which characters they have."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path

from PIL import ImageFont, features

UNASSIGNED = "\U0010ffff"
BUILTIN = ""
"""The font that comes with Pillow: English letters, digits, a few signs."""

PROBE = 24
LAYOUT = (
    ImageFont.Layout.RAQM
    if features.check("raqm") and features.check("fribidi")
    else ImageFont.Layout.BASIC
)
MOST_OTHERS = 300

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
    # Signs and emoji. Fonts of coloured bitmaps have one size only and do not open.
    "NotoSansSymbols2-Regular.ttf", "NotoSansSymbols-Regular.ttf", "NotoEmoji-Regular.ttf",
    "seguisym.ttf", "seguiemj.ttf", "Apple Symbols.ttf", "Symbola.ttf", "Arial Unicode.ttf",
    "unifont.otf",
)  # fmt: skip

BOLD = (
    ("-regular.", "-bold."), (" w3.", " w6."), ("segoeui.", "segoeuib."),
    ("dejavusans.", "dejavusans-bold."), ("arial.", "arialbd."), ("arial.", "arial bold."),
    ("freesans.", "freesansbold."), ("yugothm.", "yugothb."), ("msyh.", "msyhbd."),
    ("malgun.", "malgunbd."), ("nanumgothic.", "nanumgothicbold."), ("nirmala.", "nirmalab."),
    ("leelawui.", "leelauib."), ("tahoma.", "tahomabd."),
)  # fmt: skip
"""How the name of a bold font differs from that of the regular one, in lower case."""

STYLED = ("bold", "italic", "oblique", "light", "thin", "black", "heavy", "mono", "serif", "color",
          "emoji", "lastresort", "blank", "notdef")  # fmt: skip
"""Names of fonts that stand in for nothing: wrong styles, and fonts made of boxes."""


def preferred(folders: Iterable[str], *, bold: bool = False) -> tuple[str, ...]:
    """The paths of the preferred fonts that are here and open, best first."""
    files = _files(folders)
    names = (name.lower() for name in PREFERRED)
    wanted = (each for name in names for each in ((*bolder(name), name) if bold else (name,)))
    return tuple(files[name] for name in wanted if name in files and opens(files[name]))


def others(folders: Iterable[str]) -> tuple[str, ...]:
    """The paths of other plain fonts, for letters that no preferred one has."""
    files = _files(folders)
    plain = (files[name] for name in sorted(files) if not any(word in name for word in STYLED))
    return tuple(islice(filter(opens, plain), MOST_OTHERS))


def bolder(name: str) -> tuple[str, ...]:
    """What the bold sister of a font's file may be called."""
    return tuple(name.replace(plain, bold) for plain, bold in BOLD if plain in name)


def has(face: str, char: str) -> bool:
    """Whether the font draws the character as something else than its sign for the unknown."""
    if char.isspace():
        return True
    shape = glyph(face, char)
    return any(shape[1]) and shape != unknown(face)


@lru_cache(maxsize=1024)
def unknown(face: str) -> tuple[tuple[int, int], bytes]:
    """What the font draws for a code point that means nothing."""
    return glyph(face, UNASSIGNED)


def glyph(face: str, char: str) -> tuple[tuple[int, int], bytes]:
    """The size and the pixels of a character."""
    # The basic layout: Raqm adds a dotted circle to a lone mark, which would hide a box.
    mask = font(face, PROBE, ImageFont.Layout.BASIC).getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=1024)
def font(face: str, size: int, layout: ImageFont.Layout = LAYOUT) -> ImageFont.FreeTypeFont:
    """The font at that path, or the one that comes with Pillow, in pixels."""
    if face:
        # Not `truetype`, which quietly opens another file of the same name when one is broken.
        return ImageFont.FreeTypeFont(face, size, layout_engine=layout)
    builtin = ImageFont.load_default(size)
    assert isinstance(builtin, ImageFont.FreeTypeFont)  # noqa: S101  Pillow is built with FreeType
    return builtin


def opens(path: str) -> bool:
    """Whether the file is a font that FreeType takes, and can draw in any size."""
    try:
        font(path, PROBE, ImageFont.Layout.BASIC)
    except OSError:
        return False
    return True


def _files(folders: Iterable[str]) -> dict[str, str]:
    """Lower-case file names → paths of the fonts in the folders."""
    return {
        name.lower(): str(Path(place, name))
        for folder in folders
        for place, _, names in sorted(os.walk(_home(folder)))
        for name in names
        if name.lower().endswith((".ttf", ".otf", ".ttc"))
    }


def _home(folder: str) -> str:
    """The folder with its `~` resolved; as it is for a user without a home."""
    with suppress(RuntimeError):
        return str(Path(folder).expanduser())
    return folder
