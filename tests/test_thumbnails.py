"""Thumbnails: whole, upright, in the colours that were meant, and never larger than the picture."""

from pathlib import Path

import pytest
from PIL import Image, ImageCms

from togimg.errors import LocalError
from togimg.pictures import fitted, shape, thumbnail

RED, GREEN = (200, 30, 30), (30, 200, 30)


def halves(mode: str = "RGB") -> Image.Image:
    """Red on the left, green on the right."""
    picture = Image.new("RGB", (640, 320), RED)
    picture.paste(GREEN, (320, 0, 640, 320))
    return picture.convert(mode)


def colours(picture: Image.Image, *places: tuple[float, float]) -> list[str]:
    """Which of red, green and blue leads at those places, given as shares of the sides."""
    seen = picture.convert("RGB")
    pixels = [seen.getpixel((int(x * seen.width), int(y * seen.height))) for x, y in places]
    return ["rgb"[pixel.index(max(pixel))] for pixel in pixels if isinstance(pixel, tuple)]


@pytest.mark.parametrize(
    ("size", "box", "seen"),
    [
        ((1024, 1024), (320, 320), (320, 320)),
        ((1024, 512), (320, 320), (320, 160)),
        ((512, 1024), (320, 320), (160, 320)),
        ((64, 32), (320, 320), (64, 32)),
        ((5000, 2), (320, 320), (320, 1)),
    ],
)
def test_a_picture_fits_and_is_never_enlarged(
    size: tuple[int, int], box: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert fitted(size, box) == seen


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *((kind, "RGB") for kind in ("jpeg", "png", "webp", "gif", "bmp")),
        *(("jpeg", mode) for mode in ("L", "CMYK")),
        *(("png", mode) for mode in ("1", "L", "LA", "P", "RGBA")),
        *(("gif", mode) for mode in ("P", "L")),
    ],
)
def test_every_kind_and_mode_is_shown_whole(kind: str, mode: str) -> None:
    halves(mode).save("a.picture", kind)

    small = thumbnail(Path("a.picture"), (100, 100))

    assert (small.size, small.mode in {"RGB", "RGBA"}) == ((100, 50), True)
    if mode not in {"L", "LA", "1"}:
        assert colours(small, (0.1, 0.5), (0.9, 0.5)) == ["r", "g"]


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_picture_on_its_side_is_put_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # what is on the left belongs at the top
    halves().save("side.picture", kind, exif=exif)

    small = thumbnail(Path("side.picture"), (100, 100))

    assert shape(Path("side.picture")) == (320, 640)
    assert (small.size, colours(small, (0.5, 0.1), (0.5, 0.9))) == ((50, 100), ["r", "g"])


def test_what_is_transparent_stays_so() -> None:
    picture = halves("RGBA")
    picture.putalpha(0)
    picture.save("clear.png")

    assert thumbnail(Path("clear.png"), (100, 100)).getchannel("A").getextrema() == (0, 0)


def test_sixteen_bits_of_grey_are_not_clipped() -> None:
    Image.new("I;16", (100, 100), 32768).save("grey.png")

    assert thumbnail(Path("grey.png"), (10, 10)).getpixel((5, 5)) == (127, 127, 127)


def test_colours_of_another_profile_become_those_of_the_web() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (100, 100), RED).save("profiled.png", icc_profile=lab)

    assert thumbnail(Path("profiled.png"), (10, 10)).getpixel((5, 5)) == RED


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "a.jpg is gone"),
        (b"", "a.jpg cannot be read"),
        (b"<html>", "a.jpg cannot be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a.jpg cannot be read"),
    ],
)
def test_what_is_no_picture_is_said_so(content: bytes | None, message: str) -> None:
    if content is not None:
        Path("a.jpg").write_bytes(content)

    for look in (shape, lambda path: thumbnail(path, (10, 10))):
        with pytest.raises(LocalError, match=f"^{message}$"):
            look(Path("a.jpg"))


def test_a_picture_cut_short_has_a_shape_and_no_thumbnail() -> None:
    Image.effect_noise((640, 320), 90).save("whole.jpg")
    Path("cut.jpg").write_bytes(Path("whole.jpg").read_bytes()[:9000])

    assert shape(Path("cut.jpg")) == (640, 320)
    with pytest.raises(LocalError, match=r"^cut\.jpg cannot be read$"):
        thumbnail(Path("cut.jpg"), (10, 10))
