"""togimg history, and the requests that runs leave behind for it."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from running import KEY, SMALL, Ran, Togimg, bodies, names, objects, use
from togimg.cli.history import moment
from togimg.ledger import Intent, Ledger
from togimg.sandbox import Answer, Received, Sandbox, parse

SCHNELL = "black-forest-labs/FLUX.1-schnell"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def state() -> Path:
    return Path(os.environ["XDG_STATE_HOME"], "togimg")


def lines(ran: Ran) -> list[str]:
    """The table, without what differs from run to run."""
    return [" ".join(re.sub(TIME, "WHEN", line).split()) for line in ran.stdout.splitlines()]


def entries(togimg: Togimg, *flags: str) -> list[dict[str, Any]]:
    return objects(togimg("history", "--json", *flags))


def remember(*outcomes: str, prompt: str = "fox", cost: float | None = 0.25) -> None:
    """Entries of one run, with these outcomes."""
    with Ledger(state(), "api") as ledger:
        for outcome in outcomes:
            intent = Intent(
                fingerprint="f",
                requested={"model": SCHNELL, "prompt": prompt},
                folder=Path("out"),
                path=None,
                cost=cost,
            )
            ledger.intend(intent).close(outcome)  # type: ignore[arg-type]


def test_before_anything_was_asked_for_there_is_nothing_to_see(togimg: Togimg) -> None:
    assert togimg("history") == Ran(0, "", "nothing was asked for yet\n")
    assert not state().exists()


def test_every_request_is_there_the_newest_last(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "a red fox", "-o", "out/", *SMALL)
    togimg("generate", "a fox -o that is not kept", "-o", "-", *SMALL)

    ran = togimg("history")

    assert (ran.code, ran.stderr) == (0, "")
    assert lines(ran) == [
        "time outcome cost model picture or prompt",
        "WHEN made $0.000011 flux-schnell out/a-red-fox-001.jpg",
        "WHEN made $0.000011 flux-schnell a fox -o that is not kept",
    ]


def test_json_has_all_that_is_known(togimg: Togimg, sandbox: Sandbox) -> None:
    (image, _) = objects(togimg("generate", "a red fox", "-o", "fox.jpg", "--json", *SMALL))

    (entry,) = entries(togimg)

    same = ("path", "prompt", "cost", "request_id", "sha256", "requested")
    known = {key: image[key] for key in same} | {"path": str(Path("fox.jpg").absolute())}
    assert {key: entry[key] for key in same} == known
    assert {key: entry[key] for key in ("type", "id", "outcome", "model", "folder", "error")} == {
        "type": "entry", "id": 1, "outcome": "made", "model": SCHNELL,
        "folder": str(Path.cwd()), "error": None,
    }  # fmt: skip
    assert entry["service"] == sandbox.url.split("/")[2]
    assert datetime.fromisoformat(entry["started"]).tzinfo == UTC
    assert entry["duration"] > 0


@pytest.mark.parametrize(
    ("fault", "outcome", "error"),
    [
        ("422", "refused", "the service refused the request: 422"),
        ("504", "unknown", "no usable answer: 504"),
        ("truncated-picture", "unknown", "the picture"),
    ],
)
def test_what_became_of_a_request_is_told_in_the_contract_s_words(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch, fault: str, outcome: str, error: str
) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        use(served, monkeypatch)
        togimg("generate", "fox", "-m", "flux-schnell", "--retries", "0", *SMALL)

    (entry,) = entries(togimg)

    assert (entry["outcome"], entry["path"]) == (outcome, None)
    assert entry["error"].startswith(error)


@pytest.mark.parametrize(
    ("faults", "flags", "outcomes"),
    [
        (("500", "502"), (), ["failed", "failed", "made"]),
        (("429", "503"), (), ["made"]),
        (("reset",), ("--retry-unknown",), ["unknown", "made"]),
        (("spurious",), (), ["refused", "made"]),
        (("500:*",), (), ["failed", "failed", "failed"]),
        (("500", "402"), (), ["failed", "refused"]),
        (("500", "429:*:0"), (), ["failed", "refused"]),
        (("502", "504"), (), ["failed", "unknown"]),
        (("reset", "422"), ("--retry-unknown",), ["unknown", "refused"]),
        (("500:1:9",), ("--max-time", "1"), ["failed"]),
    ],
)
def test_every_try_that_came_to_something_is_an_entry_of_its_own(
    togimg: Togimg,
    monkeypatch: pytest.MonkeyPatch,
    faults: tuple[str, ...],
    flags: tuple[str, ...],
    outcomes: list[str],
) -> None:
    with Sandbox(faults=map(parse, faults)) as served:
        use(served, monkeypatch)
        togimg("generate", "fox", "-m", "flux-schnell", *flags, *SMALL)

    assert [entry["outcome"] for entry in entries(togimg)] == outcomes


def test_a_refusal_after_a_failure_is_not_counted_as_maybe_billed(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=map(parse, ("500", "402"))) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", "-m", "flux-schnell", *SMALL)

    _, refused = entries(togimg)
    assert (ran.code, ran.stderr.splitlines()[1]) == (
        3,
        f"error: {refused['error']}; 1 failed try may have been billed",
    )
    assert refused["error"].startswith("the service refused the account: 402")
    assert lines(togimg("history", "--spend"))[-1] == "total 0 $0.00 $0.000011 (1 request)"


def test_only_what_may_have_been_billed_is_shown_when_asked(togimg: Togimg) -> None:
    remember("made", "unknown", "refused", "failed")

    ran = togimg("history", "--unknown")
    sums = objects(togimg("history", "--spend", "--json"))

    (total,) = (one for one in sums if one.get("by") == "total")
    assert lines(ran)[1:] == [
        "WHEN unknown $0.25 flux-schnell fox",
        "WHEN failed $0.25 flux-schnell fox",
    ]
    assert (total["doubtful"], total["doubtful_cost"]) == (2, 0.5)


def test_the_last_twenty_are_shown_unless_more_are_wanted(togimg: Togimg) -> None:
    remember(*["made"] * 23)

    shown = [len(lines(togimg("history", *flags))) - 1 for flags in ((), ("--all",))]
    few = togimg("history", "--limit", "2", "--json")

    assert shown == [20, 23]
    assert [entry["id"] for entry in objects(few)] == [22, 23]
    assert togimg("history").stderr == "the last 20 of 23 requests; all of them: --all\n"


def test_only_later_ones_are_shown_when_asked(togimg: Togimg) -> None:
    remember("made")

    counts = [len(entries(togimg, "--since", when)) for when in ("2000-01-01", "1h", "2999-01-01")]

    assert counts == [1, 1, 0]
    assert togimg("history", "--since", "2999-01-01").stderr == "nothing of that kind\n"


@pytest.mark.parametrize(
    ("text", "ago"),
    [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("30m", timedelta(minutes=30))],
)
def test_so_long_ago_is_a_moment(text: str, ago: timedelta) -> None:
    assert abs(datetime.now(UTC) - ago - moment(text)) < timedelta(minutes=1)


def test_a_date_begins_at_midnight_where_the_user_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()

    assert moment("2026-11-21") == datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_costs_are_summed_by_day_model_and_folder(togimg: Togimg) -> None:
    remember("made", "made", "unknown", "refused")
    remember("made", cost=None)
    today = datetime.now(UTC).date().isoformat()

    ran = togimg("history", "--spend")

    numbers = "3 $0.50 and 1 of unknown price $0.25 (1 request)"
    assert lines(ran) == [
        "by of pictures cost maybe billed besides",
        f"day {today} {numbers}",
        f"model flux-schnell {numbers}",
        f"folder {Path('out').absolute()} {numbers}",
        f"total {numbers}",
    ]
    assert re.fullmatch(
        r"costs are estimates in USD, with prices as of \d{4}-\d\d-\d\d\n", ran.stderr
    )


def test_sums_are_objects_with_json(togimg: Togimg) -> None:
    remember("made", "unknown")

    sums = objects(togimg("history", "--spend", "--json"))

    assert [line["by"] for line in sums[:-2]] == ["day", "model", "folder", "total"]
    assert sums[-3:] == [
        {
            "type": "spend", "by": "total", "key": None, "made": 1, "cost": 0.25, "unpriced": 0,
            "doubtful": 1, "doubtful_cost": 0.25,
        },
        {"type": "budget", "name": "per_day", "cost": 0.5, "cleared": 0.0},
        {"type": "budget", "name": "per_month", "cost": 0.5, "cleared": 0.0},
    ]  # fmt: skip


def test_what_was_cleared_is_told_as_budgets_count_it(togimg: Togimg) -> None:
    remember("made", "unknown", "refused")
    togimg("history", "clear")
    gone = togimg("history", "--spend")
    remember("made")

    ran = togimg("history", "--spend")
    *_, day, month = objects(togimg("history", "--spend", "--json"))

    told = (
        "cleared from the history, and counted by budgets still: "
        "about $0.50 of today, about $0.50 of this month\n"
    )
    assert gone == Ran(0, "", f"nothing of that kind\n{told}")
    assert lines(ran)[-1] == "total 1 $0.25"
    assert ran.stderr.endswith(told)
    assert (day, month) == (
        {"type": "budget", "name": "per_day", "cost": 0.75, "cleared": 0.5},
        {"type": "budget", "name": "per_month", "cost": 0.75, "cleared": 0.5},
    )


def test_what_is_of_another_day_than_it_was_is_not_taken_for_cleared(togimg: Togimg) -> None:
    remember("made")
    with contextlib.closing(sqlite3.connect(state() / "ledger.sqlite3")) as file, file:
        # As where the clock was put back, or the time zone is another now.
        file.execute("UPDATE requests SET started = '2000-01-01T00:00:00.000+00:00'")

    *_, day, month = objects(togimg("history", "--spend", "--json"))

    assert [(o["name"], o["cost"], o["cleared"]) for o in (day, month)] == [
        ("per_day", 0.25, 0.0),
        ("per_month", 0.25, 0.0),
    ]


def test_a_hostile_prompt_is_shown_harmless(togimg: Togimg) -> None:
    remember("refused", prompt="fox\x1b[31m\u202e\n\x9b2J [bold]")

    ran = togimg("history")

    assert lines(ran)[1] == r"WHEN refused - flux-schnell fox\x1b[31m\u202e \x9b2J [bold]"


def test_history_is_cleared_and_pictures_stay(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox", *SMALL)

    before = togimg("history", "clear", "--before", "2000-01-01")
    ran = togimg("history", "clear")

    assert before == Ran(0, "", "forgot 0 requests; no picture was touched\n")
    assert ran == Ran(0, "", "forgot 1 request; no picture was touched\n")
    assert (entries(togimg), names()) == ([], ["fox-001.jpg"])
    assert objects(togimg("history", "clear", "--json")) == [{"type": "cleared", "entries": 0}]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--since", "yesterday"), "yesterday is no time"),
        (("--since", "999999999999d"), "999999999999d is no time"),
        (("--since", "0001-01-01"), "0001-01-01 is no time"),
        (("--limit", "0"), "--limit must be 1 or more, not 0"),
        (("--limit", "3", "--all"), "--limit and --all contradict"),
        (("--unknown", "--spend"), "--unknown and --spend contradict"),
        (("--before", "7d"), "--before is for clear"),
        (("clear", "--unknown"), "--unknown and clear contradict"),
        (("clearly",), "invalid value for '[clear]': 'clearly' is not"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(
    togimg: Togimg, flags: tuple[str, ...], message: str
) -> None:
    remember("made")

    ran = togimg("history", *flags)

    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {message}")


def test_a_history_that_cannot_be_used_is_a_local_error(togimg: Togimg) -> None:
    (state() / "ledger.sqlite3").mkdir(parents=True)

    ran = togimg("history")

    assert (ran.code, ran.stdout) == (8, "")
    assert ran.stderr.startswith(f"error: the history in {state()} cannot be used: ")


def test_a_broken_history_is_set_aside_and_said_so(togimg: Togimg) -> None:
    remember("made")
    (state() / "ledger.sqlite3").write_bytes(b"torn" * 1000)

    ran = togimg("history")

    (aside,) = state().glob("*.broken-*")
    assert (ran.code, ran.stderr.splitlines()) == (
        0,
        [
            "nothing of that kind",
            "note: the history was broken: a new one is begun",
            f"hint: the broken one is kept as {aside}",
        ],
    )


def test_a_run_whose_ledger_cannot_be_used_goes_on_with_one_warning(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    state().mkdir(parents=True)
    (state() / "ledger.sqlite3").mkdir()

    ran = togimg("generate", "fox", "-n", "3", "-o", "out/", *SMALL)

    assert (ran.code, len(names("out")), len(bodies(sandbox))) == (0, 3, 3)
    assert ran.stderr.count("the history in") == 1


def test_a_run_without_a_home_goes_on_with_one_warning(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/nowhere/to/be/found")

    ran = togimg("generate", "fox", *SMALL)

    assert (ran.code, names(), Path("/nowhere/to").exists()) == (0, ["fox-001.jpg"], False)
    assert ran.stderr.startswith(
        "note: there is no folder for the history; nothing is remembered of this run\n"
        "hint: set HOME or XDG_STATE_HOME\n"
    )


def test_neither_key_nor_pictures_are_in_the_file(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox", "-o", "fox.png", *SMALL)
    togimg("edit", "older", "--image", "fox.png", "-o", "o.png")
    with Sandbox(faults=[parse("echo-key")]) as served:
        os.environ["TOGETHER_BASE_URL"] = served.url
        togimg("generate", "fox", *SMALL)

    kept = b"".join(path.read_bytes() for path in state().rglob("*") if path.is_file())

    assert (KEY.encode() in kept, b"base64," in kept, b"older" in kept) == (False, False, True)
    assert [e["outcome"] for e in entries(togimg)] == ["made", "made", "refused"]


def test_a_rehearsal_costs_nothing(togimg: Togimg) -> None:
    togimg("generate", "fox", "--sandbox", *SMALL)

    (entry,) = entries(togimg)

    assert (entry["service"], entry["cost"]) == ("sandbox", 0.0)


def test_a_dry_run_leaves_nothing(togimg: Togimg) -> None:
    togimg("generate", "fox", "--dry-run", *SMALL)

    assert not state().exists()


def test_what_is_asked_otherwise_after_a_refusal_is_a_request_of_its_own(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    togimg("generate", "fox", "-m", "google/gemini-3-pro-image", "-o", "fox.png")

    found = [(e["outcome"], "seed" in e["requested"]) for e in entries(togimg)]

    sent = ["seed" in body for body in bodies(sandbox)]
    assert found == [("refused", True), ("made", False)][-len(sent) :]


def test_the_same_request_has_the_same_fingerprint_and_another_reference_another(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    for seed in ("1", "2"):
        togimg("generate", "fox", "-o", f"{seed}.png", "--size", "64x64", "--seed", seed)
    for image, transport in (("1.png", "base64"), ("1.png", "url"), ("2.png", "base64")):
        togimg(
            "edit", "x", "--image", image, "--seed", "1",
            "--response-format", transport, "-o", "edited.jpg",
        )  # fmt: skip

    first, second, *edits = [entry["fingerprint"] for entry in entries(togimg)]

    assert first != second
    assert (edits[0] == edits[1], edits[0] == edits[2]) == (True, False)


class Executioner(Sandbox):
    """A service that has its client killed instead of answering."""

    victim: subprocess.Popen[bytes]

    def answer(self, received: Received) -> Answer:
        os.kill(self.victim.pid, signal.SIGKILL)
        self.victim.wait()
        return super().answer(received)


def test_a_run_killed_in_flight_is_told_by_the_next_one_and_shown_as_unknown(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Executioner() as served:
        use(served, monkeypatch)
        served.victim = subprocess.Popen(
            [sys.executable, "-m", "togimg", "generate", "doomed", "-o", "out/", *SMALL]
        )
        served.victim.wait()
    with Sandbox() as served:
        use(served, monkeypatch)
        following = togimg("generate", "fox", "-o", "out/", "-q", *SMALL)
        third = togimg("generate", "fox", "-o", "out/", *SMALL)

    note = "note: 1 request of an earlier run may have been billed: togimg history --unknown"
    assert (following.code, following.stderr) == (0, f"{note}\n")
    assert "earlier run" not in third.stderr
    assert [(e["prompt"], e["outcome"]) for e in entries(togimg, "--unknown")] == [
        ("doomed", "unknown")
    ]


DYING = """
import os, signal, sys
from togimg.cli import main

