import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from running import SMALL, Togimg, names, objects, pixels
from togimg.sandbox import Sandbox

PROMPT = "-a \"fox\" & 'hound' {1} [2] $HOME `id`\n🦊 狐"


@pytest.fixture
def fox(togimg: Togimg, sandbox: Sandbox) -> Path:
    togimg("generate", "a red fox", "-o", "fox.jpg", "--steps", "3", *SMALL)
    return Path("fox.jpg")


def test_a_table_shows_how_a_picture_was_made(togimg: Togimg, fox: Path) -> None:
    ran = togimg("show", "fox.jpg")

    rows = dict(line.split(maxsplit=1) for line in ran.stdout.splitlines() if "  " in line)
    assert {key: rows[key] for key in ("file", "prompt", "model", "seed", "picture", "steps")} == {
        "file": "fox.jpg",
        "prompt": "a red fox",
        "model": "black-forest-labs/FLUX.1-schnell",
        "seed": "7",
        "picture": "64x64",
        "steps": "3",
    }


def test_json_holds_the_whole_recipe(togimg: Togimg, fox: Path) -> None:
    (shown,) = objects(togimg("show", "fox.jpg", "--json"))

    assert (shown["type"], shown["path"], shown["width"], shown["request"]) == (
        "recipe",
        "fox.jpg",
        64,
        {
            "model": "black-forest-labs/FLUX.1-schnell",
            "prompt": "a red fox",
            "width": 64,
            "height": 64,
            "steps": 3,
            "seed": 7,
            "output_format": "jpeg",
            "response_format": "base64",
        },
    )


@pytest.mark.parametrize("extension", ["jpg", "png", "webp"])
def test_the_command_that_it_shows_makes_the_same_pixels_in_a_shell(
    togimg: Togimg, sandbox: Sandbox, extension: str
) -> None:
    togimg("generate", "-o", f"one.{extension}", *SMALL, "--", PROMPT)
    command = togimg("show", f"one.{extension}", "--command").stdout
    script = f'togimg() {{ "{sys.executable}" -m togimg "$1" -o two.{extension} "${{@:2}}"; }}\n'
    subprocess.run(["bash", "-c", script + command], check=True, capture_output=True)

    assert pixels(f"one.{extension}") == pixels(f"two.{extension}")


def test_the_recipe_is_put_in_without_touching_a_pixel(togimg: Togimg, sandbox: Sandbox) -> None:
    for extension in ("jpg", "png"):
        togimg("generate", "fox", "-o", f"with.{extension}", *SMALL)
        togimg("generate", "fox", "-o", f"without.{extension}", "--metadata", "none", *SMALL)

    assert pixels("with.jpg") == pixels("without.jpg")
    assert pixels("with.png") == pixels("without.png")


def test_a_picture_without_a_recipe_is_an_error(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox", "-o", "fox.jpg", "--metadata", "none", *SMALL)

    ran = togimg("show", "fox.jpg")

    assert (ran.code, ran.stderr) == (
        2,
        (
            "error: there is no recipe in fox.jpg\n"
            "hint: only pictures made with --metadata embed keep one\n"
        ),
    )


def test_pictures_of_other_tools_are_read_too(togimg: Togimg) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", "a fox\nNegative prompt: blur\nSteps: 4, Seed: 42, Size: 64x64")
    Image.new("RGB", (64, 64)).save("fox.png", pnginfo=notes)

    (shown,) = objects(togimg("show", "fox.png", "--json"))

    assert {k: shown["request"][k] for k in ("prompt", "negative_prompt", "steps", "seed")} == {
        "prompt": "a fox",
        "negative_prompt": "blur",
        "steps": 4,
        "seed": 42,
    }


def test_an_edit_whose_picture_came_from_stdin_says_so(togimg: Togimg, sandbox: Sandbox) -> None:
    Image.new("RGB", (64, 64), "red").save("photo.png")
    togimg("edit", "older", "--image", "-", "-o", "o.jpg", stdin=Path("photo.png").read_bytes())

    assert "--image -" in togimg("show", "o.jpg", "--command").stdout


def test_several_pictures_are_several_recipes(togimg: Togimg, fox: Path) -> None:
    shutil.copy(fox, "copy.jpg")

    assert [o["path"] for o in objects(togimg("show", "fox.jpg", "copy.jpg", "--json"))] == [
        "fox.jpg",
        "copy.jpg",
    ]
    assert names() == ["copy.jpg", "fox.jpg"]


def test_a_picture_that_cannot_be_read_does_not_stop_the_rest(togimg: Togimg, fox: Path) -> None:
    ran = togimg("show", "missing.jpg", "fox.jpg", "--json")

    assert (ran.code, [o["path"] for o in objects(ran)]) == (2, ["fox.jpg"])
    assert ran.stderr.startswith("error: cannot read missing.jpg: ")


def test_the_recipe_of_an_edit_keeps_no_password(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("edit", "x", "--image", "https://me:secret@example.com/cat.jpg", "-o", "o.jpg")

    assert objects(togimg("show", "o.jpg", "--json"))[0]["images"] == [
        "https://example.com/cat.jpg"
    ]
    assert b"secret" not in Path("o.jpg").read_bytes()
