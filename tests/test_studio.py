"""Jobs go in, events come out: the studio against the sandbox, over a real loopback."""

import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from programs import until
from running import Gate, bodies, names, pixels
from togimg import catalogue
from togimg.errors import (
    AccountError,
    Interrupted,
    LocalError,
    RefusedError,
    ServiceError,
    UsageError,
)
from togimg.events import Event, Failed, Finished, Noted, Progress, Saved, Skipped, Started, Waiting
from togimg.pacing import Halt
from togimg.request import ImageRequest, Job, Target
from togimg.retry import Policy
from togimg.sandbox import Answer, Received, Sandbox, parse
from togimg.storage import NotPlaced, Storage
from togimg.studio import Bench, References, run
from togimg.together import Together

SCHNELL = "black-forest-labs/FLUX.1-schnell"
GEMINI = "google/gemini-3-pro-image"
FOX = ImageRequest(
    prompt="fox", model=SCHNELL, width=64, height=64, seed=7, response_format="base64"
)
OUT = Target(Path("out"))
SIGINT = 2


Build = Callable[..., Bench]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Sets up the bench for a sandbox."""
    services: list[Together] = []

    def new(served: Sandbox, *, key: str = "a-key", halt: Halt | None = None) -> Bench:
        halt = halt or Halt()
        services.append(Together(served.url, key, timeout=20, policy=Policy(), halt=halt))
        return Bench(
            service=services[-1],
            storage=Storage([tmp_path / "rescue"]),
            references=References(),
            halt=halt,
            started=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        )

    yield new
    for service in services:
        service.close()


def told(bench: Bench, wanted: Iterable[Job], workers: int = 1) -> list[Event]:
    """All events of a run, without what differs from run to run: a slow one tells Progress."""
    came = run(wanted, bench, workers)
    return [plain(event) for event in came if not isinstance(event, Progress)]


def plain(event: Event) -> Event:
    """The event without duration, size, checksum and the service's own number."""
    if isinstance(event, Saved):
        return replace(event, duration=0, bytes=0, sha256="", request_id=None)
    return replace(event, duration=0) if isinstance(event, Finished) else event


def jobs(
    count: int,
    request: ImageRequest = FOX,
    target: Target = OUT,
    *,
    said: ImageRequest | None = None,
    chosen: frozenset[str] = frozenset(),
) -> list[Job]:
    """Takes of one request, with seeds that count up."""
    takes = (
        replace(request, seed=None if request.seed is None else request.seed + number)
        for number in range(count)
    )
    return [
        Job(index=index, request=take, target=target, said=said or request, chosen=chosen)
        for index, take in enumerate(takes, 1)
    ]


def saved(**changes: Any) -> Saved:
    """The first picture of FOX, in its place."""
    size = {"width": 64, "height": 64}
    sent = {"model": SCHNELL, "prompt": "fox", **size, "seed": 7, "response_format": "base64"}
    usual: dict[str, Any] = {
        "index": 1, "path": "out/fox-001.jpg", "prompt": "fox", "model": SCHNELL, "seed": 7, **size,
        "format": "jpeg", "bytes": 0, "sha256": "", "cost": 1.1e-05, "duration": 0,
        "request_id": None, "requested": sent,
    }  # fmt: skip
    return Saved(**(usual | changes))


def finished(
    made: int = 0, failed: int = 0, skipped: int = 0, exit_code: int = 0, not_sent: int = 0
) -> Finished:
    cost = 1.1e-05 * made if made else 0
    return Finished(made, failed, skipped, cost, exit_code, 0, not_sent=not_sent)


def paths(events: list[Event]) -> dict[int, str]:
    """Where each job's picture went."""
    return {event.index: event.path for event in events if isinstance(event, Saved)}


def failures(events: list[Event]) -> list[tuple[int | None, str, type[Exception]]]:
    """Index, outcome and kind of each failure."""
    return [(e.index, e.outcome, type(e.error)) for e in events if isinstance(e, Failed)]


def test_one_job_is_told_from_its_start_to_its_picture(sandbox: Sandbox, build: Build) -> None:
    assert told(build(sandbox), jobs(1)) == [
        Started(1, "fox", SCHNELL, 7),
        saved(),
        finished(made=1),
    ]


def test_every_wait_is_told_with_its_reason(build: Build) -> None:
    with Sandbox(faults=[parse("429:2:0")]) as served:
        events = told(build(served), jobs(1))

    assert events == [
        Started(1, "fox", SCHNELL, 7),
        Waiting(1, 0.0, "your rate limit is reached (429)"),
        Waiting(1, 0.0, "your rate limit is reached (429)"),
        saved(),
        finished(made=1),
    ]


def test_how_a_run_stands_is_told_while_nothing_happens(build: Build) -> None:
    standing: list[Progress] = []
    with Gate() as served:
        for event in run(jobs(2), build(served), 1, total=2):
            if isinstance(event, Progress):
                standing.append(event)
                served.opened.set()

    first = standing[0]
    assert (first.made, first.flying, first.left) == (0, 1, 1)
    assert first.slowest
    assert first.slowest[0] == Started(1, "fox", SCHNELL, 7)


