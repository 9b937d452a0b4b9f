"""Recipes come back as they were, and the commands and texts made of them mean the same."""

import argparse
import json
import shlex
import subprocess
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from togimg import recipe
from togimg.errors import TogimgError, UsageError
from togimg.recipe import Recipe
from togimg.request import ImageRequest, Lora, Source, body

FOX: dict[str, Any] = {
    "model": "black-forest-labs/FLUX.1-schnell",
    "prompt": "a fox",
    "width": 1024,
    "height": 768,
    "steps": 4,
    "seed": 42,
    "response_format": "base64",
}

HARD_TEXTS = [
    "狐の絵🦊" * 40,
    "--help",
    "-",
    "",
    " ",
    'it\'s a "fox"; $(rm -rf /) `id` !! \\ %s %% #',
    "two\nlines\n",
    "[a, b] {seed} {{x}} (a:1.2)",
    "NUL \0, escape \x1b[31m, bell \a, delete \x7f, tab \t, return \r",
    "right to left \u202e and \u2066, line \u2028, noncharacters \ufffe\uffff",
    "half a pair \udc80 of surrogates \ud83d",
    "family 👨\u200d👩\u200d👧",
    "Negative prompt: no",
    'prompt="x"',
    "x" * 100_000,
]


def made(request: Mapping[str, Any], *images: str) -> Recipe:
    return Recipe(
        request=request,
        images=images,
        width=1024,
        height=768,
        version="0.1.0",
        request_id="req-1",
        created="2026-11-21T06:00:00Z",
    )


numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
lora = st.fixed_dictionaries({"path": st.text(), "scale": numbers})
fitting = st.fixed_dictionaries(
    {},
    optional={
        "model": st.text(),
        "prompt": st.text() | st.sampled_from(HARD_TEXTS[:10]),
        "width": st.integers(),
        "height": st.integers(),
        "aspect_ratio": st.text(),
        "steps": st.integers(),
        "seed": st.integers(),
        "guidance_scale": numbers,
        "negative_prompt": st.text() | st.sampled_from(HARD_TEXTS[:10]),
        "image_loras": st.lists(lora),
        "output_format": st.sampled_from(["jpeg", "png", "webp"]),
        "prompt_upsampling": st.booleans(),
        "disable_safety_checker": st.booleans(),
        "response_format": st.sampled_from(["base64", "url", "b64_json"]),
        "n": st.integers(1, 4),
    },
)
known = st.sampled_from(["model", "prompt", "width", "seed", "image_loras", "output_format"])
keys = known | st.text().filter(lambda key: "=" not in key and "\0" not in key)
bodies = st.builds(lambda one, two: one | two, fitting, st.dictionaries(keys, values, max_size=3))


def test_a_recipe_is_one_line_of_json_in_a_fixed_order() -> None:
    kept = made({"prompt": "a 狐"}, "fox.png")

    line = recipe.dump(kept)

    assert line == (
        '{"togimg": 1, "version": "0.1.0", "created": "2026-11-21T06:00:00Z", '
        '"request_id": "req-1", "width": 1024, "height": 768, "index": 0, '
        '"images": ["fox.png"], "request": {"prompt": "a 狐"}}'
    )


@given(bodies, st.lists(st.text().filter(lambda text: not text.startswith("data:"))))
def test_a_recipe_comes_back_whole(request: dict[str, Any], images: list[str]) -> None:
    kept = made(request, *images)

    back = recipe.load(recipe.dump(kept))

    assert back == kept


@given(bodies)
def test_the_request_made_again_has_the_same_body(request: dict[str, Any]) -> None:
    kept = made(request)

    again = body(recipe.request(recipe.load(recipe.dump(kept))))

    assert json.dumps(again, sort_keys=True) == json.dumps(request, sort_keys=True)


@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_any_prompt_survives_in_one_line_that_can_be_written(text: str) -> None:
    line = recipe.dump(made({"prompt": text}))

    assert recipe.load(line).request == {"prompt": text}
    assert line.encode().decode().splitlines() == [line]


def test_the_bytes_of_data_uris_are_left_out() -> None:
    uri = "data:image/png;base64,AAAA"
    kept = made(
        {"prompt": uri, "frame_images": [{"input_image": uri, "frame": 0}]}, uri, "fox.png", "-"
    )

    back = recipe.load(recipe.dump(kept))

    assert back.request == {
        "prompt": uri,
        "frame_images": [{"input_image": "data:image/png;…", "frame": 0}],
    }
    assert back.images == ("data:image/png;…", "fox.png", "-")
    assert recipe.lost(back) == ("data:image/png;…",)
    assert recipe.stub("data:,x") == "data:;…"


def test_fields_of_the_future_are_passed_over() -> None:
    line = recipe.dump(made(FOX))

    back = recipe.load('{"mood": {"fox": 1}, ' + line[1:])

    assert back == made(FOX)


