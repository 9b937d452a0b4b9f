"""The stamp in a WebP: the chunks `EXIF` and `XMP `, announced in `VP8X`.

Chunks as in https://developers.google.com/speed/webp/docs/riff_container.
"""

from collections.abc import Iterator

from togimg.stamp import exif, xmp

ALPHA, EXIF, XMP = 0x10, 0x08, 0x04
"""Flags of `VP8X`."""

LARGEST_EXIF = 1_000_000
"""Bytes that the EXIF block may grow to: the container sets no limit."""


def write(data: bytes, recipe: str, parameters: str, *, edited: bool) -> bytes | None:
    """The picture with both chunks behind its pixels, where the container wants them.

    None without pixels, and with a signature: C2PA keeps it in a chunk `C2PA`.
    """
    chunks = list(_chunks(data))
    if not _is_whole(data, chunks):
        return None
    block = _first(chunks, b"EXIF")
    packet = xmp.write(
        _decoded(_first(chunks, b"XMP ")), edited=edited, description=parameters, recipe=recipe
    )
    merged = exif.write(_bare(block), parameters, LARGEST_EXIF)
    body = [_extended(chunks)]
    body += [chunk for chunk in chunks if chunk[0] not in {b"VP8X", b"EXIF", b"XMP "}]
    body += [(b"EXIF", merged)] if merged else []
    body += [(b"XMP ", packet.encode())]
    riff = b"WEBP" + b"".join(_packed(kind, content) for kind, content in body)
    return b"RIFF" + len(riff).to_bytes(4, "little") + riff + data[_end(data) :]


def read(data: bytes) -> tuple[str | None, str | None]:
    """The recipe and the parameters."""
    chunks = list(_chunks(data))
    packet = _decoded(_first(chunks, b"XMP "))
    return (packet and xmp.read(packet)) or None, exif.read(_bare(_first(chunks, b"EXIF")))


_PIXELS = {b"VP8 ", b"VP8L", b"ANMF"}

Chunk = tuple[bytes, bytes]


def _end(data: bytes) -> int:
    return min(len(data), 8 + int.from_bytes(data[4:8], "little"))


def _chunks(data: bytes) -> Iterator[Chunk]:
    place, end = 12, _end(data)
    while place + 8 <= end:
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        if place + 8 + size > end:
            return
        yield data[place : place + 4], data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _is_whole(data: bytes, chunks: list[Chunk]) -> bool:
    kinds = {kind for kind, _ in chunks}
    whole = sum(len(_packed(*chunk)) for chunk in chunks) + 12 == _end(data)
    return whole and bool(_PIXELS & kinds) and b"C2PA" not in kinds and _has_size(chunks)


def _packed(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _first(chunks: list[Chunk], kind: bytes) -> bytes | None:
    return next((content for found, content in chunks if found == kind), None)


def _decoded(packet: bytes | None) -> str | None:
    return packet.decode(errors="replace") if packet else None


def _bare(block: bytes | None) -> bytes | None:
    """The EXIF block without the prefix of JPEG that some programs leave."""
    return block.removeprefix(exif.PREFIX) if block else None


def _has_size(chunks: list[Chunk]) -> bool:
    extended = _first(chunks, b"VP8X")
    return len(extended) == 10 if extended else _size(chunks) is not None  # noqa: PLR2004


def _extended(chunks: list[Chunk]) -> Chunk:
    """`VP8X`, made from the first frame when the file is a simple one."""
    content = _first(chunks, b"VP8X")
    if content is None:
        width, height, flags = _size(chunks) or (1, 1, 0)
        content = bytes([flags, 0, 0, 0]) + _three(width - 1) + _three(height - 1)
    return b"VP8X", bytes([content[0] | EXIF | XMP]) + content[1:]


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _size(chunks: list[Chunk]) -> tuple[int, int, int] | None:
    """Width, height and the flag of transparency, from the header of the pixels."""
    lossy, lossless = _first(chunks, b"VP8 "), _first(chunks, b"VP8L")
    if lossy and lossy[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(lossy[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return (width, height, 0) if width and height else None
    if lossless and lossless[:1] == b"\x2f":
        bits = int.from_bytes(lossless[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, ALPHA if bits >> 28 & 1 else 0
    return None
