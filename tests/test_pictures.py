"""Replies are judged to the last pixel, and references leave nothing behind but pixels."""

import base64
import hashlib
import os
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from togimg import pictures
from togimg.errors import LocalError, TogimgError, UnknownOutcome, UsageError
from togimg.pictures import Checked

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, GREEN = (200, 30, 30), (30, 200, 30)


def noise(mode: str = "RGB", size: tuple[int, int] = (48, 40)) -> Image.Image:
    return Image.effect_noise(size, 90).convert(mode)


def halves(size: tuple[int, int] = (64, 32)) -> Image.Image:
    """Red on the left, green on the right."""
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (size[0] // 2, 0, *size))
    return picture


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def sent(reference: pictures.Reference) -> Image.Image:
    return decoded(base64.b64decode(reference.uri.split(",", 1)[1], validate=True))


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )


def rotated(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[0x0112] = orientation
    return block


def like(colour: Any, other: tuple[int, ...]) -> bool:
    return all(abs(one - two) < 12 for one, two in zip(colour, other, strict=True))


WHOLE = {
    "jpeg": encoded(noise(), "JPEG"),
    "png": encoded(noise(), "PNG"),
    "webp": encoded(noise(), "WEBP"),
    "gif": encoded(noise("P"), "GIF"),
    "avif": encoded(noise(), "AVIF"),
}
whole = pytest.mark.parametrize(("kind", "data"), WHOLE.items())


@whole
def test_a_whole_picture_is_what_its_bytes_say(kind: Any, data: bytes) -> None:
    checked = pictures.check(data)

    assert checked == Checked(kind, 48, 40)


def test_extensions_are_the_usual_ones() -> None:
    found = [pictures.check(data).extension for data in WHOLE.values()]

    assert found == ["jpg", "png", "webp", "gif", "avif"]


JPEGS = [
    WHOLE["jpeg"],
    encoded(noise(size=(7, 90)), "JPEG"),
    encoded(noise(), "JPEG", progressive=True),
    encoded(noise(), "JPEG", quality=95, subsampling=0),
    encoded(noise(), "JPEG", restart_marker_blocks=2),
    encoded(noise("CMYK"), "JPEG"),
    encoded(noise("L"), "JPEG"),
]
damage = st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=4)


def can_be_decoded(data: bytes) -> bool:
    try:
        return bool(decoded(data))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False


def is_whole(data: bytes) -> bool:
    try:
        return bool(pictures.check(data))
    except UnknownOutcome:
        return False


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(JPEGS), damage, st.integers(0, 400))
def test_a_jpeg_is_whole_exactly_when_all_of_it_can_be_decoded(
    data: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(data)] = value
    left = bytes(damaged[: len(data) - cut])

    assert is_whole(left) == can_be_decoded(left)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif"])
def test_a_picture_cut_anywhere_is_not_whole(kind: str) -> None:
    data = WHOLE[kind]

    for end in range(len(data)):
        with pytest.raises(UnknownOutcome):
            pictures.check(data[:end])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the picture in the reply is empty"),
        (b"<!DOCTYPE html><p>busy", "the reply holds no picture that can be read"),
        (bytes(1000), "the reply holds no picture that can be read"),
        (b"%!PS-Adobe-3.0\n%%BoundingBox: 0 0", "the reply holds no picture that can be read"),
        (WHOLE["png"][:-4], "the picture in the reply is not whole: it has no end"),
        (bomb(10_001, 10_000), "the picture in the reply has more than 100 megapixels"),
        (bomb(14_000, 14_000), "the picture in the reply has more than 100 megapixels"),
        (bomb(2**31 - 1, 2**31 - 1), "the picture in the reply has more than 100 megapixels"),
    ],
    ids=range(8),
)  # fmt: skip
def test_what_is_no_picture_is_said(data: bytes, message: str) -> None:
    with pytest.raises(UnknownOutcome) as caught:
        pictures.check(data)

    assert caught.value.message == message
    assert caught.value.hint == "it may have been billed: look at your usage before you ask again"


