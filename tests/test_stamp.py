"""Stamps come back, other programs read them, and nothing else in the file changes."""

import json
import shutil
import struct
import subprocess
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from togimg import stamp
from togimg.errors import LocalError, TogimgError, UsageError
from togimg.stamp import Stamp

SETTINGS = "Steps: 4, Sampler: unknown, Seed: 42, Size: 48x40, Version: togimg 0.1.0"
SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP = b"http://ns.adobe.com/xap/1.0/\0"

PROMPTS = {
    "plain": "a fox",
    "wide": "狐の絵🦊" * 40,
    "dash": "--help",
    "markup": "<b>&amp; \"x\" 'y' ]]> [red] {seed} ${HOME}</rdf:Description>",
    "lines": "two\nlines\r\nand\ra half",
    "control": "NUL \0, escape \x1b[31m, delete \x7f, noncharacter \uffff",
    "surrogate": "half a pair \udc80",
    "long": "x" * 100_000,
    "long and wide": "狐🦊" * 50_000,
    "long and escaped": "\0<" * 50_000,
}


def noise(mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((48, 40), 90).convert(mode)


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """The tags that Together's JPEGs have."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x011A] = block[0x011B] = 72.0
    block[0x0128] = 2
    details = block.get_ifd(0x8769)
    details[0x9000] = b"0210"
    details[0xA001] = 65535
    details[0xA002], details[0xA003] = 48, 40
    return block


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = (kind + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for kind, c in chunks)
    content = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def like_together(orientation: int = 1) -> bytes:
    """A JPEG laid out like Together's: one EXIF segment, and no JFIF."""
    data = encoded(noise(), "JPEG", subsampling=2)
    (length,) = struct.unpack(">H", data[4:6])
    return data[:2] + segment(0xE1, exif(orientation).tobytes()) + data[4 + length :]


def bare_png() -> bytes:
    return encoded(noise(), "PNG")


def lossy_webp() -> bytes:
    return encoded(noise(), "WEBP")


def transparent_webp() -> bytes:
    return encoded(noise("RGBA"), "WEBP", lossless=True)


PICTURES = {
    "Together's JPEG": like_together(),
    "JFIF": encoded(noise(), "JPEG"),
    "progressive JPEG": encoded(noise("L"), "JPEG", progressive=True, exif=exif(6), dpi=(72, 72)),
    "PNG": bare_png(),
    "palette PNG": encoded(noise("P"), "PNG", transparency=3, exif=exif()),
    "lossy WebP": lossy_webp(),
    "transparent WebP": transparent_webp(),
    "extended WebP": encoded(noise("RGBA"), "WEBP", exif=exif(), icc_profile=b"x" * 131),
}
pictures = pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES.keys())
prompts = pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")


def texts(prompt: str) -> tuple[str, str]:
    recipe = json.dumps({"togimg": 1, "request": {"prompt": prompt}}, ensure_ascii=False)
    return recipe, f"{prompt}\n{SETTINGS}"


def stamped(data: bytes, prompt: str = "a fox", *, edited: bool = False) -> bytes:
    return stamp.write(data, *texts(prompt), edited=edited)


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(BytesIO(data)) as picture:
        return picture.mode, picture.size, picture.tobytes()


@pictures
@prompts
def test_the_recipe_comes_back_whole_and_the_pixels_stay(data: bytes, prompt: str) -> None:
    result = stamped(data, prompt)

    assert json.loads(stamp.read(result).recipe or "") == json.loads(texts(prompt)[0])
    assert pixels(result) == pixels(data)


@pictures
@pytest.mark.parametrize("prompt", ["a fox", PROMPTS["wide"], PROMPTS["markup"], "two\nlines"])
def test_the_parameters_come_back(data: bytes, prompt: str) -> None:
    result = stamped(data, prompt)

    assert stamp.read(result) == Stamp(*texts(prompt))


@pictures
@prompts
def test_parameters_keep_their_last_line_where_room_is_short(data: bytes, prompt: str) -> None:
    result = stamped(data, prompt)

    first, last = (stamp.read(result).parameters or "").rsplit("\n", 1)
    assert (first[:5], last) == (prompt.replace("\0", "\ufffd")[:5], SETTINGS)