def test_names_are_given_in_the_order_of_the_jobs_whatever_comes_first(
    sandbox: Sandbox, build: Build
) -> None:
    events = told(build(sandbox), jobs(12), workers=5)

    assert paths(events) == {n: f"out/fox-{n:03}.jpg" for n in range(1, 13)}


def test_a_picture_that_is_there_is_skipped(sandbox: Sandbox, build: Build) -> None:
    Path("out").mkdir()
    Path("out/fox.jpg").write_bytes(b"old")

    events = told(build(sandbox), jobs(1, target=replace(OUT, name="fox", on_exists="skip")))

    assert events == [Skipped(1, "out/fox.jpg"), finished(skipped=1)]
    assert bodies(sandbox) == []


def test_nothing_is_sent_when_the_folder_cannot_be_made(sandbox: Sandbox, build: Build) -> None:
    Path("out").write_text("in the way")

    events = told(build(sandbox), jobs(3))

    assert failures(events) == [(n, "not_sent", LocalError) for n in (1, 2, 3)]
    assert (events[-1], bodies(sandbox)) == (finished(failed=3, exit_code=8, not_sent=3), [])


def test_a_seed_that_was_chosen_is_taken_back_when_the_model_refuses_it(
    sandbox: Sandbox, build: Build
) -> None:
    asked = ImageRequest(prompt="fox", model=GEMINI, seed=7)

    events = told(build(sandbox), jobs(1, asked, chosen=frozenset({"seed"})))

    picture = saved(
        model=GEMINI, seed=None, width=1024, height=1024, cost=0.134,
        requested={"model": GEMINI, "prompt": "fox"},
    )  # fmt: skip
    assert events == [
        Started(1, "fox", GEMINI, 7),
        Noted(f"{GEMINI} takes no seed: its pictures cannot be made again exactly"),
        picture,
        replace(finished(made=1), cost=0.134),
    ]
    assert [body.get("seed") for body in bodies(sandbox)] == [7, None]


def test_a_seed_that_was_said_is_never_taken_back(sandbox: Sandbox, build: Build) -> None:
    events = told(build(sandbox), jobs(1, ImageRequest(prompt="fox", model=GEMINI, seed=7)))

    assert failures(events) == [(1, "refused", RefusedError)]
    assert (len(bodies(sandbox)), names("out")) == (1, [])


class WithoutSchnell(Sandbox):
    """A service that does not have this model."""

    def answer(self, received: Received) -> Answer:
        body = received.body.replace(SCHNELL.encode(), b"no/such-model")
        return super().answer(replace(received, body=body))


def test_a_default_that_is_gone_is_replaced_with_one_note_for_many_jobs(build: Build) -> None:
    said = ImageRequest(prompt="fox", width=512, height=512)
    asked = replace(said, model=SCHNELL, seed=7, output_format="png")
    with WithoutSchnell() as served:
        takes = jobs(4, asked, said=said, chosen=frozenset({"model"}))
        events = told(build(served), takes, workers=4)
        sent = bodies(served)

    following = catalogue.next_default(said, SCHNELL)
    assert following
    notes = [event for event in events if isinstance(event, Noted)]
    assert len(notes) == 1
    assert notes[0].message.startswith(f"{SCHNELL} is not available now; asking {following.model}")
    assert len(paths(events)) == 4
    assert sorted(b["seed"] for b in sent if b["model"] == following.model) == [7, 8, 9, 10]
    assert {b["output_format"] for b in sent} == {"png"}


def test_when_every_default_is_gone_the_last_refusal_stands(build: Build) -> None:
    said = ImageRequest(prompt="fox", width=512, height=512)
    with Sandbox(faults=[parse("404:*")]) as served:
        events = told(
            build(served),
            jobs(1, replace(said, model=SCHNELL), said=said, chosen=frozenset({"model"})),
        )

    kinds = [type(event) for event in events]
    assert kinds == [Started, Noted, Noted, Failed, Finished]
    assert failures(events) == [(1, "refused", RefusedError)]


def test_after_a_signal_nothing_is_sent(sandbox: Sandbox, build: Build) -> None:
    bench = build(sandbox)
    bench.halt.stop(SIGINT)

    events = told(bench, jobs(3), workers=2)

    assert sorted(failures(events)) == [(n, "not_sent", Interrupted) for n in (1, 2, 3)]
    assert (events[-1], bodies(sandbox), names()) == (
        finished(failed=3, exit_code=130, not_sent=3),
        [],
        [],
    )


def test_a_signal_in_between_lets_what_is_in_flight_land(build: Build) -> None:
    events = []
    with Gate() as served:
        bench = build(served)
        for event in run(jobs(9), bench, workers=1):
            events.append(event)
            if isinstance(event, Started):
                until(lambda: served.requests)
                bench.halt.stop(SIGINT)
                served.opened.set()

    assert (len(paths(events)), names("out")) == (1, ["fox-001.jpg"])
    assert plain(events[-1]) == finished(made=1, failed=8, exit_code=130, not_sent=8)