@given(st.text() | values.map(json.dumps))
def test_garbage_is_refused_in_one_way(text: str) -> None:
    with pytest.raises(UsageError, match="the recipe in this picture cannot be read"):
        recipe.load(text)


@given(st.sampled_from(list(json.loads(recipe.dump(made(FOX))))), values)
def test_a_field_of_another_type_is_refused_or_read(key: str, value: Any) -> None:
    fields = json.loads(recipe.dump(made(FOX))) | {key: value}

    try:
        back = recipe.load(json.dumps(fields))
    except TogimgError as error:
        assert str(error) == "the recipe in this picture cannot be read"  # noqa: PT017
    else:
        assert recipe.load(recipe.dump(back)) == back


@pytest.mark.parametrize(
    "value", ["1e999", "NaN", "-Infinity", "9" * 5000, "[" * 100_000, "[" * 70 + "]" * 70]
)
def test_values_that_could_not_be_sent_are_refused(value: str) -> None:
    line = recipe.dump(made({"prompt": 1})).replace('"prompt": 1', f'"prompt": {value}')

    with pytest.raises(UsageError, match="cannot be read"):
        recipe.load(line)


def test_a_recipe_of_a_newer_togimg_says_so() -> None:
    line = recipe.dump(made(FOX)).replace('"togimg": 1', '"togimg": 2')

    with pytest.raises(UsageError) as caught:
        recipe.load(line)

    assert caught.value.hint == "a newer togimg wrote it: update togimg"


def test_the_body_becomes_the_fields_of_a_request() -> None:
    kept = made(
        FOX
        | {"image_loras": [{"path": "https://x/y", "scale": 0.8}], "n": 2, "output_format": "webp"},
        "fox.png",
        "-",
    )

    again = recipe.request(kept)

    assert again == ImageRequest(
        model="black-forest-labs/FLUX.1-schnell",
        prompt="a fox",
        width=1024,
        height=768,
        steps=4,
        seed=42,
        response_format="base64",
        loras=(Lora("https://x/y", 0.8),),
        images=(Source("fox.png"), Source("-")),
        params=(("n", 2), ("output_format", "webp")),
    )


def test_a1111_reads_the_parameters() -> None:
    request = FOX | {"negative_prompt": "dogs", "guidance_scale": 3.5}

    text = recipe.parameters(made(request))

    assert text == (
        "a fox\n"
        "Negative prompt: dogs\n"
        "Steps: 4, Sampler: unknown, CFG scale: 3.5, Seed: 42, Size: 1024x768, "
        "Model: black-forest-labs/FLUX.1-schnell, Version: togimg 0.1.0"
    )


def test_steps_that_were_not_said_are_not_invented() -> None:
    text = recipe.parameters(made({"prompt": "a fox"}))

    assert text == "a fox\nSampler: unknown, Size: 1024x768, Version: togimg 0.1.0"


@pytest.mark.parametrize("prompt", ["a fox", "two\nlines", "a: 1, b: 2, c: 3", "狐, 🦊"])
@pytest.mark.parametrize("negative", [None, "dogs, cats", "two\nlines"])
def test_parameters_are_read_as_they_were_written(prompt: str, negative: str | None) -> None:
    request = {"model": "lab/a, b: c", "prompt": prompt, "width": 1024, "height": 768}
    request |= {"steps": 4, "seed": 42, "guidance_scale": 3.5}
    request |= {"negative_prompt": negative} if negative else {}

    back = recipe.parse_parameters(recipe.parameters(made(request)))

    assert back == Recipe(
        request=request, width=1024, height=768, version="", request_id=None, created=""
    )


def test_a_text_of_a1111_itself_is_read() -> None:
    text = (
        "masterpiece, (fox:1.2) <lora:ink:0.8>\n"
        "Negative prompt: blurry,\n lowres\n"
        "Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 3735928559, Size: 512x768, "
        "Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, "
        'Lora hashes: "ink: 0123abcd, pen: 4567", Version: v1.9.3'
    )

    back = recipe.parse_parameters(text)

    assert back.request == {
        "model": "v1-5-pruned-emaonly",
        "prompt": "masterpiece, (fox:1.2) <lora:ink:0.8>",
        "width": 512,
        "height": 768,
        "steps": 20,
        "seed": 3735928559,
        "guidance_scale": 7.0,
        "negative_prompt": "blurry,\n lowres",
    }


def test_a_text_without_settings_is_a_prompt() -> None:
    back = recipe.parse_parameters("a fox: red, quick\nin the snow")

    assert (back.request, back.width) == ({"prompt": "a fox: red, quick\nin the snow"}, 0)


