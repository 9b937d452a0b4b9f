import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from running import SMALL, Togimg, bodies, names, objects, pixels, use
from togimg.sandbox import Sandbox, parse


def test_four_pictures_are_four_requests_with_four_seeds_and_four_numbered_files(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("generate", "a red fox", "-m", "flux-schnell", "-n", "4", "-o", "out/", *SMALL)

    expected = [f"out/a-red-fox-00{n}.jpg" for n in (1, 2, 3, 4)]
    assert (ran.code, sorted(ran.stdout.splitlines()), names()) == (0, expected, expected)
    assert sorted(bodies(sandbox), key=lambda body: int(body["seed"])) == [
        {
            "model": "black-forest-labs/FLUX.1-schnell",
            "prompt": "a red fox",
            "width": 64,
            "height": 64,
            "seed": seed,
            "response_format": "base64",
        }
        for seed in (7, 8, 9, 10)
    ]


def test_only_what_was_said_is_sent_and_a_seed(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox")

    (body,) = bodies(sandbox)
    assert sorted(body) == ["model", "prompt", "response_format", "seed"]


def test_every_image_flag_travels_in_the_words_of_the_api(togimg: Togimg) -> None:
    ran = togimg(
        *("generate", "fox", "-m", "some/new-model", "--dry-run", "--json"),
        *("--width", "512", "--height", "768", "--steps", "8", "--seed", "-3"),
        *("--guidance-scale", "2.5", "--negative-prompt", "blur", "--output-format", "png"),
        *("--image", "https://example.com/a.jpg", "--image-url", "https://example.com/b.jpg"),
        *("--lora", "https://hf.co/x", "--lora", "owner/y:0.5", "--no-prompt-upsampling"),
        *("--disable-safety-checker", "--response-format", "url"),
        *("--param", "n=2", "--param", "style=[1, 2]", "--param", "mood=calm"),
    )

    assert objects(ran)[1]["requested"] == {
        "model": "some/new-model",
        "prompt": "fox",
        "width": 512,
        "height": 768,
        "steps": 8,
        "seed": -3,
        "guidance_scale": 2.5,
        "negative_prompt": "blur",
        "image_loras": [
            {"path": "https://hf.co/x", "scale": 1.0},
            {"path": "owner/y", "scale": 0.5},
        ],
        "output_format": "png",
        "prompt_upsampling": False,
        "disable_safety_checker": True,
        "response_format": "url",
        "reference_images": ["https://example.com/a.jpg", "https://example.com/b.jpg"],
        "n": 2,
        "style": [1, 2],
        "mood": "calm",
    }


@pytest.mark.parametrize(
    ("flags", "shape"),
    [
        (("--size", "512x256"), {"width": 512, "height": 256}),
        (("--size", "square"), {"width": 1024, "height": 1024}),
        (("--size", "Landscape"), {"width": 1248, "height": 832}),
        (("--aspect-ratio", "16:9"), {"width": 1280, "height": 720}),
        (("--width", "512"), {"width": 512}),
        (("-m", "kontext-pro", "--size", "1024x768"), {"aspect_ratio": "4:3"}),
        (("-m", "nano-banana", "--size", "square"), {"width": 1024, "height": 1024}),
        ((), {}),
    ],
)
def test_a_shape_is_told_to_each_model_in_its_own_way(
    togimg: Togimg, flags: tuple[str, ...], shape: dict[str, Any]
) -> None:
    ran = togimg("generate", "fox", *flags, "--dry-run", "--json")

    sent = objects(ran)[0]["requested"]
    assert {k: v for k, v in sent.items() if k in {"width", "height", "aspect_ratio"}} == shape


def test_the_prompt_comes_from_stdin_or_a_file_too(togimg: Togimg) -> None:
    Path("prompt.txt").write_text("\ufeffein größerer Fuchs\n", encoding="utf-8")

    prompts = [
        objects(togimg("generate", "--dry-run", "--json", *args, stdin=stdin))[0]["requested"][
            "prompt"
        ]
        for args, stdin in (
            (("-",), "狐\n".encode()),
            (("--prompt-file", "prompt.txt"), None),
            (("--", "-5 degrees"), None),
        )
    ]

    assert prompts == ["狐", "ein größerer Fuchs", "-5 degrees"]


def test_stdin_is_not_read_unless_asked(togimg: Togimg) -> None:
    ran = togimg("generate", stdin=b"a fox")

    assert (ran.code, ran.stdout, ran.stderr) == (
        2,
        "",
        'error: no prompt\nhint: say what to draw, in quotes: "a red fox in the snow"\n',
    )


def test_json_lines_tell_all_of_it_and_the_summary_comes_last(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("generate", "fox", "-o", "fox.png", "--json", *SMALL)

    image, summary = objects(ran)
    data = Path("fox.png").read_bytes()
    sent = bodies(sandbox)[0]
    assert {k: v for k, v in image.items() if k not in {"sha256", "duration", "request_id"}} == {
        "type": "image",
        "index": 1,
        "path": "fox.png",
        "prompt": "fox",
        "model": "black-forest-labs/FLUX.1-schnell",
        "seed": 7,
        "width": 64,
        "height": 64,
        "format": "png",
        "bytes": len(data),
        "cost": 1.1e-05,
        "requested": sent,
        "axes": {},
        "id": None,
    }
    assert {k: v for k, v in summary.items() if k != "duration"} == {
        "type": "summary",
        "made": 1,
        "failed": 0,
        "skipped": 0,
        "cost": 1.1e-05,
        "exit_code": 0,
        "refused": 0,
        "unknown": 0,
        "not_sent": 0,
        "next": None,
    }
    assert sent["output_format"] == "png"


def test_the_same_seed_makes_the_same_pixels(togimg: Togimg, sandbox: Sandbox) -> None:
    for name in ("a.png", "b.png"):
        togimg("generate", "fox", "-o", name, *SMALL)

    assert pixels("a.png") == pixels("b.png")


def test_both_response_formats_make_the_same_file(togimg: Togimg, sandbox: Sandbox) -> None:
    for form in ("base64", "url"):
        togimg("generate", "fox", "-o", f"{form}.png", "--response-format", form, *SMALL)

    assert pixels("base64.png") == pixels("url.png")


def test_pictures_are_fetched_with_a_user_agent_and_without_the_key(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    togimg("generate", "fox", "--response-format", "url", *SMALL)

    (fetched,) = [r for r in sandbox.requests if r.method == "GET"]
    assert fetched.headers["user-agent"].startswith("togimg/")
    assert "authorization" not in fetched.headers


@pytest.mark.parametrize(
    ("extension", "kind"), [("jpg", "JPEG"), ("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")]
)
def test_an_explicit_extension_is_honoured(
    togimg: Togimg, sandbox: Sandbox, extension: str, kind: str
) -> None:
    ran = togimg("generate", "fox", "-o", f"fox.{extension}", *SMALL)

    assert (ran.stdout, pixels(f"fox.{extension}")[0]) == (f"fox.{extension}\n", kind)


def test_a_picture_of_another_kind_is_converted_and_said_so(togimg: Togimg) -> None:
    ran = togimg("generate", "fox", "-o", "fox.webp", "--sandbox", *SMALL)

    assert "note: converted from jpeg to webp\n" in ran.stderr


def test_without_an_extension_the_bytes_decide(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", "fox", "-o", "out", "--output-format", "png", *SMALL)

    assert ran.stdout == "out/fox-001.png\n"


def test_a_picture_goes_to_stdout_alone() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "togimg", "generate", "fox", "-o", "-", "--sandbox", *SMALL],
        capture_output=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout[:2], ran.stdout[-2:]) == (0, b"\xff\xd8", b"\xff\xd9")
    assert names() == []


def test_numbers_go_on_and_nothing_is_replaced(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox", "-o", "out/", *SMALL)
    before = Path("out/fox-001.jpg").read_bytes()
    togimg("generate", "fox", "-n", "2", "-o", "out/", *SMALL)

    assert names("out") == ["fox-001.jpg", "fox-002.jpg", "fox-003.jpg"]
    assert Path("out/fox-001.jpg").read_bytes() == before


def test_templates_name_files_and_folders(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", "fox", "-n", "2", "-o", "out/{model}/{seed}-{width}.png", *SMALL)

    assert sorted(ran.stdout.splitlines()) == [
        "out/FLUX.1-schnell/7-64.png",
        "out/FLUX.1-schnell/8-64.png",
    ]


def test_a_file_name_for_several_pictures_is_numbered(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", "fox", "-n", "2", "-o", "den.png", *SMALL)

    assert sorted(ran.stdout.splitlines()) == ["den-001.png", "den-002.png"]


def test_existing_names_are_skipped_or_refused_before_anything_is_sent(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    Path("fox.png").write_bytes(b"old")
    runs = [
        togimg("generate", "fox", "-o", "fox.png", "--on-exists", how, *SMALL)
        for how in ("skip", "error")
    ]

    assert [(r.code, r.stdout, r.stderr.splitlines()[0]) for r in runs] == [
        (0, "", "skipped: fox.png exists"),
        (8, "", "error: fox.png exists already"),
    ]
    assert (bodies(sandbox), Path("fox.png").read_bytes()) == ([], b"old")


def test_existing_names_are_replaced_when_asked(togimg: Togimg, sandbox: Sandbox) -> None:
    Path("fox.png").write_bytes(b"old")

    togimg("generate", "fox", "-o", "fox.png", "--on-exists", "overwrite", *SMALL)

    assert (pixels("fox.png")[1], names()) == ((64, 64), ["fox.png"])


HOSTILE = (
    "-狐が雪の中で眠る🦊" * 14
    + "[brackets] {braces} 'single' \"double\"\nnew line\ttab \\ $HOME `id`"
)


def test_a_hostile_prompt_gets_the_right_name_and_the_right_recipe(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("generate", "-o", "out/", *SMALL, "--", HOSTILE)
    shown = togimg("show", ran.stdout.strip(), "--json")

    stem = "狐が雪の中で眠る-" * 4 + "狐が雪の中で"
    assert (names("out"), objects(shown)[0]["request"]["prompt"]) == ([f"{stem}-001.jpg"], HOSTILE)


def test_two_processes_with_fifty_each_make_a_hundred_whole_and_distinct_files(
    sandbox: Sandbox,
) -> None:
    command = [sys.executable, "-m", "togimg", "generate", "fox", "-n", "50", "-o", "out/", "-q"]
    size = ["--size", "64x64", "-j", "8"]
    runs = [
        subprocess.Popen([*command, *size, "--seed", seed], stdout=subprocess.PIPE, text=True)
        for seed in ("1000", "2000")
    ]
    printed = [path for run in runs for path in run.communicate()[0].splitlines()]

    contents = {pixels(path) for path in printed}
    assert [run.returncode for run in runs] == [0, 0]
    assert (len(set(printed)), len(names("out")), len(contents)) == (100, 100, 100)


def test_a_dry_run_needs_no_key_and_makes_nothing(togimg: Togimg) -> None:
    ran = togimg("generate", "fox", "-n", "2", "--seed", "1", "-o", "out/", "--dry-run")

    body = """{
  "model": "black-forest-labs/FLUX.1-schnell",
  "prompt": "fox",
  "seed": %d,
  "response_format": "base64"
}
"""
    assert (ran.code, ran.stdout, names()) == (
        0,
        f"out/fox-001  (about $0.0028)\n{body % 1}out/fox-002  (about $0.0028)\n{body % 2}",
        [],
    )


def test_a_dry_run_as_curl_is_a_command_without_the_key_that_a_shell_understands(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("generate", 'it\'s a "fox" & 狐', "--dry-run", "--curl", *SMALL)
    key = "some-key"
    answered = subprocess.run(
        ["sh", "-c", ran.stdout],
        env={"PATH": "/usr/bin:/bin", "TOGETHER_API_KEY": key},
        capture_output=True,
        check=True,
    )

    (received,) = sandbox.requests
    assert received.headers["authorization"] == f"Bearer {key}"
    assert json.loads(received.body)["prompt"] == 'it\'s a "fox" & 狐'
    assert json.loads(answered.stdout)["data"][0]["b64_json"]


def test_every_picture_of_a_reply_to_param_n_is_kept(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("generate", "fox", "--param", "n=3", "-o", "out/", *SMALL)

    assert (len(bodies(sandbox)), names("out"), ran.code) == (
        1,
        ["fox-001.jpg", "fox-002.jpg", "fox-003.jpg"],
        0,
    )


def test_a_default_model_that_is_gone_is_followed_by_the_next_with_a_note(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=[parse("404")]) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", "--size", "512x512", "-o", "fox.jpg")
        models = [body["model"] for body in bodies(served)]

    assert (ran.code, models) == (
        0,
        ["black-forest-labs/FLUX.1-schnell", "black-forest-labs/FLUX.2-dev"],
    )
    assert ran.stderr.startswith(
        "note: black-forest-labs/FLUX.1-schnell is not available now; "
        "asking black-forest-labs/FLUX.2-dev instead (about $0.0154 each)\n"
    )


def test_a_model_that_was_named_is_never_replaced(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=[parse("404")]) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", "-m", "flux-schnell", *SMALL)
        asked = len(bodies(served))

    assert (ran.code, asked, names()) == (4, 1, [])


def test_a_prompt_that_is_no_text_is_refused(togimg: Togimg) -> None:
    Path("prompt.txt").write_bytes(b"a\xff\xfe")
    runs = [
        togimg("generate", "-", "--dry-run", stdin=b"a\xff\xfe"),
        togimg("generate", "--prompt-file", "prompt.txt", "--dry-run"),
    ]

    assert [(ran.code, ran.stderr.splitlines()[0]) for ran in runs] == [
        (2, "error: cannot read the prompt on stdin: it is not UTF-8 text"),
        (2, "error: cannot read the prompt file prompt.txt: it is not UTF-8 text"),
    ]


def test_a_dry_run_tells_the_sum(togimg: Togimg) -> None:
    ran = togimg("generate", "fox", "-m", "flux-2-dev", "-n", "12", "--dry-run")

    assert ran.stderr == (
        "note: a dry run: nothing was sent; 12 pictures, about $0.1848 "
        "(an estimate, prices as of 2026-08-17)\n"
    )


def test_curl_commands_without_their_pictures_say_so(togimg: Togimg) -> None:
    Path("photo.jpg").write_bytes(b"\xff\xd8")

    ran = togimg("edit", "older", "--image", "photo.jpg", "--dry-run", "--curl")

    assert ran.stderr.endswith(
        "note: local pictures are left out of the commands: put their data: URIs in\n"
    )
