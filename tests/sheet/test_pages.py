"""Where pictures and words stand on the pages: on the page, apart, and large enough to read."""

from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from togimg.letters import Letters
from togimg.sheet.arrange import MOST, arrange
from togimg.sheet.marks import Block, Frame, Rule, Words, beside, moved, stacked
from togimg.sheet.measures import aspect_of, frame_for, measures
from togimg.sheet.paging import HIGHEST, Page, flow, pages
from togimg.sheet.setting import ASCENT, Setter
from togimg.sheet.tile import Tile

STRONG, QUIET = Letters((), bold=True), Letters(())
SQUARE, WIDE, TALL = (1024, 1024), (1344, 768), (768, 1344)
LONG = "a lighthouse at dusk in the style of the old masters, oil on canvas, " * 9

Box = tuple[float, float, float, float]


def laid_out(
    tiles: list[Tile], shape: tuple[int, int] = SQUARE, title: str = "a fox"
) -> tuple[Page, ...]:
    """The pages of a sheet of pictures that all have one shape."""
    shapes = {tile.path: shape for tile in tiles if tile.path}
    known = tuple(shapes.values())
    sections = arrange(tiles, aspect_of(known))
    setter = Setter(measures(sections, known, STRONG), shapes, STRONG, QUIET)
    return pages(setter, sections, title, "a model")


def takes(count: int) -> list[Tile]:
    return [Tile(path=Path(str(n)), caption=(f"seed {n}", "$0.0027")) for n in range(count)]


def grid(*axes: tuple[str, list[str]]) -> list[Tile]:
    names = [name for name, _ in axes]
    places = product(*(values for _, values in axes))
    return [
        Tile(path=Path("-".join(place)), labels=tuple(zip(names, place, strict=True)))
        for place in places
    ]


def boxes(page: Page) -> list[Box]:
    """Left, top, right and bottom of everything on the page."""
    return [box(mark) for mark in page.marks]


def box(mark: Words | Frame | Rule) -> Box:
    match mark:
        case Words(x, y, text, size, kind):
            width = (STRONG if kind == "strong" else QUIET).length(text, size)
            return x, y - ASCENT * size, x + width, y + size * 0.25
        case Frame(x, y, width, height):
            return x, y, x + width, y + height
        case Rule(x, y, width):
            return x, y, x + width, y + 2


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def words(page: Page) -> list[str]:
    return [mark.text for mark in page.marks if isinstance(mark, Words)]


def frames(page: Page) -> list[Frame]:
    return [mark for mark in page.marks if isinstance(mark, Frame)]


SHEETS = {
    "one": takes(1),
    "eight": takes(8),
    "many": takes(250),
    "three by four": grid(("steps", ["4", "8", "16"]), ("guidance", ["2", "3.5", "5", "7"])),
    "thirty by thirty": grid(*((axis, [*map(str, range(30))]) for axis in ("steps", "seed"))),
    "sections": grid(("model", ["dev", "pro"]), ("steps", ["4", "8"]), ("size", ["s", "m", "l"])),
    "prompts": grid(("prompt", [f"{n} {LONG} {n}" for n in range(5)]), ("seed", ["1", "2"])),
    "prompts down": grid(("seed", [*"123456789"]), ("prompt", [f"{LONG} {n}" for n in range(3)])),
    "one prompt each": grid(("prompt", [f"{LONG} {n}" for n in range(14)])),
    "takes": [tile for tile in grid(("steps", ["4", "8"]), ("size", ["s", "m"])) for _ in range(7)],
    "jobs": [
        Tile(
            path=Path(f"{n}"),
            name=f"sku-{n}-{'x' * 40}",
            prompt=f"{LONG} {n}",
            file=f"{'a-fox-' * 9}{n:03}.jpg",
            caption=(f"seed {n}", "$0.0027"),
        )
        for n in range(40)
    ],
    "rows": [tile for tile in grid(("prompt", [LONG, "8"])) for _ in range(30)],
}


@pytest.mark.parametrize("shape", [SQUARE, WIDE, TALL, (64, 64), (4000, 100), (100, 4000)])
@pytest.mark.parametrize("tiles", SHEETS.values(), ids=SHEETS)
def test_everything_is_on_its_page_and_nothing_is_on_top_of_another(
    tiles: list[Tile], shape: tuple[int, int]
) -> None:
    for page in laid_out(tiles, shape, title=LONG):
        assert max(page.width, page.height) <= HIGHEST
        for one in boxes(page):
            assert (one[0] >= 48, one[1] >= 40) == (True, True)
            assert (one[2] <= page.width - 48, one[3] <= page.height) == (True, True)
        assert not [pair for pair in combinations(boxes(page), 2) if overlap(*pair)]


