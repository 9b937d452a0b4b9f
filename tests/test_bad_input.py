"""Every kind of bad input: its message, its next step, its exit code, and nothing sent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from running import KEY, Ran, Togimg, names
from togimg.sandbox import Sandbox

EDITORS = "models that take it: kontext-pro, kontext-max, flux-2-dev, flux-2-pro, flux-2-flex, …"

NO_KEY = (
    "error: no API key\n"
    "hint: set TOGETHER_API_KEY (keys: https://api.together.ai/settings/api-keys), "
    "or try --sandbox, which needs none\n"
)

WRONG_FLAGS = {
    ("generate",): (
        "no prompt",
        'say what to draw, in quotes: "a red fox in the snow"',
    ),
    ("generate", "  "): (
        "no prompt",
        'say what to draw, in quotes: "a red fox in the snow"',
    ),
    ("generate", "a", "red", "fox"): (
        "got unexpected extra argument(s) (red fox)",
        "put a text of several words in quotes",
    ),
    ("generate", "-5 degrees"): (
        "no such option: -5",
        "see togimg generate --help; a prompt that begins with - goes after --",
    ),
    ("generate", "fox", "--vary"): (
        "option '--vary' requires an argument",
        "give it a value: --vary steps=1,4,12",
    ),
    ("generate", "fox", "-m"): ("option '-m' requires an argument", "give it a value: -m VALUE"),
    ("generate", "fox", "-m", ""): ("--model is empty", "leave it out, or give it a value"),
    ("edit", "older", "--image", ""): ("--image is empty", "leave it out, or give it a value"),
    ("generate", "fox", "--guidance-scale", "nan"): (
        "--guidance-scale must be a number, not nan",
        None,
    ),
    ("variations", "./fox"): ("there is no picture ./fox", "name a file that is there"),
    ("sandbox", "--host", "10.0.0.1"): (
        "the sandbox serves loopback, not 10.0.0.1",
        "use --host 127.0.0.1",
    ),
    ("generate", "fox", "--jsn"): ("no such option: --jsn", "did you mean --jobs or --json?"),
    ("genrate", "fox"): ("no such command 'genrate'", "did you mean 'generate'?"),
    ("generate", "fox", "--steps", "many"): (
        "invalid value for '--steps': 'many' is not a valid int",
        "see togimg generate --help",
    ),
    ("generate", "fox", "-n", "0"): ("--count must be 1 or more, not 0", None),
    ("generate", "fox", "-j", "0"): ("--jobs must be 1 or more, not 0", None),
    ("generate", "fox", "--steps", "0"): ("--steps must be 1 or more, not 0", None),
    ("generate", "fox", "--retries", "-1"): ("--retries must be 0 or more, not -1", None),
    ("generate", "fox", "--timeout", "0"): ("--timeout must be more than 0 seconds", None),
    ("generate", "fox", "--max-time", "nan"): ("--max-time must be more than 0 seconds", None),
    ("generate", "fox", "--size", "1023x7"): (
        "width must be a positive multiple of 8, not 1023",
        "the nearest that flux-schnell takes: --size 1024x8",
    ),
    ("generate", "fox", "--size", "big"): (
        "--size big is no size",
        "write 1024x768, square, landscape or portrait",
    ),
    ("generate", "fox", "--aspect-ratio", "wide"): (
        "--aspect-ratio wide is no ratio",
        "write W:H, for example 16:9",
    ),
    ("generate", "fox", "--size", "64x64", "--aspect-ratio", "1:1"): (
        "--size and --aspect-ratio contradict",
        "give one of the two",
    ),
    ("generate", "fox", "--param", "n"): ("--param n has no value", "write --param KEY=VALUE"),
    ("generate", "fox", "--param", "=1"): ("--param =1 has no key", "write --param KEY=VALUE"),
    ("generate", "fox", "-m", "FLUX.2-pro", "--steps", "8"): (
        "flux-2-pro does not take --steps",
        "models that take it: flux-schnell, flux-2-dev, kontext-pro, kontext-max",
    ),
    ("generate", "fox", "-m", "flux-dev"): (
        "FLUX.1-dev was retired on 2026-02-25",
        "use -m flux-2-dev",
    ),
    ("edit", "older", "--image", "https://example.com/x.jpg", "-m", "flux-schnell"): (
        "flux-schnell does not take --image",
        EDITORS,
    ),
    ("edit", "older"): ("no picture to edit", "name one with --image FILE_OR_URL"),
    ("edit", "-", "--image", "-"): (
        "stdin cannot be both prompt and picture",
        "give one as a file",
    ),
    ("generate", "fox", "-o", "fox.gif"): (
        "togimg does not write .gif files",
        "use .png, .jpg, .jpeg, .webp",
    ),
    ("generate", "fox", "-o", "v1.2"): (
        "v1.2 is neither a folder nor a picture's name",
        "end a folder with /, or a picture with .png, .jpg, .jpeg, .webp",
    ),
    ("generate", "fox", "-o", "{sluggish}.png"): (
        "a name template has no field {sluggish}",
        "fields: slug number seed model prompt date time width height index",
    ),
    ("generate", "fox", "--name", "../{slug}"): (
        "a name template stays inside the output folder: ../{slug}",
        "name the folder with -o",
    ),
    ("generate", "fox", "-o", "a.png", "--name", "b"): (
        "-o names a file and --name another",
        "with --name, let -o be a folder",
    ),
    ("generate", "fox", "-n", "2", "-o", "-"): (
        "-o - takes one picture",
        "leave -n and --vary out, or use -o FOLDER",
    ),
    ("generate", "fox", "-o", "-", "--json"): (
        "--json and -o - both want stdout",
        "give -o a file name",
    ),
    ("generate", "fox", "--curl"): ("--curl shows what would be sent", "add --dry-run"),
    ("generate", "fox", "--base-url", "api.together.ai"): (
        "api.together.ai is no base URL",
        "write it in full, as in --base-url https://api.together.ai/v1",
    ),
    ("generate", "fox", "--base-url", "http://example.com"): (
        "http://example.com would carry the key unencrypted",
        "use https, a loopback address, or --insecure-http",
    ),
    ("generate", "fox", "--prompt-file", "p.txt"): (
        "a prompt and --prompt-file",
        "give one of the two",
    ),
    ("generate", "--prompt-file", "missing.txt"): (
        "cannot read the prompt file missing.txt: no such file or directory",
        "name a text file, or - for stdin",
    ),
    ("variations", "missing.jpg"): (
        "there is no picture missing.jpg",
        "name a file that is there",
    ),
    ("show", "missing.jpg"): (
        "cannot read missing.jpg: no such file or directory",
        "name a picture that is there",
    ),
    ("show", "a.jpg", "--json", "--command"): (
        "--json and --command contradict",
        "give one of the two",
    ),
    ("models", "kontxt"): (
        "kontxt is not in the catalogue",
        "did you mean kontext or kontext-max or kontext-dev?",
    ),
    ("sandbox", "--fault", "4299"): (
        "no fault is called '4299'",
        None,
    ),
}


@pytest.mark.parametrize("argv", WRONG_FLAGS, ids=" ".join)
def test_wrong_flags_are_refused_with_the_next_step(
    togimg: Togimg, sandbox: Sandbox, argv: tuple[str, ...]
) -> None:
    ran = togimg(*argv)

    message, hint = WRONG_FLAGS[argv]
    assert (ran.code, sandbox.requests, names()) == (2, (), [])
    assert ran.stderr.startswith(f"error: {message}")
    assert hint is None or ran.stderr.endswith(f"hint: {hint}\n")


def test_no_key_is_said_before_anything_is_sent(togimg: Togimg) -> None:
    assert togimg("generate", "fox") == Ran(3, "", NO_KEY)


def test_errors_are_json_lines_when_asked_and_the_summary_still_comes_last(
    togimg: Togimg,
) -> None:
    ran = togimg("generate", "fox", "--json", "-n", "0")

    assert ran.stdout == (
        '{"type": "failure", "index": null, "prompt": null, "outcome": "not_sent", '
        '"error": {"code": "usage", "message": "--count must be 1 or more, not 0", '
        '"hint": null, "status": null}, "id": null, "axes": {}}\n'
        '{"type": "summary", "made": 0, "failed": 1, "skipped": 0, "cost": null, '
        '"exit_code": 2, "duration": 0.0, "refused": 0, "unknown": 0, "not_sent": 1, '
        '"next": null}\n'
    )


def references() -> None:
    """Files that are no pictures, each in its own way."""
    Path("empty.jpg").touch()
    Path("text.jpg").write_text("not a picture")
    Path("folder.jpg").mkdir()
    Image.new("RGB", (64, 64), "red").save("whole.jpg")
    Path("cut.jpg").write_bytes(Path("whole.jpg").read_bytes()[:400])
    with Path("heavy.jpg").open("wb") as file:
        file.truncate(100_000_001)
    Image.new("1", (11_000, 11_000)).save("huge.png")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("missing.jpg", "there is no file missing.jpg"),
        ("empty.jpg", "empty.jpg is empty"),
        ("text.jpg", "text.jpg is not a picture that can be read"),
        ("cut.jpg", "cut.jpg is not a picture that can be read"),
        ("folder.jpg", "folder.jpg is a folder, not a picture"),
        ("heavy.jpg", "heavy.jpg is larger than 100 MB"),
        ("huge.png", "huge.png has more than 100 megapixels"),
        ("-", "the picture on stdin is empty"),
        ("data:image/png;base64,!!!", "the data: URI of a reference cannot be decoded"),
        ("data:image/png;base64,AAAA", "the data: URI is not a picture that can be read"),
    ],
)
def test_a_reference_that_cannot_be_used_ends_the_run_before_it_costs(
    togimg: Togimg, sandbox: Sandbox, image: str, message: str
) -> None:
    references()

    ran = togimg("edit", "older", "--image", image)

    lines = ran.stderr.splitlines()
    assert (ran.code, lines[0], sandbox.requests) == (2, f"error: {message}", ())
    assert lines[1].startswith("hint: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_reference_that_may_not_be_read_is_said_so(togimg: Togimg, sandbox: Sandbox) -> None:
    Path("secret.jpg").touch(mode=0)

    assert togimg("edit", "older", "--image", "secret.jpg").stderr.startswith(
        "error: you may not read secret.jpg\n"
    )


THREE = "3 pictures, about $0.0085 (an estimate, prices as of 2026-08-17)"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("file/", "cannot write in file: it is no folder"),
        ("file/fox.png", "cannot write in file: it is no folder"),
        ("file/deep/{slug}", "cannot write in file/deep: not a directory"),
        ("/proc/nowhere/", "cannot write in /proc/nowhere: no such file or directory"),
    ],
)
def test_a_place_that_cannot_be_written_sends_nothing(
    togimg: Togimg, sandbox: Sandbox, output: str, message: str
) -> None:
    Path("file").write_text("in the way")

    ran = togimg("generate", "fox", "-n", "3", "-o", output)

    estimate, *problem, summary = ran.stderr.splitlines()
    assert (ran.code, sandbox.requests, estimate) == (8, (), THREE)
    assert problem == [f"error: {message}", "hint: choose a folder that can be written with -o"]
    assert summary.startswith("no pictures, 3 not sent in ")


def test_an_unknown_model_is_sent_as_it_is_with_the_nearest_names(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("generate", "fox", "-m", "flux-schnel", "--size", "63x63", "--steps", "99")

    assert (ran.code, len(sandbox.requests)) == (4, 1)
    assert ran.stderr.startswith(
        "note: flux-schnel is not in the catalogue; it is sent as it is\n"
        "hint: did you mean flux-schnell or "
    )


def test_lenient_leaves_out_what_the_model_refuses(togimg: Togimg) -> None:
    ran = togimg(
        *("generate", "fox", "-m", "flux-2-pro", "--steps", "8", "--size", "1023x7"),
        *("--seed", "1", "--lenient", "--dry-run"),
    )

    assert (ran.code, '"steps"' in ran.stdout, '"width": 1024' in ran.stdout) == (0, False, True)
    assert ran.stderr.startswith("note: --steps left out: flux-2-pro does not take it\n")


@pytest.mark.parametrize("key", ["two words", "first\nsecond", f"{KEY}\r\nX-Evil: 1", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", key)

    ran = togimg("generate", "fox", "-v")

    assert (ran.code, sandbox.requests) == (3, ())
    assert not any(part in ran.stdout + ran.stderr for part in key.split())


def test_a_bug_is_one_line_and_says_how_to_see_more() -> None:
    program = (
        "import sys, togimg.cli.app as app, togimg.cli as cli\n"
        "app.dispatch = lambda argv: 1 / 0\n"
        "sys.exit(cli.main(['models']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1,
        "",
        (
            "error: a bug in togimg: ZeroDivisionError: division by zero\n"
            "hint: TOGIMG_DEBUG=1 shows where it happened\n"
        ),
    )
