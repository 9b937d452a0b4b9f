"""Pictures: the same for the same request, different by seed, whole, and labelled."""

from dataclasses import replace
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from togimg.letters import Letters
from togimg.sandbox.painter import Commission, draw, label_lines, paint
from togimg.sandbox.palettes import palette
from togimg.sandbox.scenes import SCENES

PLAIN = Commission("black-forest-labs/FLUX.1-schnell", "a lighthouse at dusk", 7, 128, 128)
LETTERS = Letters()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean distance of two pictures' channels, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def segments(data: bytes) -> list[int]:
    """The markers of a JPEG up to its pixels."""
    at, markers = 2, []
    while (marker := data[at + 1]) != 0xDA:
        markers.append(marker)
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return markers


def test_the_same_commission_gives_the_same_bytes() -> None:
    once = paint(PLAIN)
    paint.cache_clear()

    assert paint(PLAIN) == once


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 8},
        {"prompt": "a lighthouse at dawn"},
        {"model": "black-forest-labs/FLUX.2-dev"},
        {"steps": 21},
        {"guidance": 9.0},
        {"negative_prompt": "rain"},
        {"references": ("https://example.com/a.png",)},
    ],
)
def test_every_part_of_a_commission_shows(changes: dict[str, Any]) -> None:
    assert draw(replace(PLAIN, **changes)).tobytes() != draw(PLAIN).tobytes()


def test_neighbouring_seeds_look_nothing_like_each_other() -> None:
    upper = [draw(replace(PLAIN, seed=seed)).crop((0, 0, 128, 70)) for seed in range(6)]

    assert min(difference(*pair) for pair in combinations(upper, 2)) > 12


@pytest.mark.parametrize("number", range(len(SCENES)))
def test_every_scene_has_many_colours_and_no_bare_canvas(number: int) -> None:
    key = next(seed for seed in range(99) if scene_of(seed) == number)
    picture = draw(replace(PLAIN, seed=key))

    colours = picture.crop((0, 0, 128, 70)).getcolors(maxcolors=1_000_000)
    assert colours is not None
    assert len(colours) > 20
    assert {colour: count for count, colour in colours}.get((0, 0, 0), 0) < 500


def scene_of(seed: int) -> int:
    from togimg.sandbox.painter import fingerprint  # noqa: PLC0415

    return fingerprint(replace(PLAIN, seed=seed)) % len(SCENES)


@pytest.mark.parametrize(
    "size",
    [(64, 64), (256, 256), (1536, 672), (672, 1536), (1024, 768), (2048, 2048), (72, 2048)],
)
def test_the_picture_has_exactly_the_pixels_asked_for(size: tuple[int, int]) -> None:
    picture = opened(paint(replace(PLAIN, width=size[0], height=size[1])))

    assert (picture.size, picture.mode) == (size, "RGB")


@pytest.mark.parametrize("side", [8, 16, 32])
def test_even_a_tiny_picture_is_drawn(side: int) -> None:
    assert opened(paint(replace(PLAIN, width=side, height=side))).size == (side, side)


def test_a_jpeg_has_one_exif_block_and_no_other_application_data() -> None:
    markers = segments(paint(PLAIN))

    assert [marker for marker in markers if 0xE0 <= marker <= 0xEF] == [0xE1]
    assert markers[0] == 0xE1


def test_the_exif_block_has_the_recorded_fields() -> None:
    exif = opened(paint(PLAIN)).getexif()

    assert {tag: exif[tag] for tag in (0x0112, 0x011A, 0x011B, 0x0128)} == {
        0x0112: 1,
        0x011A: 72.0,
        0x011B: 72.0,
        0x0128: 2,
    }
    assert exif.get_ifd(0x8769) == {0x9000: b"0210", 0xA001: 1, 0xA002: 128, 0xA003: 128}


def test_a_jpeg_is_subsampled_as_4_2_0() -> None:
    picture = opened(paint(PLAIN))

    assert [layer[1:3] for layer in picture.layer] == [  # type: ignore[attr-defined]
        (2, 2),
        (1, 1),
        (1, 1),
    ]


@pytest.mark.parametrize(("form", "kind"), [("png", "PNG"), ("webp", "WEBP")])
def test_other_formats_are_whole_too(form: Any, kind: str) -> None:
    assert opened(paint(replace(PLAIN, form=form))).format == kind


def test_a_picture_cut_short_does_not_decode() -> None:
    with pytest.raises(OSError, match="truncated"):
        opened(paint(replace(PLAIN, kept=0.5)))


def test_the_label_says_what_this_is_the_prompt_the_model_and_the_seed() -> None:
    lines = [text for _, text in label_lines(PLAIN, LETTERS, 11, 480)]

    assert lines[0] in (
        "togimg sandbox — not a real picture",
        "togimg sandbox: not a real picture",
    )
    assert lines[1:] == ["a lighthouse at dusk", "black-forest-labs/FLUX.1-schnell · seed 7"]


def test_the_label_of_an_edit_says_how_many_pictures_went_in() -> None:
    edit = replace(PLAIN, references=("https://example.com/a.png", "https://example.com/b.png"))
    lines = label_lines(edit, LETTERS, 11, 480)

    assert lines[-1][1].endswith(" · edit of 2 pictures")


def test_a_long_prompt_takes_three_lines_and_ends_in_an_ellipsis() -> None:
    long = replace(PLAIN, prompt="word " * 5000)
    lines = [text for kind, text in label_lines(long, LETTERS, 11, 240) if kind == "prompt"]

    assert len(lines) == 3
    assert lines[0].endswith("word")
    assert lines[-1].endswith("…")


def test_the_label_changes_only_the_foot_of_the_picture() -> None:
    plain, other = (
        draw(replace(PLAIN, width=512, height=512), letters) for letters in (LETTERS, Letters(()))
    )

    changed = ImageChops.difference(plain, other).getbbox()
    assert changed is None or changed[1] > 400


def test_every_palette_goes_from_dark_to_light() -> None:
    for number in range(16):
        tones = [sum(shade) for shade in palette(number).shades]

        assert tones == sorted(tones), f"palette {number}"
