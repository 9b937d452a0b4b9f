"""The studio runs jobs, several at once, and yields events: `run(jobs, bench, workers)`."""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from togimg.errors import (
    AccountError,
    BudgetError,
    Interrupted,
    LocalError,
    ServiceError,
    TogimgError,
    UnknownOutcome,
)
from togimg.events import Event, Failed, Noted, Saved, Skipped, Started
from togimg.pacing import LANDING_SECONDS, Halt
from togimg.request import Job
from togimg.seats import SEATS
from togimg.storage import NameTaken
from togimg.studio.account import Account
from togimg.studio.bench import Bench, failed
from togimg.studio.making import make, reserve
from togimg.studio.memory import keep_freed
from togimg.studio.places import Place
from togimg.studio.purse import Purse
from togimg.studio.recovery import recover
from togimg.studio.references import References

__all__ = ["Bench", "Purse", "References", "run"]

POLL_SECONDS = 0.2
BREATH_SECONDS = 0.02
AGAIN = "run it again for the rest"


def run(
    jobs: Iterable[Job | Skipped],
    bench: Bench,
    workers: int,
    *,
    total: int | None = None,
    again: str | None = None,
) -> Iterator[Event]:
    """Runs the jobs with at most `workers` requests in flight; ends with Finished.

    Names are reserved in the order of the jobs. Once `bench.halt` has stopped nothing new is
    sent, and what is in flight lands for up to 30 seconds, for it is paid. Progress is told a few
    times a second. `total` is the number of jobs, where it is known; `again` is the command that
    makes what is missing in the end.
    """
    keep_freed()
    began = time.monotonic()
    account = Account(total)
    told = 0.0
    for event in _Line(jobs, bench, workers).events():
        elapsed = time.monotonic() - began
        if event:
            account.add(event, elapsed)
            yield event
        if elapsed - told >= POLL_SECONDS:
            told = elapsed
            yield account.progress(elapsed)
    yield from recover(bench.storage, bench.ledger)
    yield account.finished(time.monotonic() - began, bench.halt.signal, again)


class _Line:
    """The jobs, the workers that take them one by one, and the queue of what happens."""

    def __init__(self, jobs: Iterable[Job | Skipped], bench: Bench, workers: int) -> None:
        self._jobs = iter(jobs)
        self._bench = bench
        self._workers = min(workers, _affordable())
        self._hired = 0
        self._turn = threading.Lock()
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._stopped_by: TogimgError | None = None
        self._crash: BaseException | None = None

    def work(self) -> None:
        """One worker's day: takes jobs until there are none."""
        try:
            with self._bench.seats.taken():
                while task := self._take():
                    self._do(task)
        except BaseException as crash:  # noqa: BLE001  raised again where the events are read
            self._crash = crash
        self._queue.put(None)

    def events(self) -> Iterator[Event | None]:
        """Everything that happens, until the last worker has gone home; None when nothing does.

        A bug in one of them is raised then: what the others have in flight is paid.
        """
        flying: dict[int | None, Started] = {}
        landing: float | None = None
        left = 0
        with self._turn:
            self._hire()
        while left < self._hired:
            if self._bench.halt.stopped and landing is None:
                landing = time.monotonic() + LANDING_SECONDS
                if flying:
                    yield _landing(self._bench.halt)
            if landing is not None and (time.monotonic() > landing or self._bench.halt.leaving):
                yield from _abandoned(flying.values())
                return
            try:
                found = self._next()
            except queue.Empty:
                yield None
                continue
            if found is None:
                left += 1
            else:
                _follow(flying, found)
                yield found
        if self._crash:
            raise self._crash

    def _next(self) -> Event | None:
        """What happened next; raises queue.Empty when that is long in coming."""
        if self._hired > SEATS and self._queue.empty():
            # Who waits at the queue is woken for each event, and keeps a worker from its work.
            time.sleep(BREATH_SECONDS)
        return self._queue.get(timeout=POLL_SECONDS)

    def _take(self) -> Callable[[], Iterator[Event]] | None:
        """The next job with its name; names are given under the lock, so they come in order."""
        with self._turn:
            if self._bench.halt.leaving or self._crash:
                return None
            job = next(self._jobs, None)
            if job is None:
                return None
            if isinstance(job, Skipped):
                return partial(iter, (job,))
            if self._hired < self._workers:
                self._hire()
            return partial(_events, job, self._place(job), self._bench)

    def _hire(self) -> None:
        """One more worker, who waits for its turn: whoever finds a job calls in the next."""
        threading.Thread(target=self.work, daemon=True).start()
        self._hired += 1

    def _place(self, job: Job) -> Place | Skipped | Failed:
        self._stopped_by = self._stopped_by or _stopped(self._bench.halt)
        if self._stopped_by:
            return failed(job, self._stopped_by, "not_sent")
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
            and isinstance(event.error, (AccountError, BudgetError, LocalError))
            and not isinstance(event.error, NameTaken)
        ):
            self._stopped_by = event.error


def _affordable() -> int:
    """Workers that the limit of open files has room for: each has a connection and a name."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource  # noqa: PLC0415  not on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max((soft - 12) // 2, 1)


def _landing(halt: Halt) -> Noted:
    why = "stopping" if halt.signal else "the time that --max-time allows is over"
    hint = "once more to leave at once" if halt.signal else "Ctrl-C leaves at once"
    return Noted(f"{why}: nothing more is sent, what is in flight lands first", hint)


def _stopped(halt: Halt) -> TogimgError | None:
    """Why nothing more may be sent, if that is so."""
    if halt.signal:
        return Interrupted("the run was stopped: the rest was not sent", hint=AGAIN)
    if halt.out_of_time:
        return ServiceError("the time that --max-time allows is over", hint=AGAIN)
    return None


def _follow(flying: dict[int | None, Started], event: Event) -> None:
    if isinstance(event, Started):
        flying[event.index] = event
    elif isinstance(event, (Saved, Failed)):
        flying.pop(event.index, None)


def _abandoned(flying: Iterable[Started]) -> Iterator[Failed]:
    """The jobs in flight that nobody waits for any more: one error for them all."""
    left = tuple(flying)
    requests = "1 request was" if len(left) == 1 else f"{len(left)} requests were"
    error = UnknownOutcome(
        f"{requests} in flight when the run was stopped and may have been billed",
        hint="look at your usage before you ask again",
    )
    return (Failed(job.index, job.prompt, error.outcome, error, job.id, job.axes) for job in left)


def _events(job: Job, place: Place | Skipped | Failed, bench: Bench) -> Iterator[Event]:
    if isinstance(place, (Failed, Skipped)):
        yield place
        return
    with place:
        yield from make(job, place, bench)
    if bench.ledger:
        yield from bench.ledger.notes()
