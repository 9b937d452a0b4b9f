"""Small files that claim, or unpack, to more than a machine can hold."""

import struct
import zlib
from functools import cache

UNPACKED = 1024**3
SIDE = 30_000
_BLOCK = 1024**2
_GZIP = 31


@cache
def zipped() -> bytes:
    """About 1 MB of gzip that unpacks to 1 GB of blanks."""
    blanks = b" " * _BLOCK
    packer = zlib.compressobj(9, wbits=_GZIP)
    head = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush every block packs to the same bytes, so that one stands for all.
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (UNPACKED // _BLOCK - 1)


@cache
def png() -> bytes:
    """A PNG whose header claims 900 megapixels, with data for the first few."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(3 * SIDE + 1))
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
