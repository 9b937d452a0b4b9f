"""Long runs: how they stand, what may be expected of them, and how a log tells it."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from running import SMALL, Togimg, use
from togimg.cli import estimate
from togimg.display import words
from togimg.display.lines import Lines
from togimg.errors import MismatchError, RefusedError, ServiceError, UnknownOutcome, UsageError
from togimg.events import (
    Begun,
    Event,
    Failed,
    Finished,
    Noted,
    Progress,
    Saved,
    Skipped,
    Started,
    Waiting,
)
from togimg.request import ImageRequest
from togimg.sandbox import Sandbox, parse
from togimg.studio.account import Account

DATED = "(an estimate, prices as of 2026-08-17)"
NOTHING = Progress(
    elapsed=0, made=0, failed=0, skipped=0, done=0, flying=0, left=4, rate=None, eta=None,
    cost=0.0, slowest=None, waiting=None,
)  # fmt: skip


def started(index: int) -> Started:
    return Started(index, f"fox {index}", "m", index)


def saved(index: int, cost: float | None = 0.01) -> Saved:
    return Saved(
        index=index, path=f"out/{index}.jpg", prompt="fox", model="m", seed=1, width=64, height=64,
        format="jpeg", bytes=1, sha256="", cost=cost, duration=1, request_id=None, requested={},
    )  # fmt: skip


def refused(index: int, row: str | None = None, message: str = "no such thing") -> Failed:
    return Failed(index, "fox", "refused", RefusedError(message, hint="say it otherwise"), row)


def not_sent(index: int) -> Failed:
    return Failed(index, "fox", "not_sent", ServiceError("the time is over"))


def account(*events: tuple[float, Event], total: int | None = 4) -> Account:
    """The account of a run of which so much has happened, each at its time."""
    so_far = Account(total)
    for time, event in events:
        so_far.add(event, time)
    return so_far


ASKED = ((0.0, started(1)), (1.0, started(2)))


@pytest.mark.parametrize(
    ("events", "now", "changes"),
    [
        ((), 0.0, {}),
        (ASKED, 5.0, {"flying": 2, "left": 2, "slowest": (started(1), 5.0)}),
        # One has landed and one is in the air: two each 4 seconds, and three are to come.
        (
            (*ASKED, (4.0, saved(1))), 4.0,
            {"made": 1, "done": 1, "flying": 1, "left": 2, "rate": 0.25, "eta": 12.0, "cost": 0.01,
             "slowest": (started(2), 3.0)},
        ),
        # Two are in the air: the first to land tells nothing yet of the others.
        (
            (*ASKED, (2.0, started(3)), (4.0, saved(1))), 4.0,
            {"made": 1, "done": 1, "flying": 2, "left": 1, "cost": 0.01,
             "slowest": (started(2), 3.0)},
        ),
        # What fails takes its time as well: it counts for what is left, not for the rate.
        (
            (*ASKED, (4.0, refused(1))), 4.0,
            {"failed": 1, "done": 1, "flying": 1, "left": 2, "eta": 12.0,
             "slowest": (started(2), 3.0)},
        ),
        (((0.0, Skipped(1, "a")), (0.0, not_sent(2))), 0.0,
         {"skipped": 1, "failed": 1, "done": 2, "left": 2}),
        # A reply of three pictures, one of them lost, is one job.
        (
            ((0.0, started(1)), (2.0, saved(1)), (2.0, saved(1, None)), (2.0, refused(1))), 2.0,
            {"made": 2, "failed": 1, "done": 1, "left": 3, "rate": 1.0, "eta": 6.0, "cost": None},
        ),
        (
            (*ASKED, (4.0, saved(1)), (4.0, Waiting(2, 10.0, "busy"))), 8.0,
            {"made": 1, "done": 1, "flying": 1, "left": 2, "rate": 0.125, "eta": 30.0, "cost": 0.01,
             "slowest": (started(2), 7.0), "waiting": Waiting(2, 6.0, "busy")},
        ),
        ((*ASKED, (4.0, Waiting(2, 1.0, "busy"))), 5.0,
         {"flying": 2, "left": 2, "slowest": (started(1), 5.0)}),
        # More than was counted on.
        (tuple((0.0, Skipped(n, "a")) for n in range(5)), 0.0,
         {"skipped": 5, "done": 5, "left": 0}),
    ],
)  # fmt: skip
def test_how_a_run_stands(
    events: tuple[tuple[float, Event], ...], now: float, changes: dict[str, Any]
) -> None:
    assert account(*events).progress(now) == replace(NOTHING, elapsed=now, **changes)


def test_nobody_knows_what_is_left_of_jobs_that_are_not_counted() -> None:
    stands = account((0.0, started(1)), (2.0, saved(1)), total=None).progress(2.0)

    assert (stands.total, stands.left, stands.eta, stands.rate) == (None, None, None, 0.5)


def test_the_rate_is_that_of_the_last_minute() -> None:
    run = Account(1000)
    for second in range(1, 601):
        # One a second for five minutes, then three.
        for _ in range(1 if second <= 300 else 3):
            run.add(started(1), second)
            run.add(saved(1), second)
        stands = run.progress(second)
        if second in {300, 330, 360, 600}:
            assert (second, stands.rate) == (second, {300: 1, 330: 2, 360: 3, 600: 3}[second])


def test_there_is_no_rate_after_a_minute_without_pictures() -> None:
    run = account((0.0, started(1)), (1.0, saved(1)))
    stands = [run.progress(second) for second in range(1, 70)]

    assert (stands[0].rate, stands[-1].rate, stands[-1].eta) == (1.0, None, None)


MISMATCH = MismatchError("too small")
LOST = Failed(4, "fox", "unknown", UnknownOutcome("cut"))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), Finished(0, 0, 0, 0.0, 0, 9.0)),
        ((saved(1), saved(2)), Finished(2, 0, 0, 0.02, 0, 9.0)),
        (
            (saved(1), refused(2), not_sent(3), LOST, Skipped(5, "a")),
            Finished(1, 3, 1, 0.01, 7, 9.0, refused=1, unknown=1, not_sent=1, next="again"),
        ),
        ((refused(2), LOST), Finished(0, 2, 0, 0.0, 9, 9.0, refused=1, unknown=1, next="again")),
        # It was kept: to make it again would pay twice for what is there.
        ((saved(1), Failed(1, "fox", "made", MISMATCH)), Finished(1, 1, 0, 0.01, 10, 9.0)),
        ((saved(1), saved(2, None)), Finished(2, 0, 0, None, 0, 9.0)),
    ],
)
def test_how_a_run_ended(events: tuple[Event, ...], expected: Finished) -> None:
    timed = ((1.0, event) for event in events)

    assert account(*timed).finished(9.0, again="again") == expected


def test_a_signal_decides_the_exit_code() -> None:
    assert account((1.0, saved(1))).finished(9.0, signal=15).exit_code == 143


SCHNELL = ImageRequest(model="flux-schnell", width=1000, height=1000)
STRANGE = ImageRequest(model="strange/model")


@pytest.mark.parametrize(
    ("requests", "total", "cost", "unpriced"),
    [
        ([SCHNELL], 1, 0.0027, 0),
        ([SCHNELL] * 10, 10, 0.027, 0),
        ([replace(SCHNELL, params=(("n", 3),))], 3, 0.0081, 0),
        ([replace(SCHNELL, params=(("n", "3"),))], 1, 0.0027, 0),
        ([SCHNELL, STRANGE, STRANGE], 3, 0.0027, 2),
        ([STRANGE, replace(SCHNELL, params=(("model", "strange"),))], 2, None, 2),
        ([], 0, None, 0),
    ],
)
def test_what_requests_may_cost(
    requests: list[ImageRequest], total: int, cost: float | None, unpriced: int
) -> None:
    estimated = estimated_for(requests)

    assert (estimated.total, estimated.unpriced) == (total, unpriced)
    assert estimated.cost == (cost and pytest.approx(cost))
    assert estimated.priced_on == (cost and "2026-08-17")


def estimated_for(requests: list[ImageRequest]) -> Begun:
    return reduce(estimate.both, map(estimate.estimate, requests), estimate.NOTHING)


def test_an_estimate_is_as_old_as_its_oldest_price() -> None:
    old = ImageRequest(model="hidream")

    estimated = estimated_for([SCHNELL, old, SCHNELL, STRANGE])

    assert estimated.priced_on == "2026-05-31"


LONG = Progress(
    elapsed=30, made=120, failed=3, skipped=0, done=123, flying=64, left=4813, rate=12.34,
    eta=395.2, cost=0.324, slowest=(started(7), 41.0), waiting=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {},
            ("120 of 5000 made, 3 failed, 64 in flight, 12.3/s, about 7 min left, "
            'about $0.324 so far; waiting longest for "fox 7" (41.0 s)'),
        ),
        (
            {"waiting": Waiting(7, 12.0, "your rate limit is reached (429)"), "eta": None},
            ("120 of 5000 made, 3 failed, 64 in flight, 12.3/s, about $0.324 so far; "
            "waiting 12.0 s: your rate limit is reached (429)"),
        ),
        (
            {"left": None, "eta": None, "rate": 0.05, "skipped": 9, "cost": None, "failed": 0},
            ("120 made, 9 skipped, 64 in flight, 3.0/min, cost unknown so far; "
            'waiting longest for "fox 7" (41.0 s)'),
        ),
        (
            {"slowest": (Started(7, None, "m", 7, "12"), 41.0), "made": 0, "rate": None},
            ("0 of 5000 made, 3 failed, 64 in flight, about 7 min left; "
            "waiting longest for line 12: picture 7 (41.0 s)"),
        ),
        (
            {"slowest": (Started(7, "fox", "m", 7, None, {"steps": "6"}), 41.0), "rate": None},
            ("120 of 5000 made, 3 failed, 64 in flight, about 7 min left, about $0.324 so far; "
            'waiting longest for steps 6: "fox" (41.0 s)'),
        ),
        ({"slowest": None, "flying": 0, "left": 0, "eta": None, "made": 0, "rate": None},
         "0 of 123 made, 3 failed, 0 in flight"),
    ],
)  # fmt: skip
def test_how_a_log_is_told_how_a_run_stands(changes: dict[str, Any], expected: str) -> None:
    assert words.progress(replace(LONG, **changes)) == expected


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, "123/5000 · 3 failed · 64 in flight · 12.3/s · 7 min left · about $0.324"),
        (70, "123/5000 · 3 failed · 64 in flight · 7 min left · about $0.324"),
        (60, "123/5000 · 3 failed · 7 min left · about $0.324"),
        (40, "123/5000 · 3 failed · 7 min left"),
        (25, "123/5000 · 3 failed"),
        (10, "123/5000"),
    ],
)
def test_a_narrow_terminal_is_told_what_matters_most(width: int, expected: str) -> None:
    assert words.standing(LONG, width) == expected


def test_a_bar_has_no_words_for_what_nobody_knows() -> None:
    young = replace(LONG, made=0, failed=0, left=None, rate=None, eta=None)

    assert words.standing(young, 80) == "123 · 64 in flight"


Log = Callable[..., list[str]]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    """What a log is told of these events."""

    def tell(*events: Event, **how: bool) -> list[str]:
        with Lines(**how) as display:
            for event in events:
                display.show(event)
        return capsys.readouterr().err.splitlines()

    return tell


def test_a_log_of_a_long_run_has_a_line_every_half_minute(log: Log) -> None:
    run = Account(400)
    ticks: list[Event] = []
    for second in range(95):
        run.add(Started(second, "a red fox", "m", 7), second)
        run.add(saved(second), second)
        ticks.append(run.progress(second))
    ended = run.finished(95.0, again="togimg batch jobs.csv")

    assert log(Begun(400, 1.08, 0, "2026-08-17"), *ticks, ended) == [
        f"400 pictures, about $1.08 {DATED}",
        "31 of 400 made, 0 in flight, 1.0/s, about 6 min left, about $0.31 so far",
        "61 of 400 made, 0 in flight, 1.0/s, about 6 min left, about $0.61 so far",
        "91 of 400 made, 0 in flight, 1.0/s, about 5 min left, about $0.91 so far",
        "95 pictures in 1 min 35 s, about $0.95",
    ]


def test_a_short_run_and_a_quiet_one_have_no_such_line(log: Log) -> None:
    assert log(replace(LONG, elapsed=29.9)) == []
    assert log(Begun(4, 1, 0, "2026-08-17"), LONG, quiet=True) == []


def test_equal_failures_are_told_once_and_counted(log: Log) -> None:
    failures = [refused(n) for n in range(1, 101)]

    assert log(*failures, Finished(0, 100, 0, 0.0, 4, 1.0, refused=100)) == [
        "error: no such thing",
        "hint: say it otherwise",
        "error: 99 more like it: no such thing",
        "no pictures, 100 refused in 1.0 s",
    ]


def test_equal_failures_of_rows_are_told_a_few_times_each_with_its_row(log: Log) -> None:
    failures = [refused(n, f"r{n}") for n in range(1, 101)]
    other = refused(101, "r\x1b", "another thing")

    assert log(*failures, other, Finished(0, 101, 0, 0.0, 4, 1.0), quiet=True) == [
        "error: row r1: no such thing",
        "hint: say it otherwise",
        *(f"error: row r{n}: no such thing" for n in range(2, 11)),
        r"error: row r\x1b: another thing",
        "hint: say it otherwise",
        "error: 90 more like it: no such thing",
    ]


def test_verbose_lines_tell_every_failure(log: Log) -> None:
    failures = [refused(n, f"r{n}") for n in range(1, 101)]

    assert len(log(*failures, Finished(0, 100, 0, 0.0, 4, 1.0), verbose=True)) == 102


def test_what_keeps_all_from_being_sent_is_told_once_and_of_no_row(log: Log) -> None:
    over = [Failed(n, "fox", "not_sent", ServiceError("the time is over"), "r") for n in range(9)]
    wrong = [Failed(n, "fox", "not_sent", UsageError("no prompt"), f"r{n}") for n in range(2)]

    assert log(*over, *wrong, quiet=True) == [
        "error: the time is over",
        "error: row r0: no prompt",
        "error: row r1: no prompt",
    ]


def test_a_log_forgets_to_count_when_every_failure_is_another(log: Log) -> None:
    failures = [refused(n, None, f"no {n}") for n in range(1000)]

    assert len(log(*failures, Finished(0, 1000, 0, 0.0, 4, 1.0))) == 2 * 1000 + 1


def test_waits_and_skipped_pictures_do_not_fill_a_log(log: Log) -> None:
    skipped = [Skipped(n, f"out/{n}.jpg", f"r{n}") for n in range(50)]
    waits = [Waiting(n, 0.5, "busy") for n in range(50)]

    assert log(*skipped, *waits) == [
        *(f"skipped: row r{n}: out/{n}.jpg exists" for n in range(10)),
        *["waiting 0.5 s: busy"] * 10,
    ]


def test_a_summary_says_how_to_go_on(log: Log) -> None:
    ended = Finished(3, 2, 0, 0.1, 7, 9.0, unknown=1, not_sent=1, next="togimg batch 'a b.csv'")

    assert log(Noted("so"), ended) == [
        "note: so",
        "3 pictures, 1 not sent, 1 unknown (maybe billed) in 9.0 s, about $0.10",
        "hint: see what may have been billed: togimg history --unknown",
        "hint: go on with: togimg batch 'a b.csv'",
    ]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("togimg batch - -o out/", "go on, with the same lines on stdin: togimg batch - -o out/"),
        ("togimg batch 'a - b' -j 1", "go on with: togimg batch 'a - b' -j 1"),
    ],
)
def test_a_summary_says_what_the_next_run_wants_on_stdin(
    log: Log, command: str, expected: str
) -> None:
    ended = Finished(3, 2, 0, 0.1, 7, 9.0, next=command)

    assert log(ended)[-1] == f"hint: {expected}"


def test_a_run_of_three_says_what_it_may_cost_and_what_was_refused(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=[parse("422:2")]) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", "-n", "3", "-j", "1", "-o", "out/", *SMALL)

    estimated, error, *rest = re.sub(r"\d\.\d s", "TIME", ran.stderr).splitlines()
    assert (ran.code, ran.stdout) == (7, "out/fox-003.jpg\n")
    assert estimated == f"3 pictures, about $0.000033 {DATED}"
    assert error.startswith("error: the service refused ")
    assert rest[-2:] == [
        error.replace("error: ", "error: 1 more like it: "),
        "1 picture, 2 refused in TIME, about $0.000011",
    ]
