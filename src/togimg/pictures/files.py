"""Bytes into pictures and back, with every failure of Pillow turned into one of togimg's."""

import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, Literal

from PIL import Image

from togimg.errors import TogimgError

Format = Literal["jpeg", "png", "webp", "gif", "avif"]

BEST = 95
"""The quality of a picture that is kept."""

Image.MAX_IMAGE_PIXELS = 100_000_000
# Its warnings speak of damage that is dealt with here, and would go to stderr.
warnings.filterwarnings("ignore", module=r"PIL\.")


def allow(megapixels: float) -> None:
    """Sets how many million pixels a picture may have: 100, unless the user says otherwise.

    It is a bound of the whole process, for Pillow has one only. Pillow itself refuses twice as
    many, before it takes memory.
    """
    Image.MAX_IMAGE_PIXELS = round(megapixels * 1_000_000)


def allowed() -> int:
    """How many pixels a picture may have."""
    return Image.MAX_IMAGE_PIXELS or 0


def megapixels() -> str:
    """How many pixels a picture may have, in words."""
    return f"{allowed() / 1_000_000:g} megapixels"


@contextmanager
def guarded(error_of: Callable[[Exception], TogimgError]) -> Iterator[None]:
    """Turns whatever Pillow raises inside into the error that `error_of` makes of it."""
    try:
        yield
    except _BROKEN as error:
        raise error_of(error) from error


@contextmanager
def opened(
    data: bytes, formats: tuple[str, ...], error_of: Callable[[Exception], TogimgError]
) -> Iterator[Image.Image]:
    """The picture, its size known and its pixels not yet decoded; errors as in `guarded`."""
    with guarded(error_of), Image.open(BytesIO(data), formats=formats) as image:
        if image.width * image.height > allowed():
            raise Image.DecompressionBombError
        yield image


def kind(image: Image.Image) -> Format:
    """Which of the formats an opened picture has; only for those that replies may have."""
    return _FORMATS[image.format]


def is_bomb(error: Exception) -> bool:
    """Whether a picture was refused for its size."""
    return isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning))


def encoded(image: Image.Image, kind: Format, quality: int, profile: bytes | None) -> bytes:
    """The picture in a file that holds pixels and `profile`, and no other metadata."""
    bare = image.copy()
    # Some of Pillow's writers take comments and profiles from here.
    bare.info = {}
    options: dict[str, Any] = {} if kind == "png" else {"quality": quality}
    if kind == "jpeg" and quality >= BEST:
        options["subsampling"] = 0
    file = BytesIO()
    bare.save(file, kind.upper(), icc_profile=profile, **options)
    return file.getvalue()


_FORMATS: dict[str | None, Format] = {
    "JPEG": "jpeg",
    "MPO": "jpeg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "AVIF": "avif",
}
# What Pillow and Python raise in decoders that meet damage; togimg's own errors are none of these.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
