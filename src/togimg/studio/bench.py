"""What the studio works with, the same for every job of a run."""

import os
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from togimg.errors import Outcome, TogimgError
from togimg.events import Failed, Waiting
from togimg.ledger import Ledger
from togimg.pacing import Halt
from togimg.request import Job
from togimg.retry import Pause
from togimg.storage import Storage
from togimg.studio.places import known_as
from togimg.studio.purse import Purse
from togimg.studio.references import References
from togimg.together import Together

T = TypeVar("T")

SEATS = max(4, 2 * (os.cpu_count() or 1))
"""Threads of a run that work at once, beside those that wait for the service. Python lets one of
them go on at a time: were it 64 who want to, they would be at handing over most of their time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The tools of a run begun at `started`, which names may contain.

    `purse` holds what it may spend. Without a `ledger` nothing is remembered of the run;
    `batch` is what that calls the jobs file.
    """

    service: Together
    storage: Storage
    references: References
    halt: Halt
    started: datetime
    ledger: Ledger | None = None
    purse: Purse = field(default_factory=Purse)
    batch: str | None = None
    _noted: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _known: dict[Path | None, Path | None] = field(default_factory=dict, init=False)
    seats: threading.Semaphore = field(
        default_factory=partial(threading.Semaphore, SEATS), init=False
    )

    def known_as(self, folder: Path | None) -> Path | None:
        """The output folder as the ledger knows it, looked up once."""
        if folder not in self._known:
            self._known[folder] = known_as(folder)
        return self._known[folder]

    def waiting(self, steps: Generator[Pause, None, T]) -> Generator[Pause, None, T]:
        """The same steps: while one of them is waited for, the seat is another thread's."""
        while True:
            with self._left():
                try:
                    pause = next(steps)
                except StopIteration as done:
                    result: T = done.value
                    return result
            yield pause

    @contextmanager
    def _left(self) -> Iterator[None]:
        self.seats.release()
        try:
            yield
        finally:
            self.seats.acquire()

    def is_new(self, note: str) -> bool:
        """Whether a note was not made yet: fifty jobs do not make the same one fifty times."""
        with self._lock:
            new = note not in self._noted
            self._noted.add(note)
            return new


def failed(job: Job, error: TogimgError, outcome: Outcome | None = None) -> Failed:
    """The failure of a job; with the error's own outcome, unless another is said."""
    told = outcome or error.outcome
    return Failed(job.index, job.request.prompt, told, error, job.id, dict(job.axes))


def shown(index: int, steps: Generator[Pause, None, T]) -> Generator[Waiting, None, T]:
    """What the steps come to, with their pauses as events of job `index`."""
    while True:
        try:
            pause = next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
        yield Waiting(index, pause.seconds, pause.reason)