@pictures
def test_all_else_in_the_file_stays_byte_for_byte(data: bytes) -> None:
    before, after = parts(data), parts(stamped(data))

    assert [part for part in after if part in before] == [part for part in before if kept(part)]


@pictures
@pytest.mark.parametrize("first", ["a dog", PROMPTS["long and wide"]])
def test_a_second_stamp_takes_the_place_of_the_first(data: bytes, first: str) -> None:
    once = stamped(data, "a fox")

    twice = stamped(stamped(data, first, edited=True), "a fox")

    assert twice == once


def test_the_exif_block_stays_one_and_its_tags_stay() -> None:
    data = like_together(orientation=6)

    result = stamped(data)

    assert (data.count(b"Exif\0\0"), result.count(b"Exif\0\0")) == (1, 1)
    before, after = Image.open(BytesIO(data)).getexif(), Image.open(BytesIO(result)).getexif()
    details = dict(after.get_ifd(0x8769))
    assert details.pop(0x9286) == b"UNICODE\0" + texts("a fox")[1].encode("utf-16-be")
    assert details == before.get_ifd(0x8769)
    outer = {tag: value for tag, value in after.items() if tag not in {0x0131, 0x8769}}
    assert outer == {tag: value for tag, value in before.items() if tag != 0x8769}
    assert after[0x0131].startswith("togimg ")


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_kept(order: str) -> None:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    block = mark + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    data = encoded(noise(), "JPEG", exif=b"Exif\0\0" + block)

    result = stamped(data)

    with Image.open(BytesIO(result)) as picture:
        assert picture.info["exif"][6:10] == mark
        assert picture.getexif()[0x0112] == 6
    assert stamp.read(result) == Stamp(*texts("a fox"))


@pytest.mark.parametrize(
    "block", [b"", b"II*\0", b"MM\0*\0\0\0\xff", b"II*\0\x08\0\0\0\xff\xff", b"?" * 90]
)
def test_a_broken_exif_block_is_left_alone(block: bytes) -> None:
    data = encoded(noise(), "JPEG")
    data = data[:2] + segment(0xE1, b"Exif\0\0" + block) + data[2:]

    result = stamped(data)

    assert stamp.read(result).recipe == texts("a fox")[0]
    assert segment(0xE1, b"Exif\0\0" + block) in result or not block


def test_a_full_exif_block_is_left_alone() -> None:
    block = exif().tobytes().ljust(65_500, b"\1")
    data = encoded(noise(), "JPEG", exif=block)

    result = stamped(data)

    assert segment(0xE1, block) in result
    assert stamp.read(result) == Stamp(texts("a fox")[0], None)


@pictures
@pytest.mark.parametrize("prompt", ["a fox", PROMPTS["long and wide"]])
def test_what_other_programs_say_in_xmp_stays(data: bytes, prompt: str) -> None:
    theirs = '<rdf:Description rdf:about="" xmlns:a="urn:a" a:mood="calm"/>'
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
        f'"http://www.w3.org/1999/02/22-rdf-syntax-ns#">{theirs}</rdf:RDF></x:xmpmeta>'
    ).encode()
    data = with_xmp(data, packet)

    result = stamped(stamped(data), prompt)

    assert result.count(theirs.encode()) == 1
    assert result.count(b"trainedAlgorithmicMedia") == 1
    assert stamp.read(result).recipe == texts(prompt)[0]


def test_a_property_is_not_said_twice() -> None:
    packet = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:Iptc4xmpExt="x" Iptc4xmpExt:DigitalSourceType="theirs"/></rdf:RDF>'
    )

    result = stamped(with_xmp(like_together(), packet))

    assert (result.count(b"DigitalSourceType"), result.count(b"theirs")) == (1, 1)


def test_metadata_that_leave_no_room_are_an_error() -> None:
    packet = b"<rdf:RDF>" + b" " * 65_400 + b"</rdf:RDF>"

    with pytest.raises(LocalError, match="leave no room for its recipe"):
        stamped(with_xmp(like_together(), packet))


