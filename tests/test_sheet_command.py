"""--sheet: a contact sheet of what a run made, and none where none is wanted."""

from pathlib import Path

import pytest
from PIL import Image

from running import Togimg, names, objects, pixels, use
from togimg.sandbox import Answer, Received, Sandbox

FOX = ("fox", "-m", "flux-schnell", "--size", "64x64", "-o", "out/")
SWEEP = ("--vary", "steps=1,2", "--vary", "seed=1..3")


def test_a_sweep_of_variations_has_a_sheet_beside_its_pictures(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("variations", *FOX, *SWEEP)

    assert (ran.code, len(ran.stdout.splitlines())) == (0, 6)
    assert "contact sheet: out/fox-sheet.jpg\n" in ran.stderr
    assert names("out") == [*(f"fox-00{n}.jpg" for n in range(1, 7)), "fox-sheet.jpg"]
    kind, (width, height), _ = pixels("out/fox-sheet.jpg")
    assert (kind, width > 6 * 64, height > 64) == ("JPEG", True, True)


@pytest.mark.parametrize(
    "argv", [("variations", *FOX), ("variations", *FOX, *SWEEP, "--sheet", "none")]
)
def test_without_axes_or_when_none_is_wanted_there_is_no_sheet(
    togimg: Togimg, sandbox: Sandbox, argv: tuple[str, ...]
) -> None:
    ran = togimg(*argv)

    assert (ran.code, [name for name in names("out") if "sheet" in name]) == (0, [])


@pytest.mark.parametrize("name", ["sheet.png", "deep/sheet.JPG"])
def test_any_command_that_makes_pictures_draws_one_when_asked(
    togimg: Togimg, sandbox: Sandbox, name: str
) -> None:
    Path("jobs.txt").write_text("fox\nowl\n")

    ran = togimg("batch", "jobs.txt", *FOX[1:], "--sheet", name, "--json")

    *_, drawn, summary = objects(ran)
    assert (drawn, summary["made"]) == ({"type": "sheet", "path": name, "page": 1}, 2)
    assert pixels(name)[0] == ("PNG" if name.endswith("png") else "JPEG")


def test_an_old_sheet_is_not_replaced(togimg: Togimg, sandbox: Sandbox) -> None:
    for _ in range(2):
        togimg("generate", *FOX, "--sheet", "sheet.png")

    assert names() == ["out/fox-001.jpg", "out/fox-002.jpg", "sheet-001.png", "sheet.png"]


def test_more_pictures_go_on_to_the_next_page(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", *FOX, "-n", "101", "-j", "16", "--sheet", "sheet.jpg", "--json")

    pages = [(one["path"], one["page"]) for one in objects(ran) if one["type"] == "sheet"]
    assert pages == [("sheet.jpg", 1), ("sheet-2.jpg", 2)]


def test_what_was_not_made_leaves_a_frame(togimg: Togimg, sandbox: Sandbox) -> None:
    some = togimg(
        "generate", "fox {vary}", *FOX[1:], "--vary", "prompt=[refuse],in snow", "--sheet", "s.png"
    )
    with Image.open("s.png") as sheet:
        both = sheet.size
    togimg("generate", "fox in snow", *FOX[1:], "--sheet", "one.png")
    with Image.open("one.png") as sheet:
        one = sheet.size

    assert (some.code, sum(both) > sum(one)) == (7, True)


def test_a_run_that_made_nothing_draws_nothing(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", "fox [refuse]", *FOX[1:], "--sheet", "sheet.png")

    assert (ran.code, names()) == (4, [])


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        ("file/sheet.png", "not a directory"),
        ("file/deep/sheet.png", "not a directory"),
        (f"new/{'x' * 300}.png", "file name too long"),
    ],
)
@pytest.mark.parametrize("argv", [("generate", "fox"), ("batch", "jobs.txt")])
def test_a_place_where_no_sheet_can_be_is_refused_before_anything_is_sent(
    togimg: Togimg, sandbox: Sandbox, argv: tuple[str, ...], sheet: str, reason: str
) -> None:
    Path("file").touch()
    Path("jobs.txt").write_text("fox\n")

    ran = togimg(*argv, *FOX[1:], "--sheet", sheet)

    assert (ran.code, ran.stdout, sandbox.requests) == (8, "", ())
    assert ran.stderr.endswith(
        f"error: cannot write {sheet}: {reason}\nhint: name another place with --sheet\n"
    )
    assert names() == ["file", "jobs.txt"]


class Spoiler(Sandbox):
    """A service in whose time the place of the sheet becomes a file."""

    def answer(self, received: Received) -> Answer:
        Path("deep").touch()
        return super().answer(received)


def test_a_sheet_that_can_no_longer_be_written_costs_no_picture(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Spoiler() as served:
        use(served, monkeypatch)
        ran = togimg("generate", *FOX, "--sheet", "deep/sheet.png")

    assert (ran.code, ran.stdout) == (0, "out/fox-001.jpg\n")
    assert "note: no contact sheet in deep/sheet.png: " in ran.stderr


@pytest.mark.parametrize(
    ("prompt", "file"),
    [
        (("a fox, {vary}",), "a-fox-sheet.jpg"),
        (("{vary}, two foxes",), "two-foxes-sheet.jpg"),
        (("{vary}",), "variations-sheet.jpg"),
        ((), "variations-sheet.jpg"),
    ],
)
def test_the_sheet_of_a_prompt_sweep_is_named_after_what_was_said_without_the_values(
    togimg: Togimg, sandbox: Sandbox, prompt: tuple[str, ...], file: str
) -> None:
    togimg("variations", *prompt, *FOX[1:], "--vary", "prompt=in oil,in ink")

    assert [name for name in names("out") if "sheet" in name] == [file]


@pytest.mark.parametrize("name", ["sheet.gif", "sheet", ""])
def test_a_name_that_is_none_of_a_sheet_is_refused(
    togimg: Togimg, sandbox: Sandbox, name: str
) -> None:
    ran = togimg("generate", *FOX, "--sheet", name)

    assert (ran.code, sandbox.requests) == (2, ())
    assert f"error: --sheet {name} is no name of a sheet" in ran.stderr


def test_a_dry_run_draws_nothing(togimg: Togimg) -> None:
    ran = togimg("variations", *FOX, *SWEEP, "--dry-run")

    assert (ran.code, names()) == (0, [])


def test_pictures_on_stdout_have_no_sheet(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", "fox", "--sheet", "sheet.png", "-o", "-")

    assert (ran.code, sandbox.requests, names()) == (2, (), [])
