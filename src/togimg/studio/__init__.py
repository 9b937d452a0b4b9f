"""The studio runs jobs, several at once, and yields events: `run(jobs, bench, workers)`."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from togimg.errors import (
    AccountError,
    LocalError,
    MismatchError,
    ServiceError,
    TogimgError,
    UnknownOutcome,
    exit_code,
)
from togimg.events import Event, Failed, Finished, Noted, Saved, Skipped, Started
from togimg.request import Job
from togimg.storage import NameTaken
from togimg.studio.bench import Bench
from togimg.studio.making import make, reserve
from togimg.studio.places import Place
from togimg.studio.references import References

__all__ = ["Bench", "References", "run"]

POLL_SECONDS = 0.2
LANDING_SECONDS = 30.0


def run(jobs: Iterable[Job], bench: Bench, workers: int) -> Iterator[Event]:
    """Runs the jobs with at most `workers` requests in flight; ends with Finished.

    Names are reserved in the order of the jobs. Once `bench.halt` has stopped nothing new is
    sent, and what is in flight lands for up to 30 seconds, for it is paid.
    """
    began = time.monotonic()
    tally = _Tally()
    line = _Line(jobs, bench)
    for _ in range(workers):
        threading.Thread(target=line.work, daemon=True).start()
    for event in line.events(workers):
        tally.add(event)
        yield event
    yield tally.finished(time.monotonic() - began, bench.halt.signal)


class _Line:
    """The jobs, the workers that take them one by one, and the queue of what happens."""

    def __init__(self, jobs: Iterable[Job], bench: Bench) -> None:
        self._jobs = iter(jobs)
        self._bench = bench
        self._turn = threading.Lock()
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stopped_by: TogimgError | None = None
        self._crash: BaseException | None = None

    def work(self) -> None:
        """One worker's day: takes jobs until there are none."""
        try:
            while task := self._take():
                self._do(task)
        except BaseException as crash:  # noqa: BLE001  raised again where the events are read
            self._crash = crash
        self._queue.put(None)

    def events(self, workers: int) -> Iterator[Event]:
        """Everything that happens, until the last worker has gone home.

        A bug in one of them is raised then: what the others have in flight is paid.
        """
        flying: dict[int | None, Started] = {}
        landing: float | None = None
        while workers:
            if self._bench.halt.stopped and landing is None:
                landing = time.monotonic() + LANDING_SECONDS
                if flying:
                    yield Noted("stopping: nothing more is sent, what is in flight lands first")
            if landing is not None and time.monotonic() > landing:
                yield from map(_abandoned, flying.values())
                return
            try:
                found = self._queue.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            if found is None:
                workers -= 1
            else:
                _follow(flying, found)
                yield found
        if self._crash:
            raise self._crash

    def _take(self) -> Callable[[], Iterator[Event]] | None:
        """The next job with its name; names are given under the lock, so they come in order."""
        with self._turn:
            if self._bench.halt.signal or self._crash:
                return None
            job = next(self._jobs, None)
            if job is None:
                return None
            return partial(_events, job, self._place(job), self._bench)

    def _place(self, job: Job) -> Place | Skipped | Failed:
        if self._bench.halt.out_of_time and not self._stopped_by:
            self._stopped_by = ServiceError(
                "the time that --max-time allows is over", hint="run it again for the rest"
            )
        if self._stopped_by:
            return Failed(job.index, job.request.prompt, "not_sent", self._stopped_by)
        place = reserve(job, self._bench)
        self._look_at(place)
        return place

    def _do(self, task: Callable[[], Iterator[Event]]) -> None:
        for event in task():
            self._look_at(event)
            self._queue.put(event)

    def _look_at(self, event: object) -> None:
        # No credit and a full disk are the same for the next job: send nothing more.
        if (
            isinstance(event, Failed)
            and isinstance(event.error, (AccountError, LocalError))
            and not isinstance(event.error, NameTaken)
        ):
            self._stopped_by = event.error


def _follow(flying: dict[int | None, Started], event: Event) -> None:
    if isinstance(event, Started):
        flying[event.index] = event
    elif isinstance(event, (Saved, Failed)):
        flying.pop(event.index, None)


def _abandoned(started: Started) -> Failed:
    error = UnknownOutcome(
        "no answer before the run was stopped; the request may have been billed",
        hint="look at your usage before you ask again",
    )
    return Failed(started.index, started.prompt, error.outcome, error)


def _events(job: Job, place: Place | Skipped | Failed, bench: Bench) -> Iterator[Event]:
    if isinstance(place, (Failed, Skipped)):
        yield place
        return
    with place:
        yield from make(job, place, bench)


@dataclass
class _Tally:
    made: int = 0
    skipped: int = 0
    cost: float | None = 0.0
    failures: list[TogimgError] = field(default_factory=list)

    def add(self, event: Event) -> None:
        if isinstance(event, Saved):
            self.made += 1
            unknown = self.cost is None or event.cost is None
            self.cost = None if unknown else (self.cost or 0) + (event.cost or 0)
        elif isinstance(event, Skipped):
            self.skipped += 1
        elif isinstance(event, Failed):
            self.failures.append(event.error)

    def finished(self, duration: float, signal: int | None) -> Finished:
        # A picture that is not what was asked is kept, and is a failure all the same.
        mismatched = sum(isinstance(failure, MismatchError) for failure in self.failures)
        code = exit_code(self.made - mismatched, self.failures)
        return Finished(
            made=self.made,
            failed=len(self.failures),
            skipped=self.skipped,
            cost=self.cost,
            exit_code=128 + signal if signal else code,
            duration=duration,
        )
