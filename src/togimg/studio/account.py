"""The running account: fed with the events of a run, it says how it stands and how it ended."""

from collections import Counter, deque
from dataclasses import dataclass, field

from togimg.errors import BudgetError, MismatchError, Outcome, exit_code
from togimg.events import Event, Failed, Finished, Progress, Saved, Skipped, Started, Waiting

SAMPLE_SECONDS = 1.0
SAMPLES = 61
"""The rate is that of the time since the oldest sample: the last minute, once there was one."""


@dataclass
class Account:
    """Of a run of `total` jobs, if they are counted. All times are seconds since it began.

    Neither events nor errors are kept: a long run has many.
    """

    total: int | None = None
    _made: int = 0
    _mismatched: int = 0
    _skipped: int = 0
    _ended: int = 0
    _never_asked: int = 0
    _cost: float | None = 0.0
    _failed: Counter[Outcome] = field(default_factory=Counter)
    _stuck: bool = False
    _codes: set[int] = field(default_factory=set)
    _flying: dict[int | None, tuple[Started, float]] = field(default_factory=dict)
    _waiting: tuple[Waiting, float] | None = None
    _samples: deque[tuple[float, int, int]] = field(
        default_factory=lambda: deque([(0.0, 0, 0)], maxlen=SAMPLES)
    )

    def add(self, event: Event, now: float) -> None:
        """Takes account of one event."""
        match event:
            case Started():
                self._flying[event.index] = (event, now)
            case Waiting():
                self._waiting = (event, now + event.seconds)
            case Saved():
                self._made += 1
                unknown = self._cost is None or event.cost is None
                self._cost = None if unknown else (self._cost or 0) + (event.cost or 0)
                self._land(event.index)
            case Skipped():
                self._skipped += 1
            case Failed():
                self._fail(event)
            case _:
                pass

    def progress(self, now: float) -> Progress:
        """How the run stands."""
        if now - self._samples[-1][0] >= SAMPLE_SECONDS:
            self._samples.append((now, self._made, self._ended))
        made, ended = self._speeds(now)
        waiting = self._waiting_still(now)
        flying = len(self._flying)
        done = self._ended + self._skipped + self._never_asked
        left = None if self.total is None else max(self.total - done - flying, 0)
        held = waiting.seconds if waiting else 0.0
        oldest = next(iter(self._flying.values()), None)
        return Progress(
            elapsed=now,
            made=self._made,
            failed=self._failed.total(),
            skipped=self._skipped,
            done=done,
            flying=flying,
            left=left,
            rate=made,
            eta=None if left is None or ended is None else held + (left + flying) / ended,
            cost=self._known_cost(),
            slowest=(oldest[0], now - oldest[1]) if oldest else None,
            waiting=waiting,
        )

    def finished(self, now: float, signal: int | None = None, again: str | None = None) -> Finished:
        """How the run ended; `again` is the command that makes what is missing, if it can."""
        # A picture that is not what was asked is kept, and is a failure all the same.
        code = exit_code(self._made - self._mismatched, self._codes)
        failed = self._failed.total()
        return Finished(
            made=self._made,
            failed=failed,
            skipped=self._skipped,
            cost=self._known_cost(),
            exit_code=128 + signal if signal else code,
            duration=round(now, 3),
            refused=self._failed["refused"],
            unknown=self._failed["unknown"],
            not_sent=self._failed["not_sent"],
            next=again if failed > self._failed["made"] and not self._stuck else None,
        )

    def _land(self, index: int | None) -> bool:
        """Takes a job out of the air; whether it was there: a reply may bring several pictures."""
        landed = self._flying.pop(index, None) is not None
        self._ended += landed
        return landed

    def _fail(self, event: Failed) -> None:
        self._failed[event.outcome] += 1
        self._codes.add(event.error.exit_code)
        self._stuck |= isinstance(event.error, BudgetError) and event.error.for_good
        self._mismatched += isinstance(event.error, MismatchError)
        if not self._land(event.index) and event.outcome == "not_sent":
            self._never_asked += 1

    def _speeds(self, now: float) -> tuple[float | None, float | None]:
        """Pictures made and jobs ended, a second; None for what cannot be told.

        Not before as many have landed as are in the air: the first to land are the fastest.
        """
        then, made, ended = self._samples[0]
        if now <= then or self._ended < len(self._flying):
            return None, None
        made_since, ended_since = self._made - made, self._ended - ended
        return made_since / (now - then) or None, ended_since / (now - then) or None

    def _waiting_still(self, now: float) -> Waiting | None:
        if self._waiting is None or self._waiting[1] <= now:
            return None
        event, ends = self._waiting
        return Waiting(event.index, ends - now, event.reason)

    def _known_cost(self) -> float | None:
        return None if self._cost is None else round(self._cost, 6)
