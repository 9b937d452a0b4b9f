"""A bad day at the service: what the program does, what it says, and what it costs."""

import re
from pathlib import Path

import pytest

from running import KEY, SMALL, Ran, Togimg, bodies, names, objects, pixels, use
from togimg.sandbox import Sandbox, parse

TORN = "bad key [key]"
MAYBE = "the request may have been billed"


class Day:
    """A run against a sandbox that plays the faults."""

    def __init__(self, togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> None:
        self._togimg = togimg
        self._monkeypatch = monkeypatch

    def run(self, *faults: str, flags: tuple[str, ...] = (), count: int = 1) -> tuple[Ran, Sandbox]:
        with Sandbox(faults=map(parse, faults)) as served:
            use(served, self._monkeypatch)
            ran = self._togimg("generate", "fox", "-n", str(count), "-o", "out/", *SMALL, *flags)
            assert KEY not in ran.stdout + ran.stderr
            assert "Traceback" not in ran.stderr
            assert not [name for name in names() if name.endswith(".togimg")]
            return ran, served


@pytest.fixture
def day(togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> Day:
    return Day(togimg, monkeypatch)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("429:2:0", "waiting 0.0 s: your rate limit is reached (429)"),
        ("503:2:0", "waiting 0.0 s: the service is busy (503)"),
    ],
)
def test_limits_and_overload_are_waited_out_with_a_line_for_each_wait(
    day: Day, fault: str, line: str
) -> None:
    ran, served = day.run(fault)

    assert (ran.code, len(bodies(served)), served.paid) == (0, 3, 1)
    assert ran.stderr.splitlines()[:2] == [line, line]


def test_tries_end_when_the_service_asks_for_too_long_a_wait(day: Day) -> None:
    ran, served = day.run("429:*:900")

    assert (ran.code, len(bodies(served)), names()) == (5, 1, [])
    said = ran.stderr.splitlines()[0]
    assert said.startswith("error: your rate limit is reached (429): ")
    assert said.endswith("; the next try would be in 15 min, longer than the 60 s allowed")
    assert ran.stderr.splitlines()[1] == "hint: try again later"


def test_tries_end_when_they_are_used_up(day: Day) -> None:
    ran, served = day.run("429:*:0", flags=("--retries", "2"))

    assert (ran.code, len(bodies(served))) == (5, 3)
    assert ran.stderr.endswith("hint: try again later, or allow more --retries\n")


@pytest.mark.parametrize("fault", ["500", "502", "html", "big-error", "error-null"])
def test_a_failure_is_asked_about_again_with_a_word_of_what_it_may_have_cost(
    day: Day, fault: str
) -> None:
    ran, served = day.run(fault)

    assert (ran.code, len(bodies(served)), served.paid) == (0, 2, 1)
    assert re.match(
        r"waiting 0\.\d s: the service failed \(50\d\); that try may have been billed\n", ran.stderr
    )


def test_a_failure_is_asked_about_again_twice_at_most(day: Day) -> None:
    ran, served = day.run("500:*", flags=("--json", "--retries", "9"))

    failure, summary = objects(ran)
    assert (failure["outcome"], summary["exit_code"], len(bodies(served))) == ("failed", 5, 3)
    assert failure["error"]["message"].endswith("; 3 failed tries may have been billed")


@pytest.mark.parametrize("fault", ["reset", "close", "504", "cut-json", "redirect"])
def test_what_may_have_been_billed_is_sent_again_when_told(day: Day, fault: str) -> None:
    ran, served = day.run(fault, flags=("--retry-unknown",))

    assert (ran.code, len(bodies(served)), len(names("out"))) == (0, 2, 1)
    assert "the request may have been billed\n" in ran.stderr


@pytest.mark.parametrize("fault", ["truncated-picture", "bad-base64"])
def test_an_answer_whose_picture_is_not_whole_is_asked_for_again_when_told(
    day: Day, fault: str
) -> None:
    ran, served = day.run(fault, flags=("--retry-unknown", "--retries", "1"))

    assert (ran.code, len(bodies(served)), len(names("out"))) == (0, 2, 1)
    assert ran.stderr.startswith("waiting 0.")
    assert "may have been billed" in ran.stderr


def test_tries_for_a_whole_picture_end_when_they_are_used_up(day: Day) -> None:
    ran, served = day.run("truncated-picture:*", flags=("--retry-unknown", "--retries", "1"))

    assert (ran.code, len(bodies(served)), names()) == (9, 2, [])
    assert "an earlier try had no usable answer and may have been billed\n" in ran.stderr