def test_a_picture_cut_short_is_said_with_the_reason() -> None:
    with pytest.raises(UnknownOutcome, match="is not whole: image file is truncated"):
        pictures.check(WHOLE["jpeg"][:-20])


@given(st.binary())
def test_no_bytes_bring_a_foreign_error(data: bytes) -> None:
    with pytest.raises(UnknownOutcome):
        pictures.check(data)
    with pytest.raises(UsageError):
        pictures.reference(data, "x.jpg")


@settings(max_examples=500)
@given(
    st.sampled_from([*WHOLE.values(), encoded(noise("CMYK"), "JPEG", exif=rotated(6))]),
    st.lists(st.tuples(st.integers(0, 1500), st.binary(min_size=1, max_size=4)), min_size=1),
)
def test_no_damage_brings_a_foreign_error(data: bytes, damages: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(data)
    for place, damage in damages:
        damaged[place : place + len(damage)] = damage

    for act in (
        pictures.check,
        lambda data: pictures.convert(data, "webp"),
        lambda data: pictures.reference(data, "x"),
    ):
        with suppress(TogimgError):
            act(bytes(damaged))


@whole
@pytest.mark.parametrize("extension", ["jpg", "JPEG", "png", "webp", "avif"])
def test_a_picture_becomes_the_kind_that_was_asked(kind: str, data: bytes, extension: str) -> None:
    converted = pictures.convert(data, extension)

    wanted = {"jpg": "jpeg"}.get(extension.lower(), extension.lower())
    assert pictures.check(converted) == Checked(wanted, 48, 40)  # type: ignore[arg-type]
    assert (converted == data) == (kind == wanted)


def test_pixels_stay_where_the_kind_can_hold_them() -> None:
    converted = pictures.convert(WHOLE["jpeg"], "png")

    assert decoded(converted).tobytes() == decoded(WHOLE["jpeg"]).tobytes()


def test_jpeg_is_written_with_full_colour() -> None:
    converted = pictures.convert(encoded(halves(), "PNG"), "jpg")

    assert b"\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03\x01\x11\x00" in converted


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_white_shows_through_in_jpeg(mode: str) -> None:
    picture = Image.new("LA", (16, 16), (0, 0)).convert(mode)

    converted = pictures.convert(encoded(picture, "PNG"), "jpg")

    assert decoded(converted).convert("RGB").getpixel((8, 8)) == (255, 255, 255)


def test_transparency_stays_in_webp() -> None:
    picture = Image.new("RGBA", (16, 16), (*RED, 0))

    converted = pictures.convert(encoded(picture, "PNG"), "webp")

    assert decoded(converted).getchannel("A").getextrema() == (0, 0)


def test_the_colour_profile_is_kept() -> None:
    data = encoded(noise(), "PNG", icc_profile=SRGB)

    converted = pictures.convert(data, "jpg")

    assert decoded(converted).info["icc_profile"] == SRGB


def test_a_profile_for_other_channels_is_dropped() -> None:
    profile = SRGB[:16] + b"CMYK" + SRGB[20:]
    data = encoded(noise("CMYK"), "JPEG", icc_profile=profile)

    converted = pictures.convert(data, "png")

    assert (decoded(converted).mode, decoded(converted).info.get("icc_profile")) == ("RGB", None)


def test_a_turned_picture_is_converted_upright() -> None:
    data = encoded(halves(), "JPEG", exif=rotated(6), quality=95)

    converted = decoded(pictures.convert(data, "png"))

    assert converted.size == (32, 64)
    assert like(converted.getpixel((16, 8)), RED)
    assert not converted.getexif()


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (200, 0), (40_000, 155), (65_535, 255)])
def test_sixteen_bits_are_scaled(value: int, grey: int) -> None:
    data = encoded(Image.new("I;16", (16, 16), value), "PNG")

    converted = pictures.convert(data, "jpg")

    assert decoded(converted).getpixel((8, 8)) == grey


def test_an_extension_that_cannot_be_written_is_said() -> None:
    with pytest.raises(UsageError) as caught:
        pictures.convert(WHOLE["png"], "bmp")

    assert caught.value.message == "togimg cannot write .bmp pictures"
    assert caught.value.hint == "use .jpg, .jpeg, .png, .webp, .avif"


