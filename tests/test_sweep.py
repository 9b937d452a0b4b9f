"""Sweeps: what `--vary` says, the pictures it makes, and what is refused."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from running import Ran, Togimg, bodies, names, objects
from togimg import sweep
from togimg.cli.order import Order, prepare
from togimg.errors import TogimgError, UsageError
from togimg.request import ImageRequest, Job, Target
from togimg.sweep import Axis
from togimg.sweep.axes import parse

NAMES = ("prompt", "model", "steps", "seed", "guidance-scale")
NUMBERS = ("steps", "seed", "guidance-scale")
SCHNELL = "black-forest-labs/FLUX.1-schnell"
FLUX_2 = "black-forest-labs/FLUX.2-dev"


def axis(text: str) -> Axis:
    """The axis that a text says, with files of three lines."""
    (found,) = parse([text], NAMES, NUMBERS, lambda name: (f"{name} 1", f"{name} 2"))
    return found


def planned(togimg: Togimg, *argv: str) -> list[dict[str, Any]]:
    """The lines of a dry run that say what would be sent."""
    ran = togimg(*argv, "--dry-run", "--json")
    return [line for line in objects(ran) if line["type"] == "plan"]


def sent(togimg: Togimg, *argv: str) -> list[dict[str, Any]]:
    """The bodies of a dry run, without what every one has."""
    same = {"response_format"}
    return [
        {key: value for key, value in line["requested"].items() if key not in same}
        for line in planned(togimg, *argv)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps=1,6,12", Axis("steps", ("1", "6", "12"))),
        ("steps=4", Axis("steps", ("4",))),
        ("seed=1..4", Axis("seed", ("1", "2", "3", "4"))),
        ("seed=4..1", Axis("seed", ("4", "3", "2", "1"))),
        ("seed=-1..1", Axis("seed", ("-1", "0", "1"))),
        ("seed=7..7", Axis("seed", ("7",))),
        ("seed=1..3, 9, 20..21", Axis("seed", ("1", "2", "3", "9", "20", "21"))),
        (
            "seed=9223372036854775806..9223372036854775807",
            Axis("seed", ("9223372036854775806", "9223372036854775807")),
        ),
        ("steps=2:8:2", Axis("steps", ("2", "4", "6", "8"))),
        ("steps=2:9:2", Axis("steps", ("2", "4", "6", "8"))),
        ("steps=8:2:-3", Axis("steps", ("8", "5", "2"))),
        (
            "guidance-scale=0.5:1.5:0.25",
            Axis("guidance-scale", ("0.5", "0.75", "1", "1.25", "1.5")),
        ),
        ("guidance-scale=0.1:0.3:0.1", Axis("guidance-scale", ("0.1", "0.2", "0.3"))),
        ("guidance_scale=2", Axis("guidance-scale", ("2",))),
        ("--steps=2", Axis("steps", ("2",))),
        ('prompt="red, very red",blue', Axis("prompt", ("red, very red", "blue"))),
        ("prompt=5'10\" tall", Axis("prompt", ("5'10\" tall",))),
        ("prompt=1..4,2:8:2", Axis("prompt", ("1..4", "2:8:2"))),
        ("prompt=,blue", Axis("prompt", ("", "blue"))),
        ("prompt=a=b", Axis("prompt", ("a=b",))),
        ("prompt=@f.txt", Axis("prompt", ("f.txt 1", "f.txt 2"))),
        ('prompt="@f.txt"', Axis("prompt", ("@f.txt",))),
        ("param.Mood_1=calm,1..2", Axis("param.Mood_1", ("calm", "1..2"))),
    ],
)
def test_an_axis_is_a_name_and_its_values_in_order(text: str, expected: Axis) -> None:
    assert axis(text) == expected


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["steps"], "--vary steps has no values"),
        (["steps="], "--vary steps has no values"),
        (["=1"], "--vary =… names nothing that can be varied"),
        (["param.=1"], "--vary param. names nothing that can be varied"),
        (["stepz=1"], "--vary stepz names nothing that can be varied"),
        (["steps=1,2,1"], "--vary steps has 1 twice"),
        (["steps=1..3,2"], "--vary steps has 2 twice"),
        (["steps=1", "steps=2"], "--vary steps is there twice"),
        (["guidance-scale=1", "guidance_scale=2"], "--vary guidance-scale is there twice"),
        (["steps=1:5:0"], "--vary steps=1:5:0 never comes to its end"),
        (["steps=1:5:-1"], "--vary steps=1:5:-1 never comes to its end"),
        (["seed=1..10000000000"], "--vary seed has 10,000,000,000 values"),
        (
            ["guidance-scale=0:999999999999:0.00000001"],
            "--vary guidance-scale has 99,999,999,999,900,000,001 values",
        ),
        (
            ['prompt="red'],
            "the values of --vary prompt cannot be read: a quote in them is never",
        ),
        (["prompt=a\nb"], "the values of --vary prompt cannot be read: there is a line break in"),
        (['prompt="a"b'], "the values of --vary prompt cannot be read: there is text after a"),
    ],
)
def test_an_axis_that_cannot_be_meant_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(texts, NAMES, NUMBERS, lambda _: ())

    assert raised.value.message.startswith(message)


@given(st.sampled_from([*NAMES, "param.x", ""]), st.text("019.:-+,\"'@a \n\x00"))
def test_any_text_is_an_axis_or_an_error_of_ours(name: str, said: str) -> None:
    try:
        found = axis(f"{name}={said}")
    except TogimgError:
        return
    assert found.values


@given(
    st.integers(-(10**12) + 1, 10**12 - 1),
    st.integers(-200, 200),
    st.integers(-9, 9).filter(bool),
    st.integers(0, 6),
)
def test_a_stepped_range_begins_with_its_first_and_never_passes_its_last(
    first: int, length: int, step: int, places: int
) -> None:
    start, span, stride = (Decimal(n).scaleb(-places) for n in (first, length * step, step))
    end = start + abs(span) * (1 if step > 0 else -1)

    found = axis(f"guidance-scale={start:f}:{end:f}:{stride:f}").values

    assert [Decimal(value) for value in found] == [
        start + n * stride for n in range(abs(length) + 1)
    ]


def test_points_are_every_combination_and_the_last_axis_moves_fastest() -> None:
    axes = (Axis("steps", ("1", "2")), Axis("seed", ("7", "8")))

    assert sweep.points(axes) == (
        (("steps", "1"), ("seed", "7")),
        (("steps", "1"), ("seed", "8")),
        (("steps", "2"), ("seed", "7")),
        (("steps", "2"), ("seed", "8")),
    )
    assert sweep.points(()) == ((),)
    assert sweep.points((), 10**9) == ((),)


@pytest.mark.parametrize(("axes", "count"), [(3, 1), (2, 2), (20, 1)])
def test_a_sweep_of_very_many_pictures_is_refused(axes: int, count: int) -> None:
    hundred = tuple(str(number) for number in range(100))

    with pytest.raises(UsageError, match="a sweep of"):
        sweep.points([Axis(f"param.{n}", hundred) for n in range(axes)], count)


def test_a_sweep_makes_a_picture_for_every_combination(togimg: Togimg, sandbox: Any) -> None:
    ran = togimg(
        *("variations", "a fox", "--vary", "steps=1,2", "--vary", "seed=1..2", "--json"),
        *("-m", "flux-schnell", "--size", "64x64", "-o", "out/", "-j", "1"),
    )

    made = [line for line in objects(ran) if line["type"] == "image"]
    pairs = [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert bodies(sandbox) == [
        {
            "model": SCHNELL,
            "prompt": "a fox",
            "width": 64,
            "height": 64,
            "steps": steps,
            "seed": seed,
            "response_format": "base64",
        }
        for steps, seed in pairs
    ]
    assert [(line["index"], line["path"], line["axes"]) for line in made] == [
        (n, f"out/a-fox-00{n}.jpg", {"steps": str(steps), "seed": str(seed)})
        for n, (steps, seed) in enumerate(pairs, 1)
    ]
    # The contact sheet is the fifth.
    assert (ran.code, len(names("out"))) == (0, 5)


FOX = {"model": SCHNELL, "prompt": "fox"}


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("--vary", "steps=1,2", "--seed", "7"), [{"steps": s, "seed": 7} for s in (1, 2)]),
        (
            ("--vary", "steps=1,2", "--seed", "7", "-n", "2"),
            [{"steps": s, "seed": n} for s in (1, 2) for n in (7, 8)],
        ),
        (
            ("--vary", "size=512x512,portrait", "--seed", "7"),
            [
                {"width": 512, "height": 512, "seed": 7},
                {"width": 832, "height": 1248, "seed": 7},
            ],
        ),
        (
            ("--vary", "aspect-ratio=1:1", "--vary", "output-format=png,jpeg", "--seed", "7"),
            [
                {"width": 1024, "height": 1024, "output_format": f, "seed": 7}
                for f in ("png", "jpeg")
            ],
        ),
        (
            ("--vary", "model=flux-schnell,flux-2-dev", "--seed", "7"),
            [{"seed": 7}, {"model": FLUX_2, "seed": 7}],
        ),
        (
            ("--vary", "guidance-scale=2:3:0.5", "-m", "flux-2-dev", "--seed", "7"),
            [{"model": FLUX_2, "guidance_scale": g, "seed": 7} for g in (2.0, 2.5, 3.0)],
        ),
        (
            ("--vary", 'negative-prompt=,"dog, cat"', "--seed", "7"),
            [{"negative_prompt": text, "seed": 7} for text in ("", "dog, cat")],
        ),
        (
            ("--vary", "lora=a/b:0.5,c/d", "-m", "new/model", "--seed", "7"),
            [
                {"model": "new/model", "image_loras": [{"path": p, "scale": s}], "seed": 7}
                for p, s in (("a/b", 0.5), ("c/d", 1.0))
            ],
        ),
        (
            ("--vary", "prompt-upsampling=yes,OFF", "-m", "new/model", "--seed", "7"),
            [{"model": "new/model", "prompt_upsampling": yes, "seed": 7} for yes in (True, False)],
        ),
        (
            ("--vary", "param.mood=1,calm", "--param", "x=0", "--seed", "7"),
            [{"seed": 7, "x": 0, "mood": mood} for mood in (1, "calm")],
        ),
    ],
)
def test_every_value_travels_as_its_flag_would(
    togimg: Togimg, argv: tuple[str, ...], expected: list[dict[str, Any]]
) -> None:
    assert sent(togimg, "generate", "fox", *argv) == [FOX | body for body in expected]


def test_one_chosen_seed_holds_for_the_whole_sweep(togimg: Togimg) -> None:
    seeds = [body["seed"] for body in sent(togimg, "generate", "fox", "--vary", "steps=1..9")]

    assert seeds == [seeds[0]] * 9


def test_each_point_of_a_sweep_is_made_with_the_same_seeds(togimg: Togimg) -> None:
    found = sent(togimg, "variations", "fox", "--vary", "steps=1,2", "-n", "3")

    first = found[0]["seed"]
    assert [(body["steps"], body["seed"] - first) for body in found] == [
        (steps, take) for steps in (1, 2) for take in (0, 1, 2)
    ]


def test_variations_with_axes_make_one_picture_a_point(togimg: Togimg) -> None:
    assert len(planned(togimg, "variations", "fox", "--vary", "steps=1,2,3")) == 3


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (["a fox, {vary}"], ["a fox, water, colour", "a fox, ink"]),
        (["{vary} fox in {vary}"], ["water, colour fox in water, colour", "ink fox in ink"]),
        ([], ["water, colour", "ink"]),
    ],
)
def test_lines_of_a_file_go_where_the_prompt_has_room_for_them(
    togimg: Togimg, prompt: list[str], expected: list[str]
) -> None:
    Path("styles.txt").write_text("\ufeff# styles\n\n water, colour \r\nink", encoding="utf-8")

    found = planned(togimg, "generate", *prompt, "--vary", "prompt=@styles.txt", "--seed", "7")

    assert [line["requested"]["prompt"] for line in found] == expected
    assert [line["axes"] for line in found] == [{"prompt": "water, colour"}, {"prompt": "ink"}]


def test_a_picture_s_own_recipe_can_be_varied(togimg: Togimg, sandbox: Any) -> None:
    togimg("generate", "a fox", "--steps", "3", "--size", "64x64", "-o", "fox.png")

    found = sent(togimg, "variations", "fox.png", "--vary", "steps=1,2", "--seed", "7")

    assert [(body["prompt"], body["steps"], body["width"]) for body in found] == [
        ("a fox", 1, 64),
        ("a fox", 2, 64),
    ]


def test_references_can_be_varied(togimg: Togimg, sandbox: Any) -> None:
    for name in ("a", "b"):
        Image.new("RGB", (64, 64), "red" if name == "a" else "blue").save(f"{name}.png")

    ran = togimg("edit", "older", "--vary", "image=a.png,b.png", "-o", "out/", "-j", "1")

    pictures = [body["image_url"] for body in bodies(sandbox)]
    assert (ran.code, len(set(pictures)), names("out")) == (
        0,
        2,
        ["older-001.jpg", "older-002.jpg"],
    )


def test_a_reference_of_any_point_is_read_before_anything_is_sent(
    togimg: Togimg, sandbox: Any
) -> None:
    Image.new("RGB", (64, 64), "red").save("a.png")

    runs = [
        togimg("edit", "older", "--vary", "image=a.png,missing.png", *flags)
        for flags in ((), ("--dry-run",))
    ]

    assert [(ran.code, ran.stdout) for ran in runs] == [(2, ""), (2, "")]
    assert sandbox.requests == ()


def test_pictures_of_one_seed_are_told_apart_by_numbers(togimg: Togimg) -> None:
    name = ("--name", "{slug}-{seed}", "--seed", "7")

    found = [
        [line["path"] for line in planned(togimg, "generate", "fox", "--vary", *argv)]
        for argv in (("steps=1,2", *name), ("seed=1,2", *name[:2]))
    ]

    assert found == [["fox-7-001", "fox-7-002"], ["fox-1", "fox-2"]]


def test_the_plan_counts_every_name_by_itself(togimg: Togimg) -> None:
    found = planned(togimg, "generate", "--vary", "prompt=fox,owl", "-n", "2")

    assert [line["path"] for line in found] == ["fox-001", "fox-002", "owl-001", "owl-002"]


def test_a_dry_run_counts_and_prices_the_sweep(togimg: Togimg) -> None:
    ran = togimg("generate", "fox", "-m", "flux-2-dev", "--vary", "steps=1..10", "--dry-run")

    assert ran.stderr == (
        "note: a dry run: nothing was sent; 10 pictures, about $0.154 "
        "(an estimate, prices as of 2026-08-17)\n"
    )


def test_an_axis_wins_over_the_environment(togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOGIMG_STEPS", "4")
    monkeypatch.setenv("TOGIMG_GUIDANCE_SCALE", "")

    found = sent(
        togimg, *("generate", "fox", "-m", "flux-2-dev", "--seed", "7"),
        *("--vary", "steps=1", "--vary", "guidance-scale=2"),
    )  # fmt: skip

    assert found == [FOX | {"model": FLUX_2, "steps": 1, "guidance_scale": 2.0, "seed": 7}]


TWO_MODELS = ("--vary", "model=flux-schnell,flux-2-dev")


@pytest.mark.parametrize(
    ("argv", "expected", "notes"),
    [
        (
            (*TWO_MODELS, "--vary", "guidance-scale=2,3"),
            [{"model": FLUX_2, "guidance_scale": g} for g in (2.0, 3.0)],
            [
                f"model=flux-schnell guidance-scale={g} left out: "
                "flux-schnell does not take --guidance-scale"
                for g in (2, 3)
            ],
        ),
        (
            (*TWO_MODELS, "--guidance-scale", "2"),
            [{}, {"model": FLUX_2, "guidance_scale": 2.0}],
            ["--guidance-scale left out: flux-schnell does not take it"],
        ),
        (
            ("--vary", "model=flux-dev,flux-schnell"),
            [{}],
            ["model=flux-dev left out: FLUX.1-dev was retired on 2026-02-25"],
        ),
        (
            ("--vary", "size=1023x1024,64x64"),
            [{"width": 64, "height": 64}],
            ["size=1023x1024 left out: width must be a positive multiple of 8, not 1023"],
        ),
    ],
)
def test_lenient_leaves_out_the_points_that_could_not_show_their_value(
    togimg: Togimg, argv: tuple[str, ...], expected: list[dict[str, Any]], notes: list[str]
) -> None:
    ran = togimg("generate", "fox", *argv, "--lenient", "--seed", "7", "--dry-run", "--json")

    same = {"seed": 7, "response_format": "base64"}
    found = [line["requested"] for line in objects(ran) if line["type"] == "plan"]
    said = [line["message"] for line in objects(ran) if line["type"] == "note"]
    assert found == [FOX | same | body for body in expected]
    assert said[:-1] == notes


def test_an_order_s_jobs_are_numbered_on_and_say_what_they_are() -> None:
    said = ImageRequest(prompt="{a|b} fox", model="flux-schnell", seed=7)
    target = Target(Path("out"))
    point = (("steps", "6"),)
    order = Order(
        replace(said, steps=6), 2, target, axes=point, wildcards=lambda _: pytest.fail("no files")
    )

    ready = prepare(order, first=5)

    worded = [replace(said, steps=6, prompt=p) for p in ("a fox", "b fox")]
    assert ready.begun.total == 2
    assert [*ready.jobs] == [
        Job(
            index=index,
            request=replace(request, model=SCHNELL, seed=seed),
            target=target,
            said=request,
            axes=point,
        )
        for index, seed, request in zip((5, 6), (7, 8), worded, strict=True)
    ]


WRONG = {
    ("--vary", "steps=1,many"): "steps must be a whole number, not 'many'",
    ("--vary", "steps=1:2:0.5"): "steps must be a whole number, not '1.5'",
    ("--vary", "steps=0,1"): "--steps must be 1 or more, not 0",
    (
        "--vary",
        "guidance-scale=x",
    ): "guidance_scale must be a number, not 'x'",
    ("--vary", "guidance-scale=1,nan"): "guidance_scale must be a number, not 'nan'",
    ("--vary", "output-format=gif"): ("output_format must be jpeg or png, not 'gif'"),
    ("--vary", "prompt-upsampling=maybe"): ("prompt_upsampling must be yes or no, not 'maybe'"),
    ("--vary", "size=64x64,big"): "--size big is no size",
    ("--vary", "model=flux-schnell,"): "--model is empty",
    ("--vary", "count=1,2"): "--vary count names nothing that can be varied",
    ("--vary", "steps=1", "--steps", "2"): "--steps and --vary steps contradict",
    ("--vary", "seed=1,2", "--seed", "2"): "--seed and --vary seed contradict",
    ("--vary", "seed=1,2", "-n", "2"): "--count and --vary seed contradict",
    ("--vary", "size=64x64", "--width", "8"): "--size and --width or --height contradict",
    ("--vary", "size=64x64", "--vary", "aspect-ratio=1:1"): (
        "--size and --aspect-ratio contradict"
    ),
    ("--vary", "param.x=1", "--param", "x=2"): "--param and --vary param.x contradict",
    ("--vary", "guidance-scale=1,2", "--param", "guidance_scale=3"): (
        "--param and --vary guidance-scale contradict"
    ),
    ("--vary", "image=a.jpg", "--image", "b.jpg"): "--image and --vary image contradict",
    ("--vary", "prompt=a,b"): "the prompt has no {vary} for --vary prompt",
    ("--vary", "prompt=@missing.txt"): (
        "cannot read the values in missing.txt: no such file or directory"
    ),
    ("--vary", "seed=1..101", "--vary", "steps=1..101"): "a sweep of 10,201 pictures",
    ("--vary", "steps=1..101", "-n", "100"): "a sweep of 10,100 pictures",
    ("--vary", "steps=1,2", "-o", "-"): "-o - takes one picture",
    (*TWO_MODELS, "--vary", "guidance-scale=2"): "flux-schnell does not take --guidance-scale",
    ("--vary", "model=flux-dev", "--lenient"): "FLUX.1-dev was retired on 2026-02-25",
}


@pytest.mark.parametrize("argv", WRONG, ids=" ".join)
def test_a_sweep_that_cannot_be_meant_is_refused_before_anything_is_sent(
    togimg: Togimg, sandbox: Any, argv: tuple[str, ...]
) -> None:
    ran = togimg("generate", "fox", *argv)

    first = ran.stderr.partition("\n")[0]
    assert (Ran(ran.code, ran.stdout, first), sandbox.requests, names()) == (
        Ran(2, "", f"error: {WRONG[argv]}"),
        (),
        [],
    )


def test_a_place_for_prompts_that_nothing_fills_is_refused(togimg: Togimg, sandbox: Any) -> None:
    ran = togimg("generate", "a {vary} fox", "--vary", "steps=1,2")

    assert (ran.code, ran.stderr, sandbox.requests) == (
        2,
        (
            "error: the prompt has {vary}, and nothing varies it\n"
            "hint: add --vary prompt=…, whose values go there, or leave it out\n"
        ),
        (),
    )
