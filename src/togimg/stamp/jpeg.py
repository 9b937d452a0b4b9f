"""The stamp in a JPEG: merged into its EXIF, and the recipe in XMP.

A segment holds 65,533 bytes. What is larger goes into Extended XMP, many segments that exiftool and
Adobe's programs join again: Adobe's XMP specification part 3, 1.1.3.1.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from togimg.errors import LocalError
from togimg.stamp import exif, xmp

SIGNATURE = b"\xff\xd8\xff"

XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"

LARGEST = 65_533
"""Bytes that a segment holds beside its marker and its length."""

PART = 65_000
"""Bytes of a packet that go into one segment of Extended XMP."""

SUMMARY = 8_000
"""Units of UTF-16 that the description keeps: with every one escaped, it fits into a segment."""


class Segment(NamedTuple):
    """A segment before the pixels: its marker, its content, and all its bytes in the file."""

    marker: int
    content: bytes
    whole: bytes

    def begins(self, prefix: bytes) -> bool:
        """Whether it is an APP1 of that kind."""
        return self.marker == _APP1 and self.content.startswith(prefix)


def write(data: bytes, recipe: str, parameters: str, *, edited: bool) -> bytes | None:
    """The picture with its EXIF and XMP replaced, or added, where readers look first.

    None without pixels, and with a signature: C2PA keeps it in APP11, in boxes of JUMBF.
    """
    segments = list(_segments(data))
    end = 2 + sum(map(len, map(_WHOLE, segments)))
    if data[end : end + 16].lstrip(b"\xff")[:1] != _PIXELS or any(map(_is_signature, segments)):
        return None
    old = _first(segments, exif.PREFIX)
    block = old.content.removeprefix(exif.PREFIX) if old else None
    merged = exif.write(block, parameters, LARGEST - len(exif.PREFIX))
    packet = _packet(segments)
    ours = _exif(merged or block) + _xmp(packet, recipe, parameters, edited=edited)
    name = xmp.extension(packet) if not xmp.extension(xmp.without(packet)) else None
    # JFIF wants to be the very first.
    first = [segment.whole for segment in segments if segment.marker == _APP0]
    others = [
        segment.whole
        for segment in segments
        if segment.marker != _APP0
        and segment is not old
        and not segment.begins(XMP)
        and not (name and segment.begins(EXTENSION + name.encode()))
    ]
    return b"".join([data[:2], *first, *ours, *others, data[end:]])


def read(data: bytes) -> tuple[str | None, str | None]:
    """The recipe and the parameters."""
    segments = list(_segments(data))
    block = _first(segments, exif.PREFIX)
    packet = _packet(segments)
    recipe = xmp.read(packet)
    if recipe is None and (name := xmp.extension(packet)):
        recipe = xmp.read(_joined(segments, name))
    return recipe, exif.read(block.content.removeprefix(exif.PREFIX)) if block else None


_WHOLE = attrgetter("whole")
_APP0, _APP1, _APP11, _SOS, _EOI, _TEM = 0xE0, 0xE1, 0xEB, 0xDA, 0xD9, 0x01
_PIXELS = bytes([_SOS])


def _segments(data: bytes) -> Iterator[Segment]:
    """The segments up to the pixels, or to where the file is broken."""
    begin = 2
    while data.startswith(b"\xff", begin):
        place = begin + 1
        while data.startswith(b"\xff", place):
            place += 1
        marker = data[place] if place < len(data) else _EOI
        length = int.from_bytes(data[place + 1 : place + 3])
        end = place + 1 + length
        if marker in {_SOS, _EOI, _TEM} or length < 2 or end > len(data):  # noqa: PLR2004
            return
        yield Segment(marker, data[place + 3 : end], data[begin:end])
        begin = end


def _first(segments: list[Segment], prefix: bytes) -> Segment | None:
    return next((segment for segment in segments if segment.begins(prefix)), None)


def _packet(segments: list[Segment]) -> str:
    found = _first(segments, XMP)
    return found.content.removeprefix(XMP).decode(errors="replace") if found else ""


def _joined(segments: list[Segment], name: str) -> str:
    """The packet whose parts lie in several segments: name, length, offset, part."""
    prefix = EXTENSION + name.encode()
    parts = [segment.content[len(prefix) :] for segment in segments if segment.begins(prefix)]
    parts.sort(key=lambda part: part[4:8])
    return b"".join(part[8:] for part in parts).decode(errors="replace")


def _is_signature(segment: Segment) -> bool:
    content = segment.content
    return segment.marker == _APP11 and b"jumb" in content and b"c2pa" in content


def _exif(block: bytes | None) -> list[bytes]:
    return [_app1(exif.PREFIX + block)] if block else []


def _xmp(packet: str, recipe: str, parameters: str, *, edited: bool) -> list[bytes]:
    summary = exif.shortened(xmp.plain(parameters), SUMMARY)
    alone = xmp.write(packet, edited=edited, description=summary, recipe=recipe).encode()
    if len(XMP + alone) <= LARGEST:
        return [_app1(XMP + alone)]
    rest, name = xmp.extended(recipe)
    taken = xmp.extension(xmp.without(packet))
    for description in (summary, ""):
        short = xmp.write(packet, edited=edited, description=description, extension=name).encode()
        if len(XMP + short) <= LARGEST and not taken:
            return [_app1(XMP + short), *_parts(rest.encode(), name)]
    raise LocalError("the metadata of this picture leave no room for its recipe")


def _parts(packet: bytes, name: str) -> list[bytes]:
    head = EXTENSION + name.encode() + len(packet).to_bytes(4)
    return [
        _app1(head + offset.to_bytes(4) + packet[offset : offset + PART])
        for offset in range(0, len(packet), PART)
    ]


def _app1(content: bytes) -> bytes:
    return bytes([0xFF, _APP1]) + (len(content) + 2).to_bytes(2) + content
