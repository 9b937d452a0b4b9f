"""The pictures of replies: checked to the last pixel, and converted when another kind is wanted."""

from dataclasses import dataclass

from PIL import ImageOps, UnidentifiedImageError

from togimg.errors import LocalError, UnknownOutcome, UsageError
from togimg.pictures import colours, files
from togimg.pictures.files import Format


@dataclass(frozen=True, slots=True)
class Checked:
    """What a whole picture is; `width` and `height` in pixels, as stored."""

    format: Format
    width: int
    height: int

    @property
    def extension(self) -> str:
        """The usual extension, without the dot."""
        return "jpg" if self.format == "jpeg" else self.format


def check(data: bytes) -> Checked:
    """What picture the bytes of a reply hold, decoded to the last pixel.

    Raises:
        UnknownOutcome: They hold none, or a part of one, or more than 100 megapixels.
    """
    if not data:
        raise _useless("the picture in the reply is empty")
    with files.opened(data, _REPLIES, _bad_reply) as image:
        checked = Checked(files.kind(image), *image.size)
        # Of a JPEG every bit is still decoded, and damage found; only the arithmetic behind
        # that, which cannot fail, is done for one pixel in 64, in grey.
        image.draft("L", (1, 1))
        image.load()
        if checked.format == "png" and _PNG_END not in data:
            raise _useless("the picture in the reply is not whole: it has no end")
        return checked


def settled(data: bytes) -> bytes:
    """The bytes of a reply; of a kind that nobody asks for, BMP or TIFF, the same pixels as PNG.

    Raises:
        UnknownOutcome: They are no whole picture.
    """
    if not data.startswith(_ODD_STARTS):
        return data
    with files.opened(data, _ODD, _bad_reply) as image:
        image.load()
        painted = colours.coloured(ImageOps.exif_transpose(image))
        return files.encoded(painted, "png", files.BEST, colours.matching_profile(image, painted))


def convert(data: bytes, extension: str) -> bytes:
    """The picture as another kind, at high quality, turned upright; its colour profile is kept.

    JPEG cannot be transparent: white shows through. A picture of that kind already is returned
    as it is. `extension` is without the dot.

    Raises:
        UsageError: togimg cannot write that extension.
        UnknownOutcome: The bytes are no whole picture.
        LocalError: The picture cannot be held by that kind, for its size for example.
    """
    kind = _EXTENSIONS.get(extension.lower())
    if kind is None:
        names = ", ".join(f".{known}" for known in _EXTENSIONS)
        raise UsageError(f"togimg cannot write .{extension} pictures", hint=f"use {names}")
    with files.opened(data, _REPLIES, _bad_reply) as image:
        if files.kind(image) == kind:
            return data
        image.load()
        upright = ImageOps.exif_transpose(image)
        painted = colours.coloured(upright)
        profile = colours.matching_profile(upright, painted)
    with files.guarded(lambda error: LocalError(f"the picture cannot be made a {kind}: {error}")):
        visible = colours.flattened(painted) if kind == "jpeg" else painted
        return files.encoded(visible, kind, files.BEST, profile)


def _bad_reply(error: Exception) -> UnknownOutcome:
    if files.is_bomb(error):
        return _useless(f"the picture in the reply has more than {files.megapixels()}")
    if isinstance(error, UnidentifiedImageError):
        return _useless("the reply holds no picture that can be read")
    return _useless(f"the picture in the reply is not whole: {str(error) or type(error).__name__}")


def _useless(message: str) -> UnknownOutcome:
    hint = "it may have been billed: look at your usage before you ask again"
    return UnknownOutcome(message, hint=hint)


_EXTENSIONS: dict[str, Format] = {
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "png": "png",
    "webp": "webp",
    "avif": "avif",
}
_ODD, _ODD_STARTS = ("BMP", "TIFF"), (b"BM", b"II*\0", b"MM\0*")
_REPLIES = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_PNG_END = b"IEND\xaeB`\x82"
