"""References: the user's own pictures, read and made ready to be sent."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from togimg.errors import UsageError, reason
from togimg.pictures import colours, files
from togimg.pictures.files import Format

BYTES = 100_000_000
"""Bytes that a reference may have."""

LIMIT = 2048
"""Pixels that the longer side of a reference may have."""

QUALITY = 92
"""The quality of the JPEG that is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture ready to be sent: `uri` is a `data:` URI, all else describes what is in it.

    `name` is the user's, `width` and `height` are pixels, `bytes` is the size before base64,
    `note` tells what was changed that a person would want to know.
    """

    uri: str
    name: str
    format: Format
    width: int
    height: int
    bytes: int
    sha256: str
    note: str | None


def reference(data: bytes, name: str) -> Reference:
    """A local picture ready to be sent: upright, in sRGB, free of metadata, at most `LIMIT` long.

    It is encoded anew, as JPEG, or as PNG when something of it is transparent. Of an animation
    the first frame is taken. `name` is what the user calls it, for messages.

    Raises:
        UsageError: It is no whole picture, or a larger one than 100 megapixels or `BYTES`.
    """
    if not data:
        raise _empty(name)
    if len(data) > BYTES:
        raise _heavy(name)
    with files.opened(data, _LOCAL, lambda error: _bad_reference(error, name)) as image:
        image.load()
        frames = image.format != "MPO" and getattr(image, "is_animated", False)
        upright = ImageOps.exif_transpose(image)
        ready = colours.opaque(colours.srgb(upright))
        before = ready.size
        ready.thumbnail((LIMIT, LIMIT), Image.Resampling.LANCZOS)
        kind: Format = "png" if ready.mode == "RGBA" else "jpeg"
        sent = files.encoded(ready, kind, QUALITY, None)
    notes = [f"{name} has several frames: the first is sent"] if frames else []
    if ready.size != before:
        notes.append(f"{name} shrunk from {_by(before)} to {_by(ready.size)}")
    return Reference(
        uri=f"data:image/{kind};base64,{b64encode(sent).decode()}",
        name=name,
        format=kind,
        width=ready.width,
        height=ready.height,
        bytes=len(sent),
        sha256=hashlib.sha256(sent).hexdigest(),
        note="; ".join(notes) or None,
    )


def read_reference(path: str) -> bytes:
    """The bytes of a local picture; pipes such as those of `<(…)` are read too.

    Raises:
        UsageError: It is missing, unreadable, a folder, empty, or larger than `BYTES`.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(BYTES + 1)
    except FileNotFoundError as error:
        hint = "--image takes a path, a URL, a data: URI, or - for stdin"
        raise UsageError(f"there is no file {path}", hint=hint) from error
    except IsADirectoryError as error:
        hint = "name one picture; --image can be given several times"
        raise UsageError(f"{path} is a folder, not a picture", hint=hint) from error
    except PermissionError as error:
        raise UsageError(f"you may not read {path}", hint="check its permissions") from error
    except (OSError, ValueError) as error:
        hint = "--image takes a path, a URL, a data: URI, or - for stdin"
        raise UsageError(f"{path} cannot be read: {reason(error)}", hint=hint) from error
    if not data:
        raise _empty(path)
    if len(data) > BYTES:
        raise _heavy(path)
    return data


def _bad_reference(error: Exception, name: str) -> UsageError:
    if files.is_bomb(error):
        return UsageError(
            f"{name} has more than {files.megapixels()}", hint="make it smaller first"
        )
    hint = "use a whole JPEG, PNG, WebP, GIF, AVIF or BMP"
    return UsageError(f"{name} is not a picture that can be read", hint=hint)


def _empty(name: str) -> UsageError:
    return UsageError(f"{name} is empty", hint="check that it was copied or downloaded whole")


def _heavy(name: str) -> UsageError:
    return UsageError(f"{name} is larger than {BYTES // 10**6} MB", hint="make it smaller first")


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


_LOCAL = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP")