@pytest.mark.parametrize("fault", ["empty", "cut-json", "reset", "close", "504", "redirect"])
def test_an_unknown_outcome_says_that_it_may_have_been_billed(day: Day, fault: str) -> None:
    ran, _ = day.run(fault, flags=("--json",))

    failure, summary = objects(ran)
    assert (failure["outcome"], failure["error"]["code"], summary["exit_code"]) == (
        "unknown",
        "unknown",
        9,
    )
    assert MAYBE in failure["error"]["message"]


def test_both_kinds_of_picture_in_one_reply_are_kept(day: Day) -> None:
    ran, served = day.run("mixed", flags=("--param", "n=4"))

    kinds = [request.method for request in served.requests]
    assert (ran.code, kinds, len(names("out"))) == (0, ["POST", "GET", "GET"], 4)


def test_a_picture_of_the_wrong_size_is_kept_and_noted(day: Day) -> None:
    ran, _ = day.run("wrong-size")

    assert (ran.code, len(names("out")), "note: the picture has width " in ran.stderr) == (
        0,
        1,
        True,
    )


def test_when_strict_a_picture_of_the_wrong_size_is_kept_and_fails(day: Day) -> None:
    ran, _ = day.run("wrong-size", flags=("--strict", "--json"))

    image, failure, summary = objects(ran)
    assert (ran.code, Path(image["path"]).exists(), summary["made"]) == (10, True, 1)
    assert (failure["outcome"], failure["error"]["code"]) == ("made", "mismatch")


URL = ("--response-format", "url")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("picture-404:*", "status 404"),
        ("picture-403:*", "status 403"),
        ("picture-loop:*", "more than 5 redirects"),
        ("picture-file", "only http and https addresses are fetched"),
        ("picture-no-port", "only http and https addresses are fetched"),
        ("picture-nowhere", "a redirect leads nowhere"),
    ],
)
def test_a_picture_that_cannot_be_fetched_is_named_with_its_link(
    day: Day, fault: str, reason: str
) -> None:
    ran, served = day.run(fault, flags=URL)

    assert (ran.code, served.paid, names()) == (9, 1, [])
    assert "error: the picture of request o" in ran.stderr
    assert "http://127.0.0.1" in ran.stderr
    assert reason in ran.stderr
    assert "fetch it by hand soon, such links expire\n" in ran.stderr


@pytest.mark.parametrize("fault", ["picture-nowhere", "picture-no-port", "picture-file"])
def test_a_redirect_that_leads_nowhere_is_asked_for_once(day: Day, fault: str) -> None:
    _, served = day.run(fault, flags=URL)

    assert [request.method for request in served.requests] == ["POST", "GET"]


@pytest.mark.parametrize("fault", ["twice", "strayed"])
def test_what_comes_after_an_answer_is_never_taken_for_the_next_one(day: Day, fault: str) -> None:
    runs = [day.run(f"{name}:*", flags=("-j", "1"), count=3) for name in ("ok", fault)]

    assert [(ran.code, served.paid) for ran, served in runs] == [(0, 3)] * 2
    usual, spoilt = ([pixels(path) for path in ran.stdout.splitlines()] for ran, _ in runs)
    assert spoilt == usual


def test_some_made_and_some_not_is_partial(day: Day) -> None:
    ran, served = day.run("422", "ok:*", count=4)

    assert (ran.code, len(ran.stdout.splitlines()), served.paid) == (7, 3, 3)
    assert ran.stderr.splitlines()[-1].startswith("3 pictures, 1 refused in ")


def test_a_connection_that_is_refused_is_tried_again_and_was_not_sent(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox() as served:
        use(served, monkeypatch)

    ran = togimg("generate", "fox", "--retries", "1", "--json", *SMALL)

    failure, _ = objects(ran)
    assert (ran.code, failure["outcome"], names()) == (5, "not_sent", [])
    assert failure["error"]["message"].startswith("cannot reach 127.0.0.1:")


def test_a_key_that_is_repeated_in_parts_is_not_shown(day: Day) -> None:
    ran, _ = day.run("torn-key")

    assert (ran.code, TORN in ran.stderr) == (3, True)


def test_the_run_ends_when_its_time_is_over(day: Day) -> None:
    ran, served = day.run("503:*:30", count=3, flags=("--max-time", "5", "-j", "1"))

    assert (ran.code, len(bodies(served)) <= 3) == (5, True)
