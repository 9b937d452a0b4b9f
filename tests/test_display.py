"""Events become text: lines, JSON Lines, tables, and a live display on a real terminal."""

import json
import os
import pty
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from running import SMALL, Gate, bodies, names
from togimg.display import tables, words
from togimg.display.jsonl import JsonLines, as_object
from togimg.display.lines import Lines
from togimg.display.live import Live, whereabouts
from togimg.errors import RefusedError, ServiceError
from togimg.events import (
    Begun,
    Event,
    Failed,
    Finished,
    Noted,
    Planned,
    Progress,
    Saved,
    Skipped,
    Started,
    Waiting,
)
from togimg.sandbox import Sandbox

EVIL = "fox \x1b[31m\x07\x9b2J\u202e\u2028\ud800 [bold]狐"
SEEN = r"fox \x1b[31m\x07\x9b2J\u202e\u2028\ud800 [bold]狐"
SENT = {"prompt": EVIL, "seed": 7}
PICTURE: dict[str, Any] = {
    "index": 1, "path": "out/fox.jpg", "prompt": EVIL, "model": "m", "seed": 7, "width": 64,
    "height": 32, "format": "jpeg", "bytes": 1_234_567, "sha256": "ab", "cost": 0.0027,
    "duration": 1.25, "request_id": f"r-{EVIL}", "requested": SENT,
    "axes": {"steps": "4"}, "id": "a",
}  # fmt: skip
PLAN: dict[str, Any] = {
    "index": 1, "path": f"out/{EVIL}", "cost": None, "requested": SENT, "curl": None,
    "axes": {}, "id": None,
}  # fmt: skip
REFUSAL = RefusedError(f"refused: {EVIL}", hint=f"leave {EVIL} out", status=400)

STANDING = Progress(
    elapsed=30.0, made=120, failed=3, skipped=0, done=123, flying=64, left=4813, rate=12.34,
    eta=395.2, cost=0.324, slowest=(Started(7, EVIL, "m", 7), 41.04), waiting=None,
)  # fmt: skip

OBJECTS: list[tuple[Event, dict[str, Any] | None]] = [
    (Begun(2, 0.0027, 1, "2026-08-17"), None),
    (Started(1, EVIL, EVIL, 7), None),
    (STANDING, None),
    (Waiting(1, 0.5, EVIL), None),
    (Planned(**PLAN), {"type": "plan", **PLAN}),
    (Saved(**PICTURE), {"type": "image", **PICTURE}),
    (
        Skipped(1, f"out/{EVIL}"),
        {"type": "skipped", "index": 1, "path": f"out/{EVIL}", "id": None, "why": "exists"},
    ),
    (
        Failed(1, EVIL, "refused", REFUSAL),
        {
            "type": "failure",
            "index": 1,
            "prompt": EVIL,
            "outcome": "refused",
            "error": {
                "code": "refused",
                "message": f"refused: {EVIL}",
                "hint": f"leave {EVIL} out",
                "status": 400,
            },
            "id": None,
            "axes": {},
        },
    ),
    (Noted(EVIL), {"type": "note", "message": EVIL, "hint": None}),
    (
        Finished(1, 1, 1, None, 7, 61.0, refused=1, next="togimg batch jobs.csv"),
        {
            "type": "summary",
            "made": 1,
            "failed": 1,
            "skipped": 1,
            "cost": None,
            "exit_code": 7,
            "duration": 61.0,
            "refused": 1,
            "unknown": 0,
            "not_sent": 0,
            "next": "togimg batch jobs.csv",
        },
    ),
]
STORY = [event for event, _ in OBJECTS]
PROBLEM = [f"error: refused: {SEEN}", f"hint: leave {SEEN} out"]
STOOD = (
    "120 of 5000 made, 3 failed, 64 in flight, 12.3/s, about 7 min left, about $0.324 so far; "
    f'waiting longest for "{SEEN}" (41.0 s)'
).replace(r"\u2028", " ")
TALK = [
    "2 pictures, about $0.0027 and 1 of unknown price (an estimate, prices as of 2026-08-17)",
    STOOD,
    f"waiting 0.5 s: {SEEN}",
    f"skipped: out/{SEEN} exists",
    *PROBLEM,
    f"note: {SEEN}",
    "1 picture, 1 skipped, 1 refused in 1 min 1 s, cost unknown",
    "hint: go on with: togimg batch jobs.csv",
]


