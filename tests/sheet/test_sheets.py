"""Contact sheets as files: pictures whole, words readable, the same bytes every time."""

from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from PIL import Image, ImageOps

from togimg.letters import Letters
from togimg.sheet import Tile, sheets
from togimg.sheet.drawing import draw
from togimg.sheet.marks import Frame, Words
from togimg.sheet.paging import Page

BARE = (Letters((), bold=True), Letters(()))
COLOURS = ("red", "green", "blue", "gold", "purple", "teal")


@pytest.fixture
def tiles() -> list[Tile]:
    """Two by three pictures, each of one colour."""
    for colour in COLOURS:
        Image.new("RGB", (300, 200), colour).save(f"{colour}.png")
    places = [(steps, size) for steps in ("4", "8") for size in ("s", "m", "l")]
    return [
        Tile(
            path=Path(f"{colour}.png"),
            labels=(("steps", place[0]), ("size", place[1])),
            caption=("seed 7", "$0.0027"),
        )
        for colour, place in zip(COLOURS, places, strict=True)
    ]


def drawn(
    tiles: list[Tile], title: str = "a fox", form: Literal["png", "jpeg"] = "png"
) -> Image.Image:
    """The only page of a sheet, set in the font that every machine has."""
    (data,) = sheets(tiles, title=title, subtitle="a model", form=form, faces=BARE)
    page = Image.open(BytesIO(data))
    assert page.format == form.upper()
    return page.convert("RGB")


def amount(page: Image.Image, colour: str) -> int:
    """How many pixels have the colour."""
    wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
    return next((n for n, found in page.getcolors(1 << 24) or () if found == wanted), 0)


def test_every_picture_is_on_the_sheet_whole_and_as_large_as_it_is(tiles: list[Tile]) -> None:
    page = drawn(tiles)

    assert [amount(page, colour) for colour in COLOURS] == [300 * 200] * 6


@pytest.mark.parametrize("form", ["png", "jpeg"])
def test_the_same_pictures_make_the_same_bytes(
    tiles: list[Tile], form: Literal["png", "jpeg"]
) -> None:
    one, other = (list(sheets(tiles, title="a fox", form=form)) for _ in range(2))

    assert one == other


def test_no_picture_makes_no_sheet() -> None:
    assert list(sheets([], title="a fox")) == []


def test_pictures_that_are_gone_broken_or_not_made_leave_frames(tiles: list[Tile]) -> None:
    Path("red.png").unlink()
    Path("green.png").write_bytes(Path("green.png").read_bytes()[:60])
    missing = [tile for tile in tiles if tile.path != Path("blue.png")]

    page = drawn(missing)

    assert [amount(page, colour) for colour in COLOURS] == [0, 0, 0, *[300 * 200] * 3]


def test_what_an_empty_frame_says_can_be_chosen(tiles: list[Tile]) -> None:
    def without(word: str) -> Image.Image:
        return drawn([*tiles[:5], Tile(path=None, labels=tiles[5].labels, missing=word)])

    assert without("refused") != without("not made")
    assert without("not made") == drawn([*tiles[:5], Tile(path=None, labels=tiles[5].labels)])


def test_a_sheet_without_any_file_is_drawn_too() -> None:
    assert drawn([Tile(path=None)] * 3).size > (500, 400)


def test_letters_that_no_font_has_are_drawn_as_their_numbers_not_as_boxes() -> None:
    tile = Tile(path=None, caption=("字",))
    spelled = Tile(path=None, caption=("U+5B57",))

    assert drawn([tile], "字 🦊") == drawn([spelled], "U+5B57 (fox face)")


@pytest.mark.parametrize(("kind", "darkest"), [("strong", 22), ("quiet", 96)])
def test_words_are_dark_on_white_where_they_stand(
    kind: Literal["strong", "quiet"], darkest: int
) -> None:
    page = Page(300, 100, (Words(40, 60, "steps 16", 24, kind),))

    picture = draw(page, *BARE).convert("L")

    ink = ImageOps.invert(picture).getbbox()
    assert ink is not None
    assert (40 <= ink[0] < 44, 36 < ink[1] < 48, 60 <= ink[3] < 68) == (True, True, True)
    assert picture.getextrema() == (darkest, 255)


def test_a_picture_stands_on_the_lower_left_corner_of_its_frame(tiles: list[Tile]) -> None:
    picture = draw(Page(500, 500, (Frame(50, 50, 400, 400, tiles[0], 16),)), *BARE)

    inside = [picture.getpixel(place) for place in ((50, 449), (349, 250))]
    outside = [picture.getpixel(place) for place in ((351, 300), (60, 248))]
    assert (inside, outside) == ([(255, 0, 0)] * 2, [(255, 255, 255)] * 2)


def test_what_is_transparent_shows_a_checker(tiles: list[Tile]) -> None:
    Image.new("RGBA", (300, 200), (255, 0, 0, 0)).save("red.png")

    page = drawn(tiles)

    assert amount(page, "red") == 0
    assert 28_000 < amount(page, "#e8e8ea") < 32_000


def test_pictures_of_other_shapes_are_not_cropped(tiles: list[Tile]) -> None:
    Image.new("RGB", (200, 400), "red").save("red.png")
    Image.new("RGB", (600, 100), "green").save("green.png")

    page = drawn(tiles)

    assert [amount(page, colour) for colour in ("red", "green")] == [186 * 373, 560 * 93]


def test_any_script_is_drawn_on_any_machine(tiles: list[Tile]) -> None:
    values = (
        "夕暮れの灯台",
        "منارة (2024)",
        "מגדלור",
        "एक प्रकाशस्तंभ",
        "🦊👩\u200d🚀",
        "e\u0301\ufe0f\x1b[31m",
    )
    labelled = [
        Tile(path=tile.path, labels=(("prompt", value),), caption=(value,))
        for tile, value in zip(tiles, values, strict=True)
    ]

    for faces in (BARE, (Letters(bold=True), Letters())):
        (data,) = sheets(labelled, title=" ".join(values), faces=faces)
        assert Image.open(BytesIO(data)).width > 900