def test_a_picture_too_long_for_a_kind_is_said() -> None:
    data = encoded(Image.new("L", (20_000, 1)), "PNG")

    with pytest.raises(LocalError, match="the picture cannot be made a webp: "):
        pictures.convert(data, "webp")


def test_a_broken_picture_is_not_converted() -> None:
    with pytest.raises(UnknownOutcome):
        pictures.convert(WHOLE["jpeg"][:-20], "png")


def test_a_reference_is_described_as_it_is_sent() -> None:
    reference = pictures.reference(encoded(halves(), "PNG"), "fox.png")

    data = base64.b64decode(reference.uri.removeprefix("data:image/jpeg;base64,"), validate=True)
    assert reference == pictures.Reference(
        uri=reference.uri,
        name="fox.png",
        format="jpeg",
        width=64,
        height=32,
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        note=None,
    )
    assert like(decoded(data).getpixel((8, 8)), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_nothing_but_pixels_is_sent(kind: str, mode: str) -> None:
    exif = rotated(1)
    exif[0x010E] = "secret title"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (52.0, 31.0, 12.0)
    picture = noise("RGB" if kind == "JPEG" else mode)
    picture.info = {"comment": b"secret comment", "xmp": b"<secret/>", "Title": "secret"}
    data = encoded(picture, kind, exif=exif, xmp=b"<secret/>", icc_profile=SRGB)
    assert decoded(data).getexif().get_ifd(0x8825)

    reference = pictures.reference(data, "fox.jpg")

    seen = sent(reference)
    assert not {"exif", "xmp", "icc_profile", "comment"} & seen.info.keys()
    assert not seen.getexif()
    content = base64.b64decode(reference.uri.split(",", 1)[1])
    assert not any(
        word in content for word in (b"secret", b"Exif", b"GPS", b"ICC_PROFILE", b"iCCP")
    )


def test_a_photo_held_upright_is_sent_upright() -> None:
    data = encoded(halves(), "JPEG", exif=rotated(6), quality=95)

    reference = pictures.reference(data, "photo.jpg")

    assert (reference.width, reference.height) == (32, 64)
    assert like(sent(reference).getpixel((16, 8)), RED)


def test_a_large_photo_is_shrunk_and_said() -> None:
    data = encoded(noise("RGB", (403, 302)).resize((4032, 3024)), "JPEG", exif=rotated(1))

    reference = pictures.reference(data, "photo.jpg")

    assert sent(reference).size == (reference.width, reference.height) == (2048, 1536)
    assert reference.note == "photo.jpg shrunk from 4032x3024 to 2048x1536"


def test_a_long_strip_keeps_its_shape() -> None:
    reference = pictures.reference(encoded(Image.new("L", (40_000, 2)), "PNG"), "strip.png")

    assert (reference.width, reference.height) == (2048, 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_sends_its_first_frame(kind: str) -> None:
    other = halves().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    data = encoded(halves(), kind, save_all=True, append_images=[other], duration=50)

    reference = pictures.reference(data, "fox.gif")

    assert like(sent(reference).getpixel((8, 8)), RED)
    assert reference.note == "fox.gif has several frames: the first is sent"


def test_two_notes_are_one_sentence_each() -> None:
    data = encoded(
        Image.new("L", (4096, 8)),
        "GIF",
        save_all=True,
        append_images=[Image.new("L", (4096, 8), 9)],
    )

    reference = pictures.reference(data, "x.gif")

    assert reference.note == (
        "x.gif has several frames: the first is sent; x.gif shrunk from 4096x8 to 2048x4"
    )


def test_a_cmyk_jpeg_is_sent_in_its_colours() -> None:
    data = encoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)

    reference = pictures.reference(data, "print.jpg")

    assert (sent(reference).mode, like(sent(reference).getpixel((8, 8)), (255, 0, 0))) == (
        "RGB",
        True,
    )


def test_colours_of_another_profile_are_converted() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 5000)).tobytes()
    swapped = bytearray(SRGB)
    at = {SRGB[place : place + 4]: place for place in range(132, 132 + 12 * SRGB[131], 12)}
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    picture = Image.new("RGBA", (16, 16), (255, 0, 0, 128))

    seen = sent(pictures.reference(encoded(picture, "PNG", icc_profile=bytes(swapped)), "x.png"))
    same = sent(pictures.reference(encoded(picture, "PNG", icc_profile=lab), "x.png"))

    assert like(seen.getpixel((8, 8)), (0, 0, 255, 128))
    assert like(same.getpixel((8, 8)), (255, 0, 0, 128))


