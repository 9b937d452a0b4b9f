"""Modes, colour profiles and transparency."""

from io import BytesIO
from typing import cast

from PIL import Image, ImageCms

WHITE = 255
"""The highest value of eight bits: white, and opaque."""


def coloured(image: Image.Image) -> Image.Image:
    """In eight bits: grey, RGB or RGBA. Its colour profile is followed only out of CMYK."""
    if image.mode.startswith("I"):
        return _eight_bits(image)
    if image.mode == "CMYK":
        return _profiled(image).convert("RGB")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey from sixteen bits, which Pillow would clip."""
    wide = image.convert("I")
    _, brightest = cast("tuple[int, int]", wide.getextrema())
    if image.mode == "I" and brightest <= WHITE:
        return wide.convert("L")
    return wide.point(lambda value: value * (1 / 257)).convert("L")


def flattened(image: Image.Image) -> Image.Image:
    """On white, where it is transparent."""
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def srgb(image: Image.Image) -> Image.Image:
    """As RGB or RGBA, in the colours that a reader without profiles will see."""
    plain = coloured(image)
    if plain.mode != "RGBA":
        return _profiled(plain).convert("RGB")
    colours = _profiled(plain.convert("RGB"))
    colours.putalpha(plain.getchannel("A"))
    return colours


def _profiled(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        seen = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return seen or image


def opaque(image: Image.Image) -> Image.Image:
    """Without its alpha channel, if nothing is transparent."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (WHITE, WHITE):
        return image.convert("RGB")
    return image


def matching_profile(image: Image.Image, painted: Image.Image) -> bytes | None:
    """The colour profile of `image`, if it is one for the channels of `painted`."""
    profile = image.info.get("icc_profile") or b""
    channels = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB "}
    return profile if profile[16:20] == channels[painted.mode] else None