WATCHED = ("open", "fcntl.", "os.", "socket.", "sqlite3.")
steps = 0

def watch(event, arguments):
    global steps
    # What is only read, such as a module that is imported, changes nothing.
    reads = event == "open" and isinstance(arguments[1], str) and "w" not in arguments[1]
    if event.startswith(WATCHED) and not reads and event not in ("os.listdir", "os.scandir"):
        steps += 1
        if steps == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
sys.exit(main(["generate", "fox", "-o", sys.argv[2], "--size", "64x64", "--seed", "7"]))
"""


def test_a_run_killed_at_any_step_leaves_a_truthful_history(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: set[tuple[str, int, int]] = set()
    for step in count(1):
        folder = f"out-{step}"
        monkeypatch.setenv("XDG_STATE_HOME", str(Path(f"state-{step}").absolute()))
        paid = sandbox.paid
        died = subprocess.run(
            [sys.executable, "-c", DYING, str(step), folder], capture_output=True, check=False
        )
        pictures = [path.read_bytes() for path in Path(folder).glob("*.jpg")]
        found = entries(togimg)
        for entry in found:
            whole = [sha256(picture).hexdigest() == entry["sha256"] for picture in pictures]
            assert (entry["outcome"] == "made", whole) in ((True, [True]), (False, [])), step
        outcome = found[0]["outcome"] if found else "nothing"
        ends.add((outcome, len(pictures), sandbox.paid - paid))
        if died.returncode == 0:
            break

    assert ends == {
        ("nothing", 0, 0),
        ("unknown", 0, 0),
        ("unknown", 0, 1),
        ("made", 1, 1),
    }
    assert step > 20


LOADED = "import sys; from togimg.cli import main; main(['history']); print(*sys.modules)"


def test_looking_back_loads_no_network_and_no_pictures() -> None:
    remember("made")

    ran = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)

    heavy = {"httpx", "PIL", "rich", "asyncio", "ssl", "sqlite3"}
    assert heavy & set(ran.stdout.split()) == {"sqlite3"}


def test_lines_are_json_whatever_the_prompt(togimg: Togimg) -> None:
    remember("made", prompt="\ud800 \u2028 fox")

    (line,) = togimg("history", "--json").stdout.splitlines()

    assert json.loads(line)["prompt"] == "\\ud800 \u2028 fox"