SIGNED = {
    "JPEG": like_together()[:2]
    + segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x2djumb\0\0\0\x1ejumdc2pa")
    + like_together()[2:],
    "PNG": bare_png()[:33] + chunk(b"caBX", b"jumb") + bare_png()[33:],
    "WebP": riff((b"VP8L", transparent_webp()[20:]), (b"C2PA", b"jumb")),
}
UNFIT = {
    **SIGNED,
    "nothing": b"",
    "GIF": encoded(noise("P"), "GIF"),
    "HTML": b"<!DOCTYPE html>",
    "JPEG without pixels": like_together()[:100],
    "PNG without pixels": bare_png()[:33],
    "WebP cut short": lossy_webp()[:-9],
    "WebP without a size": riff((b"VP8 ", b"nothing")),
}


@pytest.mark.parametrize("data", UNFIT.values(), ids=UNFIT.keys())
def test_signed_and_strange_files_are_never_touched(data: bytes) -> None:
    with pytest.raises(LocalError, match="signed, or of a kind that keeps no recipe"):
        stamped(data)


@pictures
def test_other_files_can_be_stamped(data: bytes) -> None:
    assert stamp.read(stamped(data)) == stamp.read(stamped(stamped(data))) == Stamp(*texts("a fox"))


@pytest.mark.parametrize("prompt", ["a fox", "狐"])
@pytest.mark.parametrize("compressed", [False, True])
def test_parameters_of_other_programs_are_read_from_png(prompt: str, compressed: bool) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", texts(prompt)[1], zip=compressed)

    data = encoded(noise(), "PNG", pnginfo=text)

    assert stamp.read(data) == Stamp(None, texts(prompt)[1])


