"""Puts a recipe into PNG, JPEG and WebP bytes and takes it out, no pixel touched.

Two texts travel with a picture: `recipe`, one line of JSON, and `parameters`, A1111's text for
other programs. `png`, `jpeg` and `webp` know where they go, `exif` and `xmp` how they are packed.
"""

from dataclasses import dataclass
from types import ModuleType

from togimg.errors import LocalError
from togimg.stamp import jpeg, png, webp

__all__ = ["Stamp", "read", "write"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a picture says about itself; None where it says nothing."""

    recipe: str | None = None
    parameters: str | None = None


def write(data: bytes, recipe: str, parameters: str, *, edited: bool) -> bytes:
    """The picture with both texts, in place of those it had. All else is byte for byte the same.

    It also says, for programs that look after it, that a machine made the picture, or a part of
    it when `edited` (IPTC's DigitalSourceType). `recipe` must be JSON: characters that a format
    cannot hold are escaped as in JSON. `parameters` may lose its middle where room is short.

    Raises:
        LocalError: It is no whole PNG, JPEG or WebP, its own metadata leave no room, or it is
            signed: a signature of C2PA (https://c2pa.org) covers every byte, and would break.
    """
    kind = _kind(data)
    written: bytes | None = kind.write(data, recipe, parameters, edited=edited) if kind else None
    if written is None:
        raise LocalError("the picture is signed, or of a kind that keeps no recipe: none was added")
    return written


def read(data: bytes) -> Stamp:
    """What was stamped into the picture, by togimg or, for `parameters`, by other programs.

    Reads what is there of a picture that is cut short, and nothing from what is no picture.

    Raises:
        UsageError: A compressed text is too large to be looked at.
    """
    kind = _kind(data)
    return Stamp(*kind.read(data)) if kind else Stamp()


def _kind(data: bytes) -> ModuleType | None:
    if data.startswith(png.SIGNATURE):
        return png
    if data.startswith(jpeg.SIGNATURE):
        return jpeg
    return webp if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None
