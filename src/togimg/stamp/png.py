"""The stamp in a PNG: three `iTXt` chunks before the pixels.

Chunks as in https://www.w3.org/TR/png-3/#11textinfo.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from togimg.errors import UsageError
from togimg.stamp import xmp

SIGNATURE = b"\x89PNG\r\n\x1a\n"

RECIPE = b"togimg"
PARAMETERS = b"parameters"
XMP = b"XML:com.adobe.xmp"

LARGEST = 1_000_000
"""Bytes that a compressed text may grow to."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk: its kind, its content, and all its bytes as they stand in the file."""

    kind: bytes
    content: bytes
    whole: bytes

    @property
    def keyword(self) -> bytes | None:
        """The keyword of a text, None for other chunks."""
        return self.content.split(b"\0", 1)[0] if self.kind in _TEXTS else None


def write(data: bytes, recipe: str, parameters: str, *, edited: bool) -> bytes | None:
    """The picture with the texts before its pixels.

    None without pixels, and with a signature: C2PA keeps it in a chunk `caBX`.
    """
    chunks = list(_chunks(data))
    kinds = [chunk.kind for chunk in chunks]
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds or b"caBX" in kinds:
        return None
    packets = (_text(chunk) for chunk in chunks if chunk.keyword == XMP)
    packet = xmp.write(next(packets, None), edited=edited, description=parameters)
    ours = [
        _itxt(RECIPE, xmp.escaped(recipe)),
        _itxt(PARAMETERS, xmp.plain(parameters)),
        _itxt(XMP, packet),
    ]
    kept = [chunk for chunk in chunks if chunk.keyword not in {RECIPE, PARAMETERS, XMP}]
    pixels = next(place for place, chunk in enumerate(kept) if chunk.kind == b"IDAT")
    before, after = kept[:pixels], kept[pixels:]
    tail = data[len(SIGNATURE) + sum(len(chunk.whole) for chunk in chunks) :]
    return b"".join([SIGNATURE, *_wholes(before), *ours, *_wholes(after), tail])


def read(data: bytes) -> tuple[str | None, str | None]:
    """The recipe and the parameters."""
    found: dict[bytes, str | None] = {}
    for chunk in _chunks(data):
        if chunk.keyword in {RECIPE, PARAMETERS} and not found.get(chunk.keyword):
            found[chunk.keyword] = _text(chunk)
    return found.get(RECIPE), found.get(PARAMETERS)


_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


def _chunks(data: bytes) -> Iterator[Chunk]:
    """The whole chunks up to the last, `IEND`, or to where the file is cut short."""
    place, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        end = place + 12 + int.from_bytes(data[place : place + 4])
        if end > len(data):
            return
        kind = data[place + 4 : place + 8]
        yield Chunk(kind, data[place + 8 : end - 4], data[place:end])
        place = end


def _wholes(chunks: list[Chunk]) -> list[bytes]:
    return [chunk.whole for chunk in chunks]


def _itxt(keyword: bytes, text: str) -> bytes:
    body = b"iTXt" + keyword + b"\0\0\0\0\0" + text.encode()
    return (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


def _text(chunk: Chunk) -> str | None:
    _, _, content = chunk.content.partition(b"\0")
    match chunk.kind:
        case b"tEXt":
            return _decoded(content)
        case b"zTXt":
            return _decoded(_inflated(content[1:]))
    compressed = content[:1] == b"\1"
    _, _, content = content[2:].partition(b"\0")
    _, _, content = content.partition(b"\0")
    return _decoded(_inflated(content) if compressed else content)


def _decoded(content: bytes | None) -> str | None:
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _inflated(content: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(content, LARGEST)
    except zlib.error:
        return None
    if inflater.unconsumed_tail:
        raise UsageError("a text in this picture is too large to be read")
    return text
