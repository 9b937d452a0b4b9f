"""What the studio works with, the same for every job of a run."""

import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from togimg.errors import Outcome, TogimgError
from togimg.events import Failed, Waiting
from togimg.ledger import Ledger
from togimg.pacing import Halt
from togimg.request import Job
from togimg.retry import Pause
from togimg.seats import Seats
from togimg.storage import Storage
from togimg.studio.places import known_as
from togimg.studio.purse import Purse
from togimg.studio.references import References
from togimg.together import Together

T = TypeVar("T")


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
    seats: Seats = field(default_factory=Seats, init=False)

    def known_as(self, folder: Path | None) -> Path | None:
        """The output folder as the ledger knows it, looked up once."""
        if folder not in self._known:
            self._known[folder] = known_as(folder)
        return self._known[folder]

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
