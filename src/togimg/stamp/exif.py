"""The stamp as EXIF: A1111's text as UserComment, in addition to what is there.

A block is a TIFF, as in CIPA DC-008 (Exif 2.32). What is there stays where it is, since blocks hold
offsets that only their makers know: changed copies of two directories come behind it, and the
header points at them. A mark before the copies lets the next stamp take them off again.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache

from togimg import __version__
from togimg.stamp import xmp

PREFIX = b"Exif\0\0"
"""What comes before the block in a JPEG."""

Entry = tuple[int, int, int, bytes]
"""Tag, type, count, and four bytes that hold the value or its offset."""


def write(block: bytes | None, text: str, largest: int) -> bytes | None:
    """The block with the text, at most `largest` bytes; None when it is broken or too full.

    The text loses its middle where room is short, so that the last line stays.
    """
    frame = _framed(block or _EMPTY)
    if frame is None:
        return None
    room = (largest - frame.comment_at - len(_UNICODE)) // 2
    if room < _LEAST:
        return None
    comment = _UNICODE + shortened(xmp.plain(text), room).encode("utf-16-be")
    entry = _COMMENT, _UNDEFINED, len(comment), frame.tiff.value(frame.comment_at)
    details = frame.tiff.packed(frame.details.having(entry))
    return frame.before + details + _TOGIMG + comment


def read(block: bytes | None) -> str | None:
    """The text of UserComment, None when there is none."""
    if not block:
        return None
    try:
        tiff = _Tiff.of(block)
        details = tiff.nested(tiff.directory(tiff.number(block[4:8])))
    except struct.error:
        return None
    for tag, _, count, value in details.entries:
        if tag == _COMMENT:
            offset = tiff.number(value)
            return _decoded(block[offset : offset + count])
    return None


def shortened(text: str, room: int) -> str:
    """A text of at most `room` units of UTF-16, its last line kept if it can be."""
    units = text.encode("utf-16-be")
    if len(units) <= 2 * room:
        return text
    end = "…\n" + text.rpartition("\n")[2]
    if len(end.encode("utf-16-be")) > 2 * room:
        end = "…"
    kept = 2 * room - len(end.encode("utf-16-be"))
    return units[:kept].decode("utf-16-be", "ignore") + end


@dataclass(frozen=True, slots=True)
class _Directory:
    """A directory of a TIFF, and the offset of the one that follows it."""

    entries: tuple[Entry, ...] = ()
    following: int = 0

    @property
    def size(self) -> int:
        return 6 + _ENTRY_SIZE * len(self.entries)

    def without(self, *tags: int) -> "_Directory":
        kept = (entry for entry in self.entries if entry[0] not in tags)
        return _Directory(tuple(kept), self.following)

    def having(self, *entries: Entry) -> "_Directory":
        return _Directory(tuple(sorted((*self.entries, *entries))), self.following)


@dataclass(frozen=True, slots=True)
class _Tiff:
    """A block and its byte order. What is read beyond its end is a `struct.error`."""

    block: bytes
    order: str

    @classmethod
    def of(cls, block: bytes) -> "_Tiff":
        orders = {b"II*\0": "<", b"MM\0*": ">"}
        if block[:4] not in orders:
            raise struct.error
        return cls(block, orders[block[:4]])

    def number(self, value: bytes) -> int:
        return int(struct.unpack(self.order + "I", value)[0])

    def value(self, number: int) -> bytes:
        return struct.pack(self.order + "I", number)

    def directory(self, offset: int) -> _Directory:
        (count,) = struct.unpack_from(self.order + "H", self.block, offset)
        entries = tuple(
            struct.unpack_from(self.order + "HHI4s", self.block, offset + 2 + _ENTRY_SIZE * place)
            for place in range(count)
        )
        end = offset + 2 + _ENTRY_SIZE * count
        (following,) = struct.unpack_from(self.order + "I", self.block, end)
        return _Directory(entries, following)

    def nested(self, picture: _Directory) -> _Directory:
        """The directory that holds the details of EXIF; a new one when there is none."""
        offsets = [self.number(value) for tag, _, _, value in picture.entries if tag == _EXIF]
        return self.directory(offsets[0]) if offsets else _NEW

    def packed(self, directory: _Directory) -> bytes:
        entries = (struct.pack(self.order + "HHI4s", *entry) for entry in directory.entries)
        count = struct.pack(self.order + "H", len(directory.entries))
        return count + b"".join(entries) + self.value(directory.following)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What does not depend on the text: all that is `before` the details, and those without it."""

    tiff: _Tiff
    before: bytes
    details: _Directory
    comment_at: int


@lru_cache(maxsize=16)
def _framed(block: bytes) -> _Frame | None:
    """The frame of a block: most pictures of a service have the same. None of a broken one."""
    original = _unmarked(block)
    try:
        tiff = _Tiff.of(original)
        picture = tiff.directory(tiff.number(original[4:8]))
        details = tiff.nested(picture).without(_COMMENT)
    except struct.error:
        return None
    picture = picture.without(_SOFTWARE, _EXIF)
    start = len(original) + len(original) % 2 + _MARKED.size
    details_at = start + picture.size + 2 * _ENTRY_SIZE
    software_at = details_at + details.size + _ENTRY_SIZE
    picture = picture.having(
        (_SOFTWARE, _ASCII, len(_TOGIMG), tiff.value(software_at)),
        (_EXIF, _LONG, 1, tiff.value(details_at)),
    )
    before = _marked(original, start) + tiff.packed(picture)
    return _Frame(tiff, before, details, software_at + len(_TOGIMG))


def _marked(original: bytes, start: int) -> bytes:
    """The original with its header pointing behind itself, and the mark that tells how it was."""
    tiff = _Tiff.of(original)
    padding = bytes(len(original) % 2)
    mark = _MARKED.pack(_MARK, len(original), original[4:8])
    return original[:4] + tiff.value(start) + original[8:] + padding + mark


def _unmarked(block: bytes) -> bytes:
    try:
        tiff = _Tiff.of(block)
        mark, length, first = _MARKED.unpack_from(block, tiff.number(block[4:8]) - _MARKED.size)
    except struct.error:
        return block
    return block[:4] + first + block[8:length] if mark == _MARK else block


def _decoded(comment: bytes) -> str | None:
    code, text = comment[:8], comment[8:]
    if code == _UNICODE:
        # Big-endian by custom, but some follow the block: the last line is ASCII, and tells.
        big = text[::2].count(0) >= text[1::2].count(0)
        found = text.decode("utf-16-be" if big else "utf-16-le", "replace")
    else:
        found = text.decode(errors="replace")
    return found.removeprefix("\ufeff").strip("\0 ") or None


_SAID = f"togimg {__version__}".encode()
_TOGIMG = _SAID + bytes(2 - len(_SAID) % 2)
_EMPTY = b"MM\0*\0\0\0\x08" + bytes(6)
_MARKED = struct.Struct("8sI4s")
_MARK = b"togimg\0\0"
_ENTRY_SIZE = 12
_SOFTWARE, _EXIF, _COMMENT = 0x0131, 0x8769, 0x9286
_ASCII, _LONG, _UNDEFINED = 2, 4, 7
_NEW = _Directory(((0x9000, _UNDEFINED, 4, b"0232"),))
_UNICODE = b"UNICODE\0"
_LEAST = 100