@pytest.mark.parametrize(("event", "expected"), OBJECTS, ids=lambda e: type(e).__name__)
def test_every_event_is_one_object_or_none(event: Event, expected: dict[str, Any] | None) -> None:
    assert as_object(event) == expected


def test_json_lines_are_valid_whatever_the_texts(capfd: pytest.CaptureFixture[str]) -> None:
    with JsonLines() as display:
        for event in STORY:
            display.show(event)

    out, err = capfd.readouterr()
    assert (out.isascii(), err) == (True, "")
    assert [json.loads(line) for line in out.splitlines()] == [o for _, o in OBJECTS if o]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a display writes of the whole story: stdout and stderr, as lines."""

    def tell(display: Lines) -> tuple[list[str], list[str]]:
        with display:
            for event in STORY:
                display.show(event)
        out, err = capsys.readouterr()
        return out.split("\n")[:-1], err.split("\n")[:-1]

    return tell


def test_plain_lines_put_results_on_stdout_and_talk_on_stderr(told: Any) -> None:
    prompt = r'"prompt": "fox \u001b[31m\u0007' + "\x9b2J\u202e\u2028" + r'\ud800 [bold]狐"'
    plan = [f"out/{SEEN}  (cost unknown)", "{", f"  {prompt},", '  "seed": 7', "}"]

    assert told(Lines()) == ([*plan, "out/fox.jpg"], TALK)


def test_quiet_lines_tell_results_and_failures_only(told: Any) -> None:
    out, err = told(Lines(quiet=True))

    assert (out[-1], err) == ("out/fox.jpg", PROBLEM)


def test_lines_of_a_sweep_begin_with_its_values(capsys: pytest.CaptureFixture[str]) -> None:
    axes = {"steps": "6", "prompt": "a\x1b fox on the moon at night"}
    story = (
        Started(1, "fox", "m", 7, None, axes),
        Saved(**(PICTURE | {"id": None, "axes": axes, "requested": {}, "request_id": "r"})),
        Failed(2, "fox", "refused", RefusedError("no", hint="ask otherwise"), None, axes),
        Failed(3, "fox", "refused", RefusedError("no", hint="ask otherwise"), None, {"steps": "9"}),
    )
    display = Lines(verbose=True)
    for event in story:
        display.show(event)

    here = r"steps 6, prompt a\x1b fox on the mo…: "
    assert capsys.readouterr().err.splitlines() == [
        f"{here}asking m, seed 7",
        f"{here}64x32 jpeg, 1.2 MB, seed 7, 1.2 s, request r",
        f"{here}sent {{}}",
        f"error: {here}no",
        "hint: ask otherwise",
        "error: steps 9: no",
    ]


def test_verbose_lines_tell_what_was_sent_and_what_came_with_nothing_that_steers_a_terminal(
    told: Any,
) -> None:
    sent = words.visible(json.dumps(SENT, ensure_ascii=False))

    assert told(Lines(verbose=True))[1] == [
        TALK[0],
        f"1: asking {SEEN}, seed 7",
        *TALK[1:3],
        f"row a: 64x32 jpeg, 1.2 MB, seed 7, 1.2 s, request r-{SEEN}",
        f"row a: sent {sent}",
        *TALK[3:],
    ]


def test_one_error_that_ended_a_run_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    over = ServiceError("the time is over")
    display = Lines()
    for index in (1, 2, 3):
        display.show(Failed(index, "fox", "not_sent", over))

    assert capsys.readouterr().err == "error: the time is over\n"


def test_a_picture_that_went_to_stdout_has_no_line_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Lines().show(Saved(**(PICTURE | {"path": "-"})))

    assert capsys.readouterr().out == ""


@given(st.text(st.characters(codec=None)))
def test_nothing_that_is_shown_can_steer_a_terminal(text: str) -> None:
    shown = words.visible(text)

    harmful = {c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert harmful <= {"\u200c", "\u200d"}
    shown.encode()


@pytest.mark.parametrize("text", ["👩‍🚀", "می‌خواهم", "größer 狐 é", r"a\b"])
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert words.visible(text) == text


DATED = "(an estimate, prices as of 2026-08-17)"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (words.usd(None), "cost unknown"),
        (words.usd(0), "about $0.00"),
        (words.usd(0.0027), "about $0.0027"),
        (words.usd(0.03), "about $0.03"),
        (words.usd(0.5), "about $0.50"),
        (words.usd(10.0), "about $10.00"),
        (words.seconds(0.04), "0.0 s"),
        (words.seconds(59.94), "59.9 s"),
        (words.seconds(119.6), "2 min 0 s"),
        (words.seconds(7384), "2 h 3 min"),
        (words.rough(59.4), "59 s"),
        (words.rough(59.6), "1 min"),
        (words.rough(3599), "1 h 0 min"),
        (words.pace(12.34), "12.3/s"),
        (words.pace(0.051), "3.1/min"),
        (words.size(4_200), "4 kB"),
        (words.size(1_234_567), "1.2 MB"),
        (words.brief("a\nred\t fox"), "a red fox"),
        (words.brief("a red fox in the snow", 10), "a red fox…"),
        (words.brief(None), ""),
        (words.summary(Finished(0, 0, 2, 0, 0, 1.0)), "no pictures, 2 skipped in 1.0 s"),
        (words.summary(Finished(3, 1, 0, 0.1, 7, 9)), "3 pictures, 1 failed in 9.0 s, about $0.10"),
        (
            words.summary(Finished(36, 9, 2, 0.1, 7, 192, refused=1, unknown=1, not_sent=4)),
            (
                "36 pictures, 2 skipped, 1 refused, 3 failed, 4 not sent, 1 unknown (maybe billed) "
                "in 3 min 12 s, about $0.10"
            ),
        ),
        (words.expected(Begun(40, 0.108, 0, "2026-08-17")), f"40 pictures, about $0.108 {DATED}"),
        (words.expected(Begun(40, None, 40, None)), "40 pictures, cost unknown"),
    ],
)
def test_numbers_are_told_so_that_a_person_can_read_them(shown: str, expected: str) -> None:
    assert shown == expected


def test_plain_tables_are_aligned_and_harmless(capsys: pytest.CaptureFixture[str]) -> None:
    tables.table(("name", "price"), [("fox", "1"), ("a red fox", "\x1b[2J")], drawn=False)
    tables.record([("id", "1"), ("name\x1b", "a\nb")], drawn=False)

    assert capsys.readouterr().out == (
        "name       price\nfox        1\na red fox  \\x1b[2J\nid        1\nname\\x1b  a\\nb\n"
    )


def test_a_wait_after_the_first_picture_of_a_reply_has_no_row_and_no_harm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Live(sys.stderr) as display:
        for event in (Started(1, "fox", "m", 7), Saved(**PICTURE), Waiting(1, 0.0, "busy")):
            display.show(event)

    assert capsys.readouterr().out == "out/fox.jpg\n"


Drawn = Callable[..., list[str]]


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What a terminal of this width has on it once a picture is saved after these events."""

    def draw(width: int, *events: Event) -> list[str]:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(width))
        with Live(sys.stderr) as display:
            for event in events:
                display.show(event)
            display.show(Saved(**PICTURE))
            _, _, screen = capsys.readouterr().err.rpartition("\x1b[2K")
        plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", screen)
        return re.sub(r"^[⠋-⣿] (.*) · \d s$", r"* \1", plain, flags=re.MULTILINE).splitlines()

    return draw