def test_what_is_left_in_flight_is_told_with_its_values(build: Build) -> None:
    (job,) = jobs(1)
    with Gate() as served:
        bench = build(served)
        events = []
        for event in run([replace(job, axes=(("steps", "6"),))], bench, workers=1):
            events.append(event)
            if isinstance(event, Started):
                until(lambda: served.requests)
                bench.halt.stop(SIGINT)
                bench.halt.stop(SIGINT)
        served.opened.set()

    (left,) = (event for event in events if isinstance(event, Failed))
    assert (left.outcome, left.axes) == ("unknown", {"steps": "6"})


def test_a_signal_ends_a_long_wait_and_that_job_was_not_billed(build: Build) -> None:
    with Sandbox(faults=[parse("503:*:30")]) as served:
        bench = build(served)
        events = []
        for event in run(jobs(3), bench, workers=1):
            events.append(event)
            if isinstance(event, Waiting):
                bench.halt.stop(SIGINT)

        assert failures(events)[0] == (1, "not_sent", ServiceError)
        assert (events[-1].exit_code, served.paid) == (130, 0)  # type: ignore[union-attr]


def test_when_the_time_is_over_the_rest_is_not_sent(sandbox: Sandbox, build: Build) -> None:
    events = told(build(sandbox, halt=Halt(0.0)), jobs(3), workers=2)

    assert sorted(failures(events)) == [(n, "not_sent", ServiceError) for n in (1, 2, 3)]
    assert (events[-1], bodies(sandbox)) == (finished(failed=3, exit_code=5, not_sent=3), [])


def test_a_refused_account_stops_the_rest(sandbox: Sandbox, build: Build) -> None:
    events = told(build(sandbox, key="invalid"), jobs(9))

    outcomes = ["refused"] + ["not_sent"] * 8
    assert failures(events) == [(n, o, AccountError) for n, o in enumerate(outcomes, 1)]
    assert len(bodies(sandbox)) == 1


@pytest.mark.parametrize("workers", [1, 3])
def test_each_worker_keeps_one_connection(sandbox: Sandbox, build: Build, workers: int) -> None:
    events = told(build(sandbox), jobs(20), workers=workers)

    assert (len(paths(events)), sandbox.connections <= workers) == (20, True)


def test_few_jobs_call_few_workers(sandbox: Sandbox, build: Build) -> None:
    most = 0
    for _ in run(jobs(2), build(sandbox), workers=1000):
        most = max(most, sum("(work)" in thread.name for thread in threading.enumerate()))

    assert 1 <= most <= 3


def test_a_bug_in_one_job_is_raised_where_the_events_are_read_once_the_others_have_landed(
    build: Build,
) -> None:
    both_under_way = threading.Barrier(2)

    class Patient(Sandbox):
        def answer(self, received: Received) -> Answer:
            both_under_way.wait(10)
            return super().answer(received)

    def one_good_one_bad() -> Iterator[Job]:
        good, bad = jobs(2)
        yield good
        both_under_way.wait(10)
        yield replace(bad, target=replace(OUT, name="{nonsense"))

    seen: list[Event] = []
    with Patient() as served, pytest.raises(UsageError, match=r"template .nonsense cannot be read"):
        deque(map(seen.append, run(one_good_one_bad(), build(served), 2)), maxlen=0)

    assert (list(map(plain, seen)), names("out")) == (
        [Started(1, "fox", SCHNELL, 7), saved()],
        ["fox-001.jpg"],
    )


class Vandal(Sandbox):
    """A service in whose time the output folder goes away, or becomes a file."""

    def __init__(self, *, leaves_a_file: bool) -> None:
        super().__init__()
        self._leaves_a_file = leaves_a_file

    def answer(self, received: Received) -> Answer:
        shutil.rmtree("out")
        if self._leaves_a_file:
            Path("out").write_text("in the way")
        return super().answer(received)


@pytest.mark.parametrize("leaves_a_file", [False, True])
def test_a_picture_whose_folder_went_away_is_rescued_and_the_rest_is_not_sent(
    build: Build, tmp_path: Path, *, leaves_a_file: bool
) -> None:
    with Vandal(leaves_a_file=leaves_a_file) as served:
        events = told(build(served), jobs(2))
        paid = served.paid

    (kept,) = (tmp_path / "rescue").iterdir()
    assert failures(events) == [(1, "made", NotPlaced), (2, "not_sent", NotPlaced)]
    assert str(kept) in str(next(e.error for e in events if isinstance(e, Failed)))
    assert (paid, pixels(kept)[1], events[-1]) == (
        1,
        (64, 64),
        finished(failed=2, exit_code=8, not_sent=1),
    )


def test_a_paid_picture_behind_a_link_lands_after_the_run_was_stopped(build: Build) -> None:
    by_link = replace(FOX, response_format="url")
    with Sandbox(faults=[parse("picture-429:1:0.2")]) as served:
        bench = build(served)
        events = []
        for event in run(jobs(1, by_link), bench, workers=1):
            events.append(event)
            if isinstance(event, Waiting):
                bench.halt.stop(SIGINT)

    assert (len(paths(events)), names("out")) == (1, ["fox-001.jpg"])