@pytest.mark.parametrize("text", ["", " \n ", "\n\n"])
def test_an_empty_text_is_no_recipe(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        recipe.parse_parameters(text)


pieces = st.sampled_from(["Steps: 4, ", "Seed: -1, ", "Size: 1x1", ': "', '\\"', ', Model: "\\u"'])


@given(st.text() | st.lists(pieces | st.text(max_size=3)).map("".join))
def test_no_parameters_bring_a_foreign_error(text: str) -> None:
    try:
        back = recipe.parse_parameters(text)
    except TogimgError:
        return

    assert body(recipe.request(back)) == back.request


@pytest.mark.parametrize(
    "text", ["a" * 300_000, " " * 300_000 + "x", ',a:"\\' * 80_000, ":," * 150_000]
)
def test_no_parameters_take_long(text: str) -> None:
    began = time.process_time()

    recipe.parse_parameters(text)

    assert time.process_time() - began < 2


def test_every_field_has_its_flag() -> None:
    kept = made(
        {
            "model": "lab/model",
            "prompt": "a fox",
            "width": 1024,
            "height": 768,
            "aspect_ratio": "4:3",
            "steps": 4,
            "seed": -1,
            "guidance_scale": 3.5,
            "negative_prompt": "-dogs",
            "image_loras": [{"path": "https://x:80/y", "scale": 0.8}],
            "output_format": "png",
            "prompt_upsampling": False,
            "disable_safety_checker": True,
            "response_format": "url",
            "quality": "high",
            "n": 2,
        },
        "fox.png",
        "-",
        "-x.png",
    )

    line = recipe.shell_command(kept)

    assert line == (
        "togimg edit -m lab/model --size 1024x768 --aspect-ratio 4:3 --steps 4 --seed=-1 "
        "--guidance-scale 3.5 --negative-prompt=-dogs --image fox.png --image - --image=-x.png "
        "--lora https://x:80/y:0.8 --output-format png --no-prompt-upsampling "
        "--disable-safety-checker --response-format url --param 'quality=\"high\"' --param n=2 "
        "-- 'a fox'"
    )


def test_one_side_alone_is_said_alone() -> None:
    line = recipe.shell_command(made({"prompt": "a fox", "width": 512}))

    assert line == "togimg generate --width 512 -- 'a fox'"


def test_a_dash_is_not_read_from_stdin() -> None:
    line = recipe.shell_command(made({"prompt": "-"}))

    assert line == "togimg generate --param 'prompt=\"-\"' prompt"


@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_a_shell_passes_on_what_was_sent(text: str) -> None:
    request = FOX | {"prompt": text, "negative_prompt": text, "mood": [text]}
    line = recipe.shell_command(made(request))

    script = "togimg() { printf '%s\\0' \"$@\"; }\n" + line
    run = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=True)

    argv = run.stdout.decode().split("\0")[:-1]
    assert read_as_togimg_does(argv) == request
    assert argv == shlex.split(line)[1:]


@pytest.mark.parametrize("text", HARD_TEXTS, ids=range(len(HARD_TEXTS)))
def test_a_command_can_be_pasted_into_a_terminal(text: str) -> None:
    line = recipe.shell_command(made({"prompt": text, "model": text, "mood": {text: text}}))

    assert all(mark.isprintable() or mark in "\n\u200d\ufffe\uffff" for mark in line)


@settings(max_examples=300)
@given(bodies)
def test_a_command_means_the_request_it_was_made_of(request: dict[str, Any]) -> None:
    line = recipe.shell_command(made(request))

    again = read_as_togimg_does(shlex.split(line)[1:])

    assert json.dumps(again, sort_keys=True) == json.dumps(request, sort_keys=True)


def read_as_togimg_does(argv: list[str]) -> dict[str, Any]:
    """The body that the flags mean, read by a parser that knows only the contract."""
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-m", dest="model")
    parser.add_argument("--size")
    for name in ("width", "height", "steps", "seed"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--guidance-scale", type=json.loads)
    for name in ("aspect-ratio", "negative-prompt", "output-format", "response-format"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--prompt-upsampling", action=argparse.BooleanOptionalAction)
    parser.add_argument("--disable-safety-checker", action="store_true", default=None)
    parser.add_argument("--image", action="append")
    parser.add_argument("--lora", action="append")
    parser.add_argument("--param", action="append", default=[])
    parser.add_argument("prompt", nargs="?")
    end = argv.index("--") if "--" in argv else len(argv)
    said = vars(parser.parse_intermixed_args(argv[1:end]))
    if end < len(argv):
        (said["prompt"],) = argv[end + 1 :]
    del said["image"]
    if size := said.pop("size"):
        said["width"], said["height"] = map(int, size.split("x"))
    if loras := said.pop("lora"):
        pairs = [text.rsplit(":", 1) for text in loras]
        said["image_loras"] = [{"path": path, "scale": json.loads(text)} for path, text in pairs]
    params = {key: json.loads(value) for key, value in (p.split("=", 1) for p in said.pop("param"))}
    return {key: value for key, value in said.items() if value is not None} | params