def asked(count: int) -> list[Started]:
    return [Started(index, "a [red] fox", "m", 7) for index in range(1, count + 1)]


def test_a_terminal_has_a_row_for_each_picture_in_flight_and_a_bar(drawn: Drawn) -> None:
    slow = replace(STANDING, rate=2.0, done=2500, left=2436, flying=64, failed=0)

    assert drawn(80, *asked(3), slow) == [
        "* a [red] fox · seed 7",
        "* a [red] fox · seed 7",
        "━━━━━━━━━━━━━━━━ 2500/5000 · 64 in flight · 2.0/s · 7 min left · about $0.324",
    ]


def test_a_row_of_a_sweep_begins_with_its_values_and_fits(drawn: Drawn) -> None:
    vary = {"steps": "6", "seed": "7", "prompt": "fox", "negative-prompt": "fog, mist and rain"}
    long = Started(2, "a [red] fox in the snow of a night", "m", 7, None, vary)
    wide = Started(
        3, "雪の中の赤い狐、夜明けの光、静かな森、遠くの山々、澄んだ空気と霧", "m", 1234567890
    )
    bare = Started(4, None, "m", None, None, {"model": "\x1b[2J" + "x" * 30, "prompt": "x"})

    *rows, _ = drawn(80, long, wide, bare, replace(STANDING, rate=1.0))

    assert rows == [
        "* steps 6 · negative-prompt fog, mist and rain · a [red] fox in … · seed 7",
        "* 雪の中の赤い狐、夜明けの光、静かな森、遠くの山々、澄 … · seed 1234567890",
        r"* model \x1b[2Jxxxxxxxxxxxx… · prompt x",
    ]
    assert [cell_len(row) + len(" · 0 s") for row in rows] == [80, 80, 45]


