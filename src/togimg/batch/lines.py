"""The lines of a file, one at a time and none without bound."""

import codecs
import io
from collections.abc import Generator
from typing import BinaryIO, NamedTuple

from togimg.batch.row import Bad

LONGEST = 16_000_000
"""Characters of one line, or of one record of a table."""

_BROKEN = "\udc80"
_HEAD = 1 << 16
_AS_UTF8 = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"

# A lone surrogate never comes out of text that is whole.
codecs.register_error("togimg.broken", lambda error: (_BROKEN, getattr(error, "end", 0)))


class Line(NamedTuple):
    """A line with its end, and what makes it unreadable, if anything does."""

    number: int
    text: str
    flaw: Bad | None


def lines(stream: BinaryIO) -> Generator[Line, None, None]:
    """The lines of UTF-8, or of UTF-16 that says so, numbered from 1; `stream` stays open.

    They end with a line feed, or in a file of an old Mac with a carriage return.
    """
    encoding, end = _written(stream)
    reader = io.TextIOWrapper(stream, encoding, errors="togimg.broken", newline=end)
    try:
        number = 0
        while text := reader.readline(LONGEST + 1):
            number += 1
            if len(text) > LONGEST:
                _skip_rest(reader, text, end)
                yield Line(number, "", _too_long(number))
            else:
                yield Line(number, text, _flaw(number, text))
    finally:
        reader.detach()


def _written(stream: BinaryIO) -> tuple[str, str]:
    """The encoding of a file, and what its lines end with."""
    head = stream.read(_HEAD)
    stream.seek(0)
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # The last characters may be half of a CRLF.
    old_mac = b"\r" in head[:-2] and b"\n" not in head
    return "utf-16" if utf16 else "utf-8-sig", "\r" if old_mac else "\n"


def _skip_rest(reader: io.TextIOWrapper, text: str, end: str) -> None:
    while text and not text.endswith(end):
        text = reader.readline(_HEAD)


def _too_long(number: int) -> Bad:
    return Bad(number, f"the line is longer than {LONGEST // 1_000_000} MB", "is a break missing?")


def _flaw(number: int, text: str) -> Bad | None:
    if "\0" in text:
        return Bad(number, "the line has a NUL in it", _AS_UTF8)
    if not text.isascii() and _BROKEN in text:
        return Bad(number, "the line is not UTF-8 text", _AS_UTF8)
    return None