@pytest.mark.parametrize("tiles", SHEETS.values(), ids=SHEETS)
def test_no_letter_is_too_small_to_read(tiles: list[Tile]) -> None:
    sizes = [
        mark.size for page in laid_out(tiles) for mark in page.marks if isinstance(mark, Words)
    ]

    assert min(sizes) >= 16


@pytest.mark.parametrize(
    ("count", "on_pages"), [(1, [1]), (100, [100]), (101, [96, 5]), (250, [96, 96, 58])]
)
def test_pictures_go_on_to_pages_of_at_most_a_hundred(count: int, on_pages: list[int]) -> None:
    found = laid_out(takes(count))

    assert [len(frames(page)) for page in found] == on_pages
    assert max(on_pages) <= MOST


def test_each_of_several_pages_has_the_title_and_its_number() -> None:
    found = laid_out(takes(250))

    assert [(words(page)[:2], words(page)[-1]) for page in found] == [
        (["a fox", "a model"], "page 1 of 3"),
        (["a fox", "a model"], "page 2 of 3"),
        (["a fox", "a model"], "page 3 of 3"),
    ]


def test_the_heads_of_a_grid_are_repeated_on_the_page_where_it_goes_on() -> None:
    found = laid_out(grid(("seed", [*map(str, range(60))]), ("steps", ["4", "8"])))

    assert len(found) > 1
    assert {tuple(words(page)[2:6]) for page in found} == {("steps", "seed", "4", "8")}


def test_a_grid_says_axes_values_seeds_and_costs() -> None:
    tiles = grid(("steps", ["4", "8"]), ("guidance", ["2", "3"]))
    tiles = [replace(tile, caption=(f"seed {n}", "$0.1")) for n, tile in enumerate(tiles)]

    (page,) = laid_out(tiles)

    assert words(page) == [
        *("a fox", "a model", "guidance", "steps", "2", "3"),
        *("4", "seed 0 · $0.1", "seed 1 · $0.1"),
        *("8", "seed 2 · $0.1", "seed 3 · $0.1"),
    ]


@pytest.mark.parametrize(
    ("size", "count", "written"),
    [
        (
            SQUARE,
            12,
            (
                *(
                    "a lighthouse at dusk in the style of the old",
                    "masters, oil on canvas, number 7",
                ),
                "a-lighthouse-at-dusk-in-the-style-of…-007.jpg",
                "seed 7 · $0.0027",
            ),
        ),
        (
            SQUARE,
            100,
            (
                *("a lighthouse at dusk in", "the style of the old … oil", "on canvas, number 7"),
                *("a-lighthouse-at-…-007.jpg", "seed 7 · $0.0027"),
            ),
        ),
        (
            (180, 180),
            100,
            (
                *("a lighthouse", "at dusk in the", "… on canvas,", "number 7"),
                *("a-lighthouse-a", "t-d…-007.jpg", "seed 7", "$0.0027"),
            ),
        ),
    ],
)
def test_a_job_says_its_id_its_prompt_and_its_file_below_its_picture(
    size: tuple[int, int], count: int, written: tuple[str, ...]
) -> None:
    tile = Tile(
        path=Path("7"),
        name="sku-7",
        prompt="a lighthouse at dusk in the style of the old masters, oil on canvas, number 7",
        file="a-lighthouse-at-dusk-in-the-style-of-the-old-masters-oil-007.jpg",
        caption=("seed 7", "$0.0027"),
    )

    page, *_ = laid_out([tile] * count, size)

    assert tuple(words(page)[2 : 3 + len(written)]) == ("sku-7", *written)


@pytest.mark.parametrize(
    ("file", "written"),
    [
        ("fox-001.jpg", ["fox-001.jpg · seed 7"]),
        (f"{'fox-' * 20}041.jpg", [f"{'fox-' * 17}fo…-041.jpg", "seed 7"]),
        (f"dev/{'fox-' * 20}041.jpg", [f"dev/{'fox-' * 16}f…-041.jpg", "seed 7"]),
        (f"041-{'fox-' * 20}.jpg", [f"041-{'fox-' * 17}fo….jpg", "seed 7"]),
        (f"{'fox-' * 20}.jpg", [f"{'fox-' * 18}fo….jpg", "seed 7"]),
        ("f" * 100, [f"{'f' * 91}…", "seed 7"]),
    ],
)
def test_the_name_of_a_file_stands_on_one_line_and_keeps_its_number(
    file: str, written: list[str]
) -> None:
    (page,) = laid_out([Tile(path=Path("7"), file=file, caption=("seed 7",))])

    assert words(page)[2:] == written


