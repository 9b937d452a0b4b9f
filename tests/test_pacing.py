import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from asking import FOX, Came, come, service
from running import SMALL, Togimg, names, use
from togimg.pacing import Halt, Pace, Window
from togimg.retry import Policy
from togimg.sandbox import Sandbox, parse
from togimg.together import Together


def limits(most: int, steps: str) -> list[int]:
    """The limit after each reply: `>` one more goes out, the oldest succeeds `+`, or not `-`."""
    window = Window(most, most)
    flying: list[int] = []
    seen = []
    for step in steps:
        if step == ">":
            flying.append(window.tickets)
            window = window.started()
        else:
            ticket = flying.pop(0)
            window = window.succeeded(ticket) if step == "+" else window.limited(ticket)
            seen.append(window.limit)
    return seen


@pytest.mark.parametrize(
    ("most", "steps", "seen"),
    [
        (4, ">+>+>+>+>+", [4, 4, 4, 4, 4]),
        (16, ">->->->->-", [8, 4, 2, 1, 1]),
        (9, ">->->-", [4, 2, 1]),
        # sixteen at once, all refused: that is one message, not sixteen
        (16, ">" * 16 + "-" * 16, [8] * 16),
        (16, ">" * 16 + "-" * 9 + ">" + "-" * 8, [8] * 16 + [4]),
        # successes of requests that were out before the limit changed say nothing of it
        (4, ">>>>" + "-+++" + ">+>+>+", [2, 2, 2, 2, 2, 3, 3]),
        # as many successes as the limit make it grow by one, up to where it began
        (4, ">->-" + ">+" * 1 + ">+" * 2 + ">+" * 3 + ">+" * 9, [2, 1, 2, 2, 3, 3, 3, 4] + [4] * 9),
        # a new refusal starts the count anew
        (8, ">->+>+>+>->+>+", [4, 4, 4, 4, 2, 2, 3]),
        # where it was turned away once it had grown, it goes again after four windows,
        (4, ">-" + ">+" * 2 + ">-" + ">+" * 12, [2, 2, 3, 1, 2] + [2] * 7 + [3, 3, 3, 4]),
        # and when it is turned away there again, after eight
        (
            4,
            ">-" + ">+" * 2 + ">-" + ">+" * 9 + ">-" + ">+" * 18,
            [2, 2, 3, 1, 2] + [2] * 7 + [3, 1, 2] + [2] * 15 + [3, 3],
        ),
    ],
)
def test_the_window_halves_when_limited_and_grows_by_one_after_a_window_of_successes(
    most: int, steps: str, seen: list[int]
) -> None:
    assert limits(most, steps) == seen


def together_with(served: Sandbox, jobs: int, halt: Halt | None = None) -> Together:
    policy = Policy(retries=9, jitter=lambda: 0.02)
    return Together(served.url, "a-key", timeout=20, policy=policy, halt=halt or Halt(), jobs=jobs)


def all_of(asked: Together, count: int, threads: int) -> list[Came]:
    with ThreadPoolExecutor(threads) as pool:
        came = list(
            pool.map(lambda seed: come(asked.generate({**FOX, "seed": seed})), range(count))
        )
    asked.close()
    return came


@pytest.mark.parametrize("fault", ["limit:8:0", "rate:100:0.1", "flapping:30:0"])
def test_every_picture_is_made_behind_a_limiter(fault: str) -> None:
    with Sandbox(faults=[parse(fault)], latency=0.005) as served:
        came = all_of(together_with(served, 16), 200, 16)

        assert [one.message for one in came if one.error] == []
        assert served.paid == 200


def test_never_more_than_the_jobs_are_in_flight() -> None:
    with Sandbox(faults=[parse("limit:3:0")], latency=0.005) as served:
        came = all_of(together_with(served, 3), 30, 12)

        assert (served.paid, len(served.requests), [one.pauses for one in came]) == (
            30,
            30,
            [[]] * 30,
        )


def test_a_wait_holds_everyone_and_is_announced_once() -> None:
    starts: list[float] = []

    class Clocked(Sandbox):
        def answer(self, received):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            starts.append(time.monotonic())
            return super().answer(received)

    with Clocked(faults=[parse("503:4:0.4")], latency=0.2) as served:
        came = all_of(together_with(served, 4), 12, 4)

    pauses = [pause for one in came for pause in one.pauses]
    assert [(p.seconds, p.reason) for p in pauses] == [(0.4, "the service is busy (503)")]
    assert (len(starts), starts[4] - starts[3] >= 0.3) == (16, True)


def test_who_was_turned_away_most_often_goes_first() -> None:
    pace = Pace(1, Halt())
    order: list[int] = []
    pace.enter()

    def queue(tries: int) -> None:
        pace.enter(tries)
        order.append(tries)
        pace.leave()

    threads = [threading.Thread(target=queue, args=(tries,)) for tries in (0, 2, 1)]
    pace.hold(0.2)
    for thread in threads:
        thread.start()
    pace.leave()
    for thread in threads:
        thread.join()

    assert order == [2, 1, 0]


def waits_in_turn(halt: Halt) -> object:
    pace = Pace(1, halt)
    pace.hold(60)
    return pace.enter()


@pytest.mark.parametrize(
    ("wait", "gives"), [(lambda halt: halt.pause(60), False), (waits_in_turn, None)]
)
def test_a_stop_wakes_whoever_waits(wait: Callable[[Halt], object], gives: object) -> None:
    halt = Halt()
    threading.Timer(0.05, halt.stop, [2]).start()
    began = time.monotonic()

    assert (wait(halt), time.monotonic() - began < 0.5) == (gives, True)


@pytest.mark.parametrize(
    ("wait", "gives"), [(lambda halt: halt.pause(60), False), (waits_in_turn, None)]
)
def test_no_wait_outlasts_the_time_allowed(wait: Callable[[Halt], object], gives: object) -> None:
    began = time.monotonic()

    assert (wait(Halt(0.1)), 0.09 < time.monotonic() - began < 0.5) == (gives, True)


def test_a_halt_that_is_not_stopped_waits_as_long_as_it_is_told() -> None:
    began = time.monotonic()

    assert (Halt().pause(0.1), time.monotonic() - began >= 0.1) == (True, True)


def test_a_limit_is_said_once_for_all_workers(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=[parse("429:2:0.3")], latency=0.3) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", "-n", "8", "-j", "8", "-o", "out/", "--size", "64x64")

        assert (ran.code, served.paid, len(names("out"))) == (0, 8, 8)
    assert ran.stderr.count("waiting 0.3 s: your rate limit is reached (429)\n") == 1


@pytest.mark.parametrize(("flags", "allowed"), [((), "60"), (("--max-time", "5"), "")])
def test_a_wait_that_is_too_long_ends_the_tries_at_once_and_is_named(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], allowed: str
) -> None:
    with Sandbox(faults=[parse("503:*:900")]) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", *SMALL, *flags)

        assert (ran.code, len(served.requests)) == (5, 1)
    assert f"; the next try would be in 15 min, longer than the {allowed}" in ran.stderr


def test_a_wait_that_is_cut_short_leaves_what_failed_before_in_doubt() -> None:
    halt = Halt()
    with Sandbox(faults=[parse("500:*:30")]) as served:
        asked = service(served.url, halt=halt)
        steps = asked.generate(FOX)
        next(steps)
        halt.stop(15)
        came = come(steps)
        asked.close()

    assert (came.outcome, came.message.startswith("stopped before the next try: ")) == (
        "failed",
        True,
    )
    assert came.error
    assert came.error.last
    assert came.error.last.outcome == "not_sent"