def test_a_narrow_terminal_has_a_short_bar_and_what_matters_most(drawn: Drawn) -> None:
    assert drawn(40, STANDING) == ["━━━━━━━━ 123/5000 · 3 failed"]


@pytest.mark.parametrize(("count", "rate"), [(10, 1.0), (3, 12.0)])
def test_pictures_that_come_and_go_in_no_time_have_no_rows(
    drawn: Drawn, count: int, rate: float
) -> None:
    (bar,) = drawn(80, *asked(count), replace(STANDING, rate=rate))

    assert bar.startswith("━")


def test_one_picture_has_no_bar(drawn: Drawn) -> None:
    alone = replace(STANDING, done=0, flying=1, left=0, rate=None)

    assert drawn(80, *asked(2), alone) == ["* a [red] fox · seed 7"]


def test_a_wait_is_told_below_the_bar(drawn: Drawn) -> None:
    bar, wait = drawn(80, replace(STANDING, left=None), Waiting(1, 3000.0, "\x1bbusy"))

    assert (bar, wait) == (
        "123 · 3 failed · 64 in flight · 12.3/s · 7 min left · about $0.324",
        r"waiting 50 min 0 s: \x1bbusy",
    )


def test_many_results_at_once_come_all_and_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    with Live(sys.stderr) as display:
        for index in range(500):
            display.show(Saved(**(PICTURE | {"path": f"{index}.jpg"})))
        display.show(Finished(500, 0, 0, 0.1, 0, 9.0))
        at_the_end = capsys.readouterr().out

    assert at_the_end == "".join(f"{index}.jpg\n" for index in range(500))


def test_results_that_land_on_the_same_terminal_are_known_from_others() -> None:
    ours, theirs = pty.openpty()
    other, another = pty.openpty()
    reader, writer = os.pipe()
    descriptors = [theirs, os.dup(theirs), another, writer]
    with ExitStack() as files:
        terminal, same, elsewhere, pipe = (
            files.enter_context(os.fdopen(descriptor, "w")) for descriptor in descriptors
        )
        regular = files.enter_context(Path("out.txt").open("w"))
        null = files.enter_context(Path(os.devnull).open("w"))
        streams = [same, elsewhere, pipe, regular, null, TextIOWrapper(BytesIO())]
        places = [whereabouts(stream, terminal) for stream in streams]
    for descriptor in (ours, other, reader):
        os.close(descriptor)

    assert places == ["same", "unknown", "unknown", "elsewhere", "elsewhere", "unknown"]


def togimg(*argv: str) -> list[str]:
    return [sys.executable, "-m", "togimg", *argv]


def environment(**more: str) -> dict[str, str]:
    """The test's own, with a terminal in it that can be drawn on."""
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return kept | {"TERM": "xterm-256color"} | more


def service(served: Sandbox, **more: str) -> dict[str, str]:
    """An environment that names this service."""
    return environment(TOGETHER_BASE_URL=served.url, TOGETHER_API_KEY="a-key", **more)


