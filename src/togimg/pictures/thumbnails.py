"""Small upright pictures in sRGB, for pages that show many."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

from togimg.errors import LocalError
from togimg.pictures import colours, files

_SIDEWAYS = frozenset({5, 6, 7, 8})
"""The EXIF orientations that lay a picture on its side."""

_ORIENTATION = 0x0112
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP")


def shape(path: Path) -> tuple[int, int]:
    """Width and height in pixels of the picture as it is seen; its pixels are not decoded.

    Raises:
        LocalError: There is no such file, or it is no picture of at most 100 megapixels.
    """
    with _opened(path) as image:
        return _seen(image)


def thumbnail(path: Path, box: tuple[int, int]) -> Image.Image:
    """The whole picture in RGB or RGBA, as large as the box allows and no larger than it is.

    Of an animation it is the first frame.

    Raises:
        LocalError: There is no such file, or it is no whole picture of at most 100 megapixels.
    """
    with _opened(path) as image:
        seen = fitted(_seen(image), box)
        lying = seen[::-1] if _is_sideways(image) else seen
        # JPEGs decode faster when half or less of their size is wanted; twice what is shown
        # leaves the filter enough to be sharp.
        image.draft(None, (lying[0] * 2, lying[1] * 2))
        small = colours.coloured(image).resize(lying, Image.Resampling.LANCZOS, reducing_gap=3)
        small.getexif()[_ORIENTATION] = image.getexif().get(_ORIENTATION, 1)
        return colours.srgb(ImageOps.exif_transpose(small))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    with (
        files.guarded(lambda error: _unreadable(path, error)),
        Image.open(path, formats=_FORMATS) as image,
    ):
        if image.width * image.height > files.allowed():
            raise Image.DecompressionBombError
        yield image


def fitted(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The size that a picture of this size gets in the box: never larger than it is."""
    factor = min(1.0, box[0] / size[0], box[1] / size[1])
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _seen(image: Image.Image) -> tuple[int, int]:
    return image.size[::-1] if _is_sideways(image) else image.size


def _is_sideways(image: Image.Image) -> bool:
    return image.getexif().get(_ORIENTATION) in _SIDEWAYS


def _unreadable(path: Path, error: Exception) -> LocalError:
    reason = "is gone" if isinstance(error, FileNotFoundError) else "cannot be read"
    return LocalError(f"{path} {reason}", hint="was it moved or cut short?")
