"""Compressed bodies, unpacked piece by piece, so that a bomb ends before memory does."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

ACCEPTED = "gzip"
HARMLESS = 16 * 1024 * 1024
HIGHEST_RATIO = 200
"""Beyond HARMLESS bytes, more than so many for each that was received are a bomb's."""


class TooMuchError(ValueError):
    """A body that is larger than any that is wanted."""


_PIECE = 1024 * 1024
_GZIP_START = b"\x1f"
_GZIP_OR_ZLIB = 47
_RAW = -15


def inflated(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes behind the encoding that the `content-encoding` header names.

    Raises:
        ValueError: with the reason: a bomb, damage, a cut end, an encoding never asked for.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return iter(chunks)
    if name in {"gzip", "x-gzip", "deflate"}:
        first, chunks = _looked_at(iter(chunks))
        # Some proxies unpack a body and do not say so.
        is_plain = first[:1] in {b"{", b"["} or (name != "deflate" and first[:1] != _GZIP_START)
        return chunks if is_plain else _unpacked(chunks, name)
    raise ValueError(f"it is encoded as {name[:40]}, which was not asked for")


def bounded(pieces: Iterable[bytes], largest: int) -> Iterator[bytes]:
    """The same pieces, as long as they come to no more than `largest` bytes.

    Raises:
        TooMuchError: they come to more.
    """
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > largest:
            raise TooMuchError(f"it is larger than {largest} bytes")
        yield piece


def _looked_at(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    first = next(filter(None, chunks), b"")
    return first, chain((first,), chunks)


def _unpacked(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    received = made = 0
    unpacker = None
    for chunk in chunks:
        received += len(chunk)
        # Some servers' deflate lacks the header that the standard wants.
        raw = name == "deflate" and chunk[:1] != b"" and chunk[0] & 15 != 8  # noqa: PLR2004
        unpacker = unpacker or zlib.decompressobj(_RAW if raw else _GZIP_OR_ZLIB)
        for piece in _pieces(unpacker, chunk):
            made += len(piece)
            if made > max(HARMLESS, HIGHEST_RATIO * received):
                raise TooMuchError(f"it unpacks to more than {HIGHEST_RATIO} times its size")
            yield piece
    if unpacker:
        # What a last piece had no room for: less than one more step of the unpacker.
        yield from _pieces(unpacker, b"", rest=True)
    if not (unpacker and unpacker.eof):
        raise ValueError("its compressed end is missing")


def _pieces(unpacker: "zlib._Decompress", chunk: bytes, *, rest: bool = False) -> Iterator[bytes]:
    try:
        while chunk and not unpacker.eof:
            yield unpacker.decompress(chunk, _PIECE)
            chunk = unpacker.unconsumed_tail
        if rest:
            yield unpacker.flush()
    except zlib.error as error:
        raise ValueError("its compression is damaged") from error