def on_terminal(
    *argv: str,
    stdout: int | None = None,
    watch: Callable[[str], object] = len,
    env: dict[str, str] | None = None,
) -> tuple[int, str, str]:
    """The exit code, what a terminal got, and what a pipe in stdout's place got.

    `watch` is called with all that the terminal has got, whenever there is more.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        togimg(*argv), stdin=subprocess.DEVNULL, stdout=stdout or theirs, stderr=theirs,
        env=env or environment(),
    ) as process:  # fmt: skip
        os.close(theirs)
        screen = b""
        while piece := _piece(ours):
            screen += piece
            watch(screen.decode(errors="replace"))
        piped = process.stdout.read() if process.stdout else b""
    os.close(ours)
    return process.returncode, screen.decode(), piped.decode()


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux: the last one on the other side has left.
        return b""


THREE = ("--sandbox", "-n", "3", "-j", "1", "-o", "out/", *SMALL)


def test_progress_is_drawn_on_stderr_and_stdout_has_the_paths_alone() -> None:
    code, screen, piped = on_terminal("generate", "a [red] fox", *THREE, stdout=subprocess.PIPE)

    assert (code, piped) == (0, "".join(f"out/a-red-fox-00{n}.jpg\n" for n in (1, 2, 3)))
    assert "3 pictures in " in screen
    assert "out/" not in screen


def test_a_prompt_with_brackets_and_escapes_is_drawn_as_it_is_written() -> None:
    expected = r"[red]\x1b[2J fox · seed 7"

    def open_when_drawn(screen: str) -> None:
        if expected in re.sub(r"\x1b\[[\d;]*m", "", screen):
            served.opened.set()

    argv = ("generate", "[red]\x1b[2J fox", *SMALL)
    with Gate() as served:
        code, _, _ = on_terminal(*argv, watch=open_when_drawn, env=service(served))

        assert (code, served.opened.is_set()) == (0, True)


@pytest.mark.parametrize("flag", ["-v", "-q", "--dry-run"])
def test_a_path_on_a_terminal_is_harmless_in_every_mode(flag: str) -> None:
    argv = ("generate", "fox", "--sandbox", "-o", "a\x1b[2J/", flag, *SMALL)
    _, screen, _ = on_terminal(*argv)

    assert (r"a\x1b[2J/fox-001" in screen, "\x1b[2J" in screen) == (True, False)


def test_names_are_bold_in_a_drawn_record_and_values_are_not() -> None:
    _, screen, _ = on_terminal("models", "flux-schnell")

    assert ("\x1b[1mid " in screen, "\x1b[1mblack-forest-labs" in screen) == (True, False)


def test_a_dry_run_on_a_terminal_shows_a_body_that_can_be_read() -> None:
    _, screen, _ = on_terminal("generate", "fox", "--seed", "7", "--dry-run")

    assert '{\r\n  "model": "black-forest-labs/FLUX.1-schnell",\r\n  "prompt": "fox",' in screen
    assert "0/?" not in screen


def test_without_colour_no_colour_is_drawn() -> None:
    _, screen, _ = on_terminal("generate", "fox", *THREE, env=environment(NO_COLOR="1"))

    assert re.findall(r"\x1b\[[\d;]*(?:3|4|9|10)\d[\d;]*m", screen) == []


@pytest.mark.parametrize("force", ["0", "1", "3"])
@pytest.mark.parametrize("argv", [("generate", "fox", *THREE), ("models", "flux-schnell"), ("-h",)])
def test_a_pipe_gets_no_control_sequence_whatever_is_forced(
    argv: tuple[str, ...], force: str
) -> None:
    ran = subprocess.run(
        togimg(*argv), capture_output=True, check=True, env=environment(FORCE_COLOR=force)
    )

    assert b"\x1b" not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "streams",
    [
        "",
        "2>&1",
    ],
)
def test_a_reader_that_leaves_early_ends_the_run_quietly_and_keeps_what_was_paid(
    streams: str,
) -> None:
    command = f'exec 3>&1; {{ "$@" {streams}; echo $? >&3; }} | head -1'
    argv = ("generate", "fox", "-v", "-n", "40", "-j", "3", *SMALL)
    with Sandbox(latency=0.1) as served:
        ran = subprocess.run(
            ["sh", "-c", command, "sh", *togimg(*argv)],
            capture_output=True, check=True, text=True, env=service(served),
        )  # fmt: skip
        sent = len(bodies(served))

    assert (ran.stdout.splitlines()[-1], len(names()), sent < 40) == ("141", sent, True)
    assert "Traceback" not in ran.stderr
    assert "BrokenPipe" not in ran.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_hindrance(closed: str) -> None:
    script = f'"$@" {closed}'
    ran = subprocess.run(
        ["sh", "-c", script, "sh", *togimg("generate", "fox", "--sandbox", *SMALL)],
        capture_output=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, names()) == (0, ["fox-001.jpg"])


@pytest.mark.parametrize(
    "variables",
    [{}, {"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"HOME": "/nowhere/at/all"}],
    ids=str,
)
def test_a_japanese_prompt_works_in_a_bare_environment(variables: dict[str, str]) -> None:
    ran = subprocess.run(
        togimg("generate", "雪の狐", "--sandbox", *SMALL),
        env={"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"], **variables},
        capture_output=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stdout.decode()) == (0, "雪の狐-001.jpg\n")
    assert Path("雪の狐-001.jpg").exists()
