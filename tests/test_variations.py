from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from running import SMALL, Togimg, bodies, names, objects
from togimg.cli.variations import EDIT_PROMPT, overridden
from togimg.request import ImageRequest
from togimg.sandbox import Sandbox


def test_a_prompt_is_made_eight_times_with_eight_seeds(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("variations", "a red fox", "-n", "8", "-o", "out/", *SMALL)

    assert (ran.code, sorted(body["seed"] for body in bodies(sandbox)), len(names("out"))) == (
        0,
        [7, 8, 9, 10, 11, 12, 13, 14],
        8,
    )


def test_four_are_made_when_no_number_is_said(togimg: Togimg) -> None:
    ran = togimg("variations", "a red fox", "--dry-run", "--json")

    assert [o["type"] for o in objects(ran)] == ["plan"] * 4 + ["note", "summary"]


def test_a_picture_of_togimg_is_made_again_with_new_seeds(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "a red fox", "-m", "flux-2-dev", "--steps", "9", "--size", "512x512",
           "--seed", "7", "-o", "fox.png")  # fmt: skip
    togimg("variations", "fox.png", "-n", "2", "-o", "more/")

    original, *more = bodies(sandbox)
    assert [{**body, "seed": None, "output_format": "png"} for body in more] == [
        {**original, "seed": None}
    ] * 2
    assert len({body["seed"] for body in (original, *more)}) == 3
    assert names("more") == ["a-red-fox-001.png", "a-red-fox-002.png"]


def test_what_is_said_wins_over_the_recipe(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "a red fox", "-o", "fox.png", *SMALL)
    togimg(
        "variations", "fox.png", "-n", "1", "--seed", "99", "--aspect-ratio", "1:1", "--steps", "2"
    )

    body = bodies(sandbox)[1]
    assert (body["prompt"], body["seed"], body["steps"], body["width"]) == (
        "a red fox",
        99,
        2,
        1024,
    )


def test_any_other_picture_is_edited_with_a_note(togimg: Togimg, sandbox: Sandbox) -> None:
    Image.new("RGB", (64, 64), "red").save("photo.png")

    ran = togimg("variations", "photo.png", "-n", "2", "-o", "out/")

    assert (ran.code, names("out")) == (0, ["photo-001.jpg", "photo-002.jpg"])
    assert {(body["prompt"], body["model"]) for body in bodies(sandbox)} == {
        (EDIT_PROMPT, "black-forest-labs/FLUX.1-kontext-pro")
    }
    assert "note: photo.png has no recipe of togimg inside: it is edited instead\n" in ran.stderr


def test_a_prompt_that_is_also_no_file_stays_a_prompt(togimg: Togimg) -> None:
    prompts = ["a red fox.jpg", "fox", "x" * 5000, "日本/狐"]

    planned = [
        objects(togimg("variations", prompt, "-n", "1", "--dry-run", "--json"))[0]["requested"]
        for prompt in prompts
    ]

    assert [body["prompt"] for body in planned] == prompts


KEPT = ImageRequest(prompt="fox", model="m", width=64, height=64, seed=1, response_format="url")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (ImageRequest(), KEPT),
        (ImageRequest(seed=2), replace(KEPT, seed=2)),
        (
            ImageRequest(aspect_ratio="1:1"),
            replace(KEPT, width=None, height=None, aspect_ratio="1:1"),
        ),
        (ImageRequest(width=128), replace(KEPT, width=128, height=None)),
    ],
)
def test_a_shape_that_is_said_replaces_every_shape_that_was_kept(
    said: ImageRequest, expected: ImageRequest
) -> None:
    assert overridden(KEPT, said) == expected


def test_a_folder_of_that_name_is_no_picture(togimg: Togimg) -> None:
    Path("fox").mkdir()

    assert togimg("variations", "fox", "-n", "1", "--dry-run").code == 0
