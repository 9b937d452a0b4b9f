"""What stands beside what on a sheet, from what differs between its pictures."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.sheet.arrange import Cell, Row, Section, arrange, columns_for, fixed
from togimg.sheet.tile import Tile, caption

STEPS = ("4", "8", "16")
GUIDANCE = ("2", "3.5", "5", "7")


def sweep(*, takes: int = 1, **axes: tuple[str, ...]) -> list[Tile]:
    """A tile for every combination of the values, as often as there are takes."""
    places = product(*axes.values())
    return [
        Tile(path=Path(f"{'-'.join(place)}-{take}"), labels=tuple(zip(axes, place, strict=True)))
        for place in places
        for take in range(takes)
    ]


def outline(section: Section) -> list[Any]:
    """The section in short: heading, axes, heads, and the names of the files row by row."""
    rows = [
        (row.head, [[str(tile.path) for tile in cell.tiles] for cell in row.cells])
        for row in section.rows
    ]
    return [section.heading, section.axes, section.heads, section.inner, rows]


def shape(section: Section) -> tuple[int, int]:
    """How many cells across, and how many rows down."""
    return max(len(row.cells) for row in section.rows), len(section.rows)


def test_two_axes_make_a_grid_with_a_place_for_what_is_missing() -> None:
    tiles = [
        t for t in sweep(steps=("4", "8"), guidance=("2", "3", "5")) if t.path != Path("8-3-0")
    ]

    assert [outline(section) for section in arrange(tiles, 1.0)] == [
        [
            "",
            ("steps", "guidance"),
            ("2", "3", "5"),
            1,
            [("4", [["4-2-0"], ["4-3-0"], ["4-5-0"]]), ("8", [["8-2-0"], [], ["8-5-0"]])],
        ]
    ]


@pytest.mark.parametrize(
    ("aspect", "axes"),
    [
        (1.0, ("steps", "guidance")),
        (2 / 3, ("steps", "guidance")),
        (16 / 9, ("guidance", "steps")),
    ],
)
def test_three_by_four_lies_so_that_the_page_is_a_landscape(
    aspect: float, axes: tuple[str, str]
) -> None:
    turned = sweep(guidance=GUIDANCE, steps=STEPS)

    assert [section.axes for section in arrange(turned, aspect)] == [axes]
    assert [section.axes for section in arrange(sweep(steps=STEPS, guidance=GUIDANCE), aspect)] == [
        axes
    ]


def test_the_axes_before_the_last_two_make_sections() -> None:
    tiles = sweep(model=("dev", "pro"), size=("big", "small"), steps=STEPS, guidance=GUIDANCE)

    sections = arrange(tiles, 1.0)

    assert [(section.heading, shape(section)) for section in sections] == [
        ("model dev · size big", (4, 3)),
        ("model dev · size small", (4, 3)),
        ("model pro · size big", (4, 3)),
        ("model pro · size small", (4, 3)),
    ]


def test_one_axis_is_written_under_the_pictures() -> None:
    tiles = sweep(steps=STEPS)

    assert arrange(tiles, 1.0) == (
        Section(
            (
                Row(
                    (
                        Cell((tiles[0],), "steps 4"),
                        Cell((tiles[1],), "steps 8"),
                        Cell((tiles[2],), "steps 16"),
                    )
                ),
            )
        ),
    )


def test_one_axis_with_takes_makes_a_row_of_takes_for_each_value() -> None:
    assert [outline(section) for section in arrange(sweep(takes=2, steps=("4", "8")), 1.0)] == [
        ["", ("steps", ""), (), 1, [("4", [["4-0"], ["4-1"]]), ("8", [["8-0"], ["8-1"]])]]
    ]


def test_a_value_with_more_takes_than_fit_goes_on_in_even_rows_without_a_head() -> None:
    (section,) = arrange(sweep(takes=20, steps=("4", "8")), 1.0)

    assert [(row.head, len(row.cells)) for row in section.rows] == [
        ("4", 10),
        ("", 10),
        ("8", 10),
        ("", 10),
    ]


@pytest.mark.parametrize(("takes", "inner"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (9, 3)])
def test_takes_share_the_cell_of_their_values(takes: int, inner: int) -> None:
    (section,) = arrange(sweep(takes=takes, steps=("4", "8"), guidance=("2", "3")), 1.0)

    assert (section.inner, shape(section)) == (inner, (2, 2))
    assert {len(cell.tiles) for row in section.rows for cell in row.cells} == {takes}


def test_too_many_takes_for_a_cell_get_rows_under_headings() -> None:
    sections = arrange(sweep(takes=10, steps=("4", "8"), guidance=("2", "3")), 1.0)

    assert [(s.heading, s.axes, [(r.head, len(r.cells)) for r in s.rows]) for s in sections] == [
        ("steps 4", ("guidance", ""), [("2", 10), ("3", 10)]),
        ("steps 8", ("guidance", ""), [("2", 10), ("3", 10)]),
    ]


def test_columns_that_do_not_fit_beside_each_other_go_on_below() -> None:
    many = tuple(map(str, range(30)))

    sections = arrange(sweep(steps=many, seed=many), 1.0)

    assert [section.heads for section in sections] == [many[:10], many[10:20], many[20:]]


def test_two_axes_that_go_together_make_no_empty_grid() -> None:
    tiles = [Tile(path=None, labels=(("prompt", f"p{n}"), ("steps", str(n)))) for n in range(40)]

    (section,) = arrange(tiles, 1.0)

    assert section.heads == ()
    assert section.rows[0].cells[1] == Cell((tiles[1],), "prompt p1 · steps 1")


def test_an_axis_with_one_value_is_said_once() -> None:
    tiles = sweep(model=("dev",), steps=STEPS)

    assert fixed(tiles) == ("model dev",)
    assert [cell.name for cell in arrange(tiles, 1.0)[0].rows[0].cells] == [
        "steps 4",
        "steps 8",
        "steps 16",
    ]


def test_pictures_without_axes_follow_each_other() -> None:
    tiles = [Tile(path=Path(str(n))) for n in range(5)]

    assert [outline(section) for section in arrange(tiles, 1.0)] == [
        ["", ("", ""), (), 1, [("", [["0"], ["1"], ["2"]]), ("", [["3"], ["4"]])]]
    ]


@pytest.mark.parametrize(
    ("aspect", "columns"),
    [
        (1.0, [1, 2, 3, 2, 3, 3, 4, 4, 3, 4, 4, 4, 12]),
        (16 / 9, [1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 10]),
        (9 / 16, [1, 2, 3, 4, 5, 3, 4, 4, 5, 5, 6, 6, 12]),
    ],
)
def test_columns_make_a_landscape_page_with_few_gaps(aspect: float, columns: list[int]) -> None:
    assert [columns_for(count, aspect) for count in (*range(1, 13), 100)] == columns


@given(
    st.lists(
        st.tuples(st.sampled_from("123"), st.sampled_from("abcd"), st.sampled_from("xy")),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 3),
)
def test_every_picture_stands_on_the_sheet_once(
    places: list[tuple[str, str, str]], axes: int
) -> None:
    tiles = [
        Tile(path=Path(str(n)), labels=tuple(zip("kmn", place, strict=True))[:axes])
        for n, place in enumerate(places)
    ]

    sections = arrange(tiles, 1.0)

    cells = [cell for section in sections for row in section.rows for cell in row.cells]
    assert sorted(str(t.path) for cell in cells for t in cell.tiles) == sorted(
        str(t.path) for t in tiles
    )
    assert len({section.inner for section in sections}) == 1


@pytest.mark.parametrize(
    ("seed", "cost", "written"),
    [
        (7, 0.0027, ("seed 7", "$0.0027")),
        (0, 0.04, ("seed 0", "$0.04")),
        (None, 1.5, ("$1.50",)),
        (7, None, ("seed 7",)),
        (7, 0.0, ("seed 7", "$0.00")),
        (7, 0.000123, ("seed 7", "$0.000123")),
        (None, None, ()),
    ],
)
def test_the_caption_tells_seed_and_cost(
    seed: int | None, cost: float | None, written: tuple[str, ...]
) -> None:
    assert caption(seed, cost) == written
