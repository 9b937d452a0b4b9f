"""What a contact sheet says of a run: its title, and the words below each picture."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from togimg.cli.sheeting import heads, tiles
from togimg.errors import RefusedError
from togimg.events import Failed, Saved
from togimg.sheet import Tile

DAY = datetime(2026, 3, 7, tzinfo=UTC)
ROW = {"prompt": "owl", "id": "sku-2"}


def saved(**changes: Any) -> Saved:
    usual: dict[str, Any] = {
        "index": 1, "path": "out/fox-001.jpg", "prompt": "fox", "model": "bfl/dev", "seed": 7,
        "width": 64, "height": 64, "format": "jpeg", "bytes": 9, "sha256": "ab", "cost": 0.25,
        "duration": 1.0, "request_id": None, "requested": {},
    }  # fmt: skip
    return Saved(**(usual | changes))


def failed(**changes: Any) -> Failed:
    usual: dict[str, Any] = {"index": 2, "prompt": "fox", "outcome": "not_sent"}
    return Failed(**(usual | changes), error=RefusedError("no"))


@pytest.mark.parametrize(
    ("seen", "title", "written"),
    [
        ([saved()], None, ("fox", "dev · 2026-03-07 · about $0.25")),
        ([saved()] * 2, None, ("fox", "2 pictures · dev · 2026-03-07 · about $0.50")),
        ([saved()] * 2, "a {vary}", ("fox", "2 pictures · dev · 2026-03-07 · about $0.50")),
        ([saved(), failed()], None, ("fox", "1 of 2 pictures · dev · 2026-03-07 · about $0.25")),
        (
            [saved(), saved(prompt="owl")],
            "a {vary}",
            ("a {vary}", "2 pictures · dev · 2026-03-07 · about $0.50"),
        ),
        (
            [saved(), saved(prompt="owl"), failed()],
            None,
            ("2 of 3 pictures", "dev · 2026-03-07 · about $0.50"),
        ),
        (
            [saved(), saved(prompt="owl", model="bfl/pro")],
            None,
            ("2 pictures", "2026-03-07 · about $0.50"),
        ),
        ([saved(prompt=None)], "jobs.csv", ("jobs.csv", "dev · 2026-03-07 · about $0.25")),
        ([saved(prompt=None)], None, ("1 picture", "dev · 2026-03-07 · about $0.25")),
    ],
)
def test_the_title_is_what_was_said_and_the_line_below_it_how_much_was_made(
    seen: list[Saved | Failed], title: str | None, written: tuple[str, str]
) -> None:
    assert heads(seen, title, DAY) == written


def test_a_picture_of_a_sweep_is_called_by_its_file_and_what_its_labels_do_not_say() -> None:
    labels = {"steps": "4", "seed": "7"}

    assert tiles([saved(axes=labels), saved(axes={"steps": "8"}), failed(axes=labels)]) == [
        Tile(
            path=Path("out/fox-001.jpg"),
            labels=(("steps", "4"), ("seed", "7")),
            file="fox-001.jpg",
            caption=("$0.25",),
        ),
        Tile(
            path=Path("out/fox-001.jpg"),
            labels=(("steps", "8"),),
            file="fox-001.jpg",
            caption=("seed 7", "$0.25"),
        ),
        Tile(path=None, labels=(("steps", "4"), ("seed", "7")), missing="not sent"),
    ]


def test_a_job_of_a_file_is_called_by_its_id_or_line_and_its_prompt() -> None:
    seen: list[Saved | Failed] = [saved(id="3"), saved(**ROW), failed(**ROW), failed(id="5")]

    assert [(tile.name, tile.prompt, tile.caption) for tile in tiles(seen)] == [
        ("", "fox", ("row 3", "seed 7", "$0.25")),
        ("sku-2", "owl", ("seed 7", "$0.25")),
        ("sku-2", "owl", ()),
        ("", "fox", ("row 5",)),
    ]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ([("fox", {}), ("fox", {})], ["", ""]),
        ([("a fox", {"prompt": "fox"}), ("an owl", {"prompt": "owl"})], ["", ""]),
        ([("fox", {"steps": "4"}), ("owl", {"steps": "4"})], ["fox", "owl"]),
        (
            [("a red fox", {"prompt": "fox"}), ("a grey fox", {"prompt": "fox"})],
            ["a red fox", "a grey fox"],
        ),
    ],
)
def test_a_prompt_is_written_where_neither_title_nor_label_says_it(
    said: list[tuple[str, dict[str, str]]], written: list[str]
) -> None:
    seen = [saved(prompt=prompt, axes=axes) for prompt, axes in said]

    assert [tile.prompt for tile in tiles(seen)] == written


def test_files_in_several_folders_are_told_apart() -> None:
    seen = [saved(path=f"out/{name}") for name in ("dev/1.jpg", "pro/1.jpg")]

    assert [tile.file for tile in tiles(seen)] == ["dev/1.jpg", "pro/1.jpg"]