def test_a_transparent_palette_is_sent_as_png() -> None:
    picture = Image.new("P", (16, 16), 0)
    picture.putpalette([*RED, *GREEN])

    reference = pictures.reference(encoded(picture, "PNG", transparency=0), "icon.png")

    assert (reference.format, sent(reference).getpixel((8, 8))) == ("png", (*RED, 0))


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    reference = pictures.reference(encoded(noise("RGBA"), "PNG"), "fox.png")

    assert (reference.format, sent(reference).mode) == ("jpeg", "RGB")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGB", "RGBA"])
def test_every_kind_of_png_can_be_sent(mode: str) -> None:
    picture = noise("L").convert(mode) if mode != "I;16" else Image.new(mode, (48, 40), 40_000)

    reference = pictures.reference(encoded(picture, "PNG"), "x.png")

    assert (reference.width, reference.height) == (48, 40)
    assert sent(reference).mode == "RGB"


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"", "x.jpg is empty", "check that it was copied or downloaded whole"),
        (
            b"%PDF-1.7",
            "x.jpg is not a picture that can be read",
            "use a whole JPEG, PNG, WebP, GIF, AVIF or BMP",
        ),
        (
            WHOLE["jpeg"][:-20],
            "x.jpg is not a picture that can be read",
            "use a whole JPEG, PNG, WebP, GIF, AVIF or BMP",
        ),
        (bomb(10_001, 10_000), "x.jpg has more than 100 megapixels", "make it smaller first"),
        (bytes(100_000_001), "x.jpg is larger than 100 MB", "make it smaller first"),
    ],
    ids=["empty", "PDF", "cut", "bomb", "heavy"],
)
def test_what_cannot_be_sent_is_said(data: bytes, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        pictures.reference(data, "x.jpg")

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fox.png"
    path.write_bytes(WHOLE["png"])

    data = pictures.read_reference(str(path))

    assert data == WHOLE["png"]


def test_a_pipe_is_read() -> None:
    reader, writer = os.pipe()
    os.write(writer, WHOLE["gif"])
    os.close(writer)

    data = pictures.read_reference(f"/dev/fd/{reader}")

    os.close(reader)
    assert data == WHOLE["gif"]


def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "heavy").touch()
    os.truncate(tmp_path / "heavy", 100_000_001)
    (tmp_path / "loop").symlink_to("loop")

    messages = [
        refused(name.format(tmp_path))
        for name in ("{}/none", "{}", "{}/empty", "{}/heavy", "{}/loop", "{}/empty/x", "a\0b")
    ]

    again = "name one picture; --image can be given several times"
    other = "--image takes a path, a URL, a data: URI, or - for stdin"
    assert messages == [
        (f"there is no file {tmp_path}/none", other),
        (f"{tmp_path} is a folder, not a picture", again),
        (f"{tmp_path}/empty is empty", "check that it was copied or downloaded whole"),
        (f"{tmp_path}/heavy is larger than 100 MB", "make it smaller first"),
        (f"{tmp_path}/loop cannot be read: too many levels of symbolic links", other),
        (f"{tmp_path}/empty/x cannot be read: not a directory", other),
        ("a\0b cannot be read: embedded null byte", other),
    ]  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_someone_else_is_said(tmp_path: Path) -> None:
    path = tmp_path / "fox.png"
    path.touch(0o000)

    assert refused(str(path)) == (f"you may not read {path}", "check its permissions")


def refused(path: str) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as caught:
        pictures.read_reference(path)
    return caught.value.message, caught.value.hint