@pytest.mark.skipif(not Letters().face("ש"), reason="no font with Hebrew letters here")
def test_the_name_of_a_file_that_runs_from_right_to_left_has_a_line_of_its_own() -> None:
    tile = Tile(path=Path("7"), file="שלום-001.jpg", caption=("seed 7", "$0.0027"))
    sections = arrange([tile], 1.0)
    here = Letters()

    (page,) = pages(Setter(measures(sections, [], here), {}, here, here), sections, "a fox", "")

    assert words(page)[1:] == ["שלום-001.jpg", "seed 7 · $0.0027"]


def test_heads_stand_above_their_columns_and_beside_their_rows() -> None:
    (page,) = laid_out(grid(("steps", ["4", "8"]), ("guidance", ["2", "3"])))

    at = {mark.text: mark for mark in page.marks if isinstance(mark, Words)}
    first, second, third, _ = frames(page)
    assert [at["2"].x, at["3"].x] == [first.x, second.x]
    assert [at["2"].y < first.y, at["4"].x < first.x] == [True, True]
    assert [0 < at[head].y - row.y < 60 for head, row in (("4", first), ("8", third))] == [
        True,
        True,
    ]


def test_a_row_is_as_high_as_its_highest_picture() -> None:
    tiles = takes(4)
    shapes = {
        tile.path: size for tile, size in zip(tiles, (SQUARE, SQUARE, WIDE, WIDE), strict=True)
    }
    known = tuple(shapes.values())
    sections = arrange(tiles, 1.0)
    setter = Setter(
        measures(sections, known, STRONG), {p: s for p, s in shapes.items() if p}, STRONG, QUIET
    )

    (page,) = pages(setter, sections, "a fox", "")

    assert len({frame.height for frame in frames(page)[:2]}) == 1
    assert frames(page)[2].height < frames(page)[0].height


def test_values_that_differ_at_their_ends_are_told_apart() -> None:
    (page,) = laid_out(grid(("prompt", [f"{LONG} {n}" for n in "123"]), ("seed", ["1", "2"])))

    assert {text[-1] for text in words(page) if text[:-1].endswith(" ")} >= {"1", "2", "3"}


@pytest.mark.parametrize(
    ("across", "shapes", "frame"),
    [
        (1, [SQUARE], (560, 560)),
        (4, [SQUARE], (550, 550)),
        (12, [SQUARE], (320, 320)),
        (12, [WIDE], (320, 183)),
        (5, [TALL, TALL, SQUARE], (251, 440)),
        (4, [(256, 256)], (256, 256)),
        (4, [(8, 8)], (180, 180)),
        (4, [(9000, 10)], (550, 183)),
        (4, [], (550, 550)),
    ],
)
def test_frames_have_the_shape_of_most_pictures_and_are_no_larger_than_needed(
    across: int, shapes: list[tuple[int, int]], frame: tuple[int, int]
) -> None:
    assert frame_for(across, shapes) == frame


def test_blocks_are_moved_stacked_and_put_beside_each_other() -> None:
    rule = Block(10, (Rule(0, 1, 5),))

    assert stacked((rule, moved(rule, 3, 0), rule)) == Block(
        30, (Rule(0, 1, 5), Rule(3, 11, 5), Rule(0, 21, 5))
    )
    assert beside((rule, moved(rule, 3, 4))) == Block(14, (Rule(0, 1, 5), Rule(3, 5, 5)))


FRAME = Frame(0, 0, 1, 1, Tile(path=None), 9)


@given(
    st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=9), min_size=1, max_size=5),
    st.integers(50, 90),
    st.integers(1, 9),
)
@settings(max_examples=60)
def test_pages_keep_the_order_and_open_with_what_opens_the_section(
    heights: list[list[int]], room: int, most: int
) -> None:
    opening = Block(5, (Rule(0, 0, 1),))
    bands = [[Block(height, (FRAME,)) for height in section] for section in heights]

    found = list(flow([(opening, section) for section in bands], room, most))

    assert [b for page in found for b in page if b != opening] == [b for s in bands for b in s]
    assert all(page[0] == opening and page[-1] != opening for page in found)
    assert all(sum(block.height for block in page) <= room for page in found)
    assert all(sum(block.pictures for block in page) <= most for page in found)
