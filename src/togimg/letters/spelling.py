"""Text on one line, and other ways to write what no font has."""

import unicodedata
from collections.abc import Callable

JOINERS = "\u200c\u200d"
"""Letters before these keep apart or join: they show nothing, and change what is beside them."""


def tidied(text: str, *, joiners: bool) -> str:
    """One line: breaks and controls become blanks; marks that show nothing go.

    With `joiners` those between letters stay: for a layout that obeys them.
    """
    composed = unicodedata.normalize("NFC", text)
    line = "".join(" " if _is_control(char) else char for char in composed)
    shown = (
        char
        for before, char in zip(f" {line}", line, strict=False)
        if not _is_silent(char) or (joiners and char in JOINERS and _is_letter(before))
    )
    return " ".join("".join(shown).split())


def stand_in(char: str, shows: Callable[[str], bool]) -> str:
    """How to write a character that cannot be shown, with characters for which `shows` holds.

    A plainer sign or letter, the name of a picture, or the number of the code point.
    """
    plainer = _PLAINER.get(char) or _unaccented(char)
    if plainer and all(map(shows, plainer)):
        return plainer
    if _FLAG_A <= char <= _FLAG_Z:
        return chr(ord(char) - ord(_FLAG_A) + ord("A"))
    if unicodedata.category(char) == "So" and (name := unicodedata.name(char, "")):
        return f" ({name.lower()}) "
    return f" U+{ord(char):04X} "


def _unaccented(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char)
    return "".join(part for part in parts if part != char and not unicodedata.combining(part))


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Zl", "Zp"}


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _is_silent(char: str) -> bool:
    # Cf formatting, Cs lone surrogates; the rest only picks a variant of what comes before it.
    return (
        unicodedata.category(char) in {"Cf", "Cs"}
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


_FLAG_A, _FLAG_Z = "\U0001f1e6", "\U0001f1ff"
_PLAINER = {
    "—": "-", "\u2013": "-", "\u2010": "-", "\u2011": "-", "\u2212": "-", "\u00d7": "x", "÷": "/",
    "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=", "€": "EUR", "£": "GBP", "¥": "JPY",
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "\u0131": "i", "•": "·",
    "¿": "?", "¡": "!", "„": '"', "\u201a": "'", "…": "...",
}  # fmt: skip
