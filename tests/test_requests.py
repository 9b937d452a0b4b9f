"""What is sent: every body against the parameters that the API documents, types and all."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from PIL import Image

from running import SMALL, Togimg, objects
from togimg.sandbox import Sandbox

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
SIDE = {"type": "integer", "minimum": 1}
NUMBER = {"type": "number"}
YES_NO = {"type": "boolean"}

DOCUMENTED: dict[str, Any] = {
    "prompt": TEXT,
    "model": TEXT,
    "steps": {"type": "integer", "minimum": 1},
    "image_url": TEXT,
    "seed": WHOLE,
    "n": {"type": "integer", "minimum": 1, "maximum": 4},
    "height": SIDE,
    "width": SIDE,
    "negative_prompt": TEXT,
    "response_format": {"enum": ["base64", "url"]},
    "guidance_scale": NUMBER,
    "output_format": {"enum": ["jpeg", "png"]},
    "image_loras": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"path": TEXT, "scale": NUMBER},
            "required": ["path", "scale"],
            "additionalProperties": False,
        },
    },
    "reference_images": {"type": "array", "items": TEXT, "minItems": 1},
    "disable_safety_checker": YES_NO,
    # Never in the official schema; in its documentation's pages.
    "aspect_ratio": {"type": "string", "pattern": r"^[1-9]\d*:[1-9]\d*$"},
    "prompt_upsampling": YES_NO,
    "frame_images": {"type": "array"},
}
"""The parameters of POST /images/generations: the official OpenAPI of 2026-04, and the docs."""

SCHEMA = {
    "type": "object",
    "properties": DOCUMENTED,
    "required": ["prompt", "model"],
    "additionalProperties": False,
}
VIDEO = SCHEMA | {"required": ["frame_images", "model"]}

URL = "https://example.com/cat.jpg"
SEED = ("--seed", "7")
SENT = {
    "plain": ("generate", "fox", *SEED),
    "many": ("generate", "fox", "-n", "3", *SMALL),
    "size": ("generate", "fox", "--size", "512x768", "-o", "fox.png", *SEED),
    "shape": ("generate", "fox", "--size", "portrait", "-m", "flux-2-pro", *SEED),
    "ratio": ("generate", "fox", "--aspect-ratio", "16:9", "-m", "kontext-max", *SEED),
    "closed sizes": ("generate", "fox", "--size", "square", "-m", "nano-banana", *SEED),
    "no seed": ("generate", "fox", "-m", "nano-banana-pro"),
    "tuned": (
        *("generate", "fox", "-m", "flux-2-flex", "--steps", "9", "--guidance-scale", "4"),
        *("--disable-safety-checker", "--response-format", "url", *SEED),
    ),
    "negative": ("generate", "fox", "--negative-prompt", "blur", "--output-format", "png", *SMALL),
    "rewritten": ("generate", "fox", "-m", "flux-2-pro", "--no-prompt-upsampling", *SEED),
    "param": ("generate", "fox", "--param", "n=2", "--param", 'prompt="hound"', *SMALL),
    "hostile": ("generate", *SMALL, "--", "-狐 \"'\\\n\t\x00 \udcff {} [] $HOME"),
    "edit": ("edit", "older", "--image", "photo.png", *SEED),
    "edit by address": ("edit", "older", "--image-url", URL, *SEED),
    "edit of several": (
        *("edit", "both", "--image", "photo.png", "--image", URL, "--size", "512x512", *SEED),
    ),
    "variations": ("variations", "a red fox", "-n", "2", *SMALL),
    "variations of a photo": ("variations", "photo.png", "-n", "2", *SEED),
    "lenient": (
        *("generate", "fox", "-m", "flux-2-pro", "--steps", "8", "--size", "1023x700"),
        *("--guidance-scale", "2", "--negative-prompt", "x", "--lenient", *SEED),
    ),
}
"""Command lines that every model of the sandbox answers."""

ONLY_PLANNED = {
    "loras": ("generate", "fox", "-m", "new/model", "--lora", URL, "--lora", "a/b:0.5"),
    "everything": (
        *("generate", "fox", "-m", "new/model", "--steps", "8", "--guidance-scale", "1e1"),
        *("--negative-prompt", "", "--image", URL, "--prompt-upsampling", "--width", "640"),
    ),
    "largest": ("generate", "fox", "-m", "new/model", "--seed", str(2**63), "--size", "999999x1"),
}


@pytest.fixture(autouse=True)
def _a_photo() -> None:
    Image.new("RGB", (64, 48), "red").save("photo.png")


def errors(body: Any, schema: dict[str, Any] = SCHEMA) -> list[str]:
    """What the documentation would not allow of the body."""
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(body)]


def planned(togimg: Togimg, *argv: str) -> list[dict[str, Any]]:
    """The bodies that a dry run says it would send."""
    first, *rest = argv
    ran = togimg(first, "--dry-run", "--json", *rest)
    return [line["requested"] for line in objects(ran) if line["type"] == "plan"]


def received(served: Sandbox) -> list[dict[str, Any]]:
    """The bodies that came, by seed, as strict JSON has them."""
    posted = [request.body for request in served.requests if request.method == "POST"]
    found = [json.loads(body.decode(), parse_constant=pytest.fail) for body in posted]
    return sorted(found, key=lambda body: int(body.get("seed", 0)))


def without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    """The body with only the number and kind of what stands for pictures."""

    def stub(text: str) -> str:
        return "picture" if text.startswith(("data:", "<data:")) else text

    changed: dict[str, Any] = {k: stub(v) for k, v in body.items() if k == "image_url"}
    changed |= {k: [*map(stub, v)] for k, v in body.items() if k == "reference_images"}
    return body | changed


@pytest.mark.parametrize(
    "argv", [*SENT.values(), *ONLY_PLANNED.values()], ids=[*SENT, *ONLY_PLANNED]
)
def test_every_planned_body_is_one_that_the_api_documents(
    togimg: Togimg, argv: tuple[str, ...]
) -> None:
    bodies = planned(togimg, *argv)

    assert bodies
    assert [errors(body) for body in bodies] == [[]] * len(bodies)


@pytest.mark.parametrize("argv", SENT.values(), ids=SENT)
def test_what_is_received_is_what_was_planned_and_what_is_documented(
    togimg: Togimg, sandbox: Sandbox, argv: tuple[str, ...]
) -> None:
    plans = planned(togimg, *argv)
    ran = togimg(*argv)

    came = received(sandbox)
    as_sent = [
        json.loads(json.dumps(p, ensure_ascii=False).encode(errors="replace")) for p in plans
    ]
    assert (ran.code, [errors(body) for body in came]) == (0, [[]] * len(plans))
    assert [*map(without_pictures, came)] == [*map(without_pictures, as_sent)]


def test_pictures_travel_as_data_and_addresses_as_they_are(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    for name in ("edit", "edit of several", "variations of a photo"):
        togimg(*SENT[name])

    beginnings = [
        text.partition(",")[0]
        for body in received(sandbox)
        for text in [body.get("image_url"), *body.get("reference_images", ())]
        if text
    ]
    assert sorted(beginnings) == ["data:image/jpeg;base64"] * 4 + [URL]


def test_a_picture_made_again_asks_for_what_is_documented(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox", "-o", "fox.png", "--steps", "3", *SMALL)
    togimg("variations", "fox.png", "-n", "2", "-o", "more/", "--seed", "8")

    first, *more = received(sandbox)
    assert [errors(body) for body in (first, *more)] == [[]] * 3
    assert more == [first | {"seed": seed} for seed in (8, 9)]


def test_keyframes_need_no_prompt(togimg: Togimg) -> None:
    (body,) = planned(togimg, "generate", "-m", "new/video", "--param", f'frame_images=["{URL}"]')

    assert errors(body, VIDEO) == []


@pytest.mark.parametrize("name", ["steps", "n", "seed", "prompt", "image_loras"])
def test_param_sends_what_is_said_even_where_it_is_not_what_is_documented(
    togimg: Togimg, name: str
) -> None:
    (body,) = planned(togimg, "generate", "fox", "--param", f"{name}=null")

    assert name in body
    assert body[name] is None


@pytest.mark.parametrize(
    "flags",
    [
        ("--guidance-scale", "nan"),
        ("--guidance-scale", "inf"),
        ("--lora", "a/b:nan"),
    ],
)
def test_numbers_that_json_does_not_have_are_refused(
    togimg: Togimg, flags: tuple[str, ...]
) -> None:
    assert togimg("generate", "fox", "-m", "new/model", "--dry-run", *flags).code == 2


@pytest.mark.parametrize("value", ["1e999", "NaN", "-Infinity"])
def test_a_param_that_is_no_json_is_text(togimg: Togimg, value: str) -> None:
    (body,) = planned(togimg, "generate", "fox", "--param", f"mood={value}")

    assert body["mood"] == value