@pytest.mark.parametrize("code", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_parameters_of_other_programs_are_read_from_exif(kind: str, code: str) -> None:
    block = exif()
    block.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + texts("狐")[1].encode(code)

    data = encoded(noise(), kind, exif=block)

    assert stamp.read(data) == Stamp(None, texts("狐")[1])


@pytest.mark.parametrize("code", [b"ASCII\0\0\0", bytes(8)])
def test_a_plain_comment_is_read(code: bytes) -> None:
    block = exif()
    block.get_ifd(0x8769)[0x9286] = code + b"a fox\0\0"

    data = encoded(noise(), "JPEG", exif=block)

    assert stamp.read(data) == Stamp(None, "a fox")


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
def test_a_bomb_in_a_text_is_refused(kind: bytes) -> None:
    bomb = zlib.compress(b"x" * 50_000_000, 9)
    head = b"parameters\0" + {b"zTXt": b"\0", b"iTXt": b"\1\0\0\0"}[kind]

    data = bare_png()[:33] + chunk(kind, head + bomb) + bare_png()[33:]

    with pytest.raises(UsageError, match="a text in this picture is too large to be read"):
        stamp.read(data)


@pictures
def test_what_is_left_of_a_picture_is_read(data: bytes) -> None:
    whole = stamped(data)
    expected = {
        Stamp(),
        stamp.read(whole),
        Stamp(texts("a fox")[0]),
        Stamp(None, texts("a fox")[1]),
    }

    assert {stamp.read(whole[:end]) for end in range(len(whole))} <= expected


@given(st.binary())
def test_no_bytes_bring_a_foreign_error(data: bytes) -> None:
    for head in (b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"RIFF????WEBP"):
        assert stamp.read(head + data) == Stamp()
        with pytest.raises(LocalError):
            stamped(head + data)


@settings(max_examples=500)
@given(
    st.sampled_from([stamped(data) for data in PICTURES.values()]),
    st.lists(st.tuples(st.integers(0, 1500), st.binary(min_size=1, max_size=4)), min_size=1),
)
def test_no_damage_brings_a_foreign_error(data: bytes, damages: list[tuple[int, bytes]]) -> None:
    damaged = bytearray(data)
    for place, damage in damages:
        damaged[place : place + len(damage)] = damage

    try:
        stamp.read(bytes(damaged))
        stamped(bytes(damaged))
    except TogimgError:
        pass


@settings(max_examples=300)
@given(st.sampled_from(list(PICTURES.values())), st.text(), st.text(), st.booleans())
def test_any_text_can_be_stamped(data: bytes, prompt: str, parameters: str, edited: bool) -> None:
    recipe = json.dumps({"prompt": prompt}, ensure_ascii=False)

    result = stamp.write(data, recipe, parameters, edited=edited)

    assert json.loads(stamp.read(result).recipe or "") == {"prompt": prompt}
    assert pixels(result) == pixels(data)


@exiftool
@prompts
def test_exiftool_reads_the_stamps(prompt: str, tmp_path: Path) -> None:
    read = judged([stamped(data, prompt) for data in judgeable(prompt)], tmp_path)

    for tags in read:
        found = tags.get("XMP-togimg:Recipe") or tags.get("PNG:Togimg")
        assert json.loads(str(found)) == json.loads(texts(prompt)[0])
        assert tags["XMP-iptcExt:DigitalSourceType"] == SOURCES + "trainedAlgorithmicMedia"
        assert str(tags["XMP-dc:Description"]).endswith(SETTINGS)
        assert str(tags.get("ExifIFD:UserComment") or tags["PNG:Parameters"]).endswith(SETTINGS)


@exiftool
@pytest.mark.parametrize("prompt", ["a fox", PROMPTS["long"]], ids=["short", "long"])
def test_exiftool_finds_nothing_wrong(prompt: str, tmp_path: Path) -> None:
    before = judged(judgeable(prompt), tmp_path)

    after = judged([stamped(data, prompt, edited=True) for data in judgeable(prompt)], tmp_path)

    for old, new in zip(before, after, strict=True):
        assert warnings(new) <= warnings(old)
        kind = new["XMP-iptcExt:DigitalSourceType"]
        assert kind == SOURCES + "compositeWithTrainedAlgorithmicMedia"


@exiftool
@pictures
def test_a_stamp_survives_that_exiftool_writes_other_tags(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(stamped(data))

    run("exiftool", "-overwrite_original", "-XMP-dc:Title=t", "-EXIF:Artist=a", str(path))

    assert stamp.read(path.read_bytes()) == Stamp(*texts("a fox"))
    assert stamp.read(stamped(path.read_bytes(), "a dog")) == Stamp(*texts("a dog"))


def parts(data: bytes) -> list[bytes]:
    """The segments or chunks of a picture, and what comes behind them."""
    found, place = [], {b"\xff\xd8": 2, b"\x89P": 8, b"RI": 12}[data[:2]]
    while place < len(data) and data[place : place + 2] != b"\xff\xda":
        match data[:2]:
            case b"\xff\xd8":
                size = 2 + int.from_bytes(data[place + 2 : place + 4])
            case b"\x89P":
                size = 12 + int.from_bytes(data[place : place + 4])
            case _:
                size = 8 + int.from_bytes(data[place + 4 : place + 8], "little")
                size += size % 2
        found.append(data[place : place + size])
        place += size
    return [*found, data[place:]]


def kept(part: bytes) -> bool:
    return not part.startswith((b"VP8X", b"EXIF")) and part[4:10] != b"Exif\0\0"


def with_xmp(data: bytes, packet: bytes) -> bytes:
    match data[:2]:
        case b"\xff\xd8":
            return data[:2] + segment(0xE1, XMP + packet) + data[2:]
        case b"\x89P":
            return data[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet) + data[33:]
    return riff(
        *(
            (part[:4], part[8 : 8 + int.from_bytes(part[4:8], "little")])
            for part in parts(data)[:-1]
        ),
        (b"XMP ", packet),
    )


def judged(pictures: list[bytes], folder: Path) -> list[dict[str, Any]]:
    paths = [folder / str(number) for number in range(len(pictures))]
    for path, data in zip(paths, pictures, strict=True):
        path.write_bytes(data)
    options = ("-j", "-b", "-G1", "-a", "-all", "-validate", "-warning")
    tags: list[dict[str, Any]] = json.loads(run("exiftool", *options, *map(str, paths)))
    return tags


def judgeable(prompt: str) -> list[bytes]:
    """All pictures, or the one with the least room when exiftool takes seconds for each."""
    return list(PICTURES.values())[: 1 if len(prompt) > 10_000 else None]


def warnings(tags: dict[str, Any]) -> set[str]:
    """What exiftool says is wrong, but for tags that the standard wants and files never had."""
    said = {str(value) for tag, value in tags.items() if tag.endswith(("Warning", "Error"))}
    return {text for text in said if not text.startswith("Missing required")}


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()
