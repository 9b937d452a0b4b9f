"""When to send: how many requests may be in flight, who waits for whom, and when to stop."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import NamedTuple

from togimg.seats import aside

LONGEST_NAP = 1.0
"""Seconds after which whoever waits looks around: not every wait can be woken everywhere."""

LANDING_SECONDS = 30.0
"""How long what is in flight when a run is stopped is waited for."""

PATIENT, MOST_PATIENT = 4, 16
"""Windows of successes before a limit that was too high is tried again; doubled each time."""

NEWS_SECONDS = 1.0
"""By how much a wait must outlast the one that was announced to be announced as well."""


class Halt:
    """Set once, by whoever ends a run early; asked by everything that would send or wait.

    `max_time` is the time allowed, in seconds from now. `signal` is the number of the signal
    that ended the run, None while none did.
    """

    def __init__(self, max_time: float | None = None) -> None:
        self._ends = math.inf if max_time is None else time.monotonic() + max_time
        self._stopped = False
        self._stopped_at = math.inf
        self._bells: set[SimpleQueue[None]] = set()
        self.signal: int | None = None
        self.leaving = False

    def stop(self, signal: int) -> None:
        """Ends the run because of this signal; if it is ending, without waiting for anything."""
        self.leaving = self.stopped
        self.signal = self.signal or signal
        self._stopped_at = min(self._stopped_at, time.monotonic())
        self._stopped = True
        self.ring()

    @property
    def ended(self) -> float:
        """When the run was stopped, or will be, in monotonic seconds; infinite if never."""
        return min(self._stopped_at, self._ends)

    @property
    def left(self) -> float:
        """Seconds of the time allowed that are left; infinite when all time is allowed."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def out_of_time(self) -> bool:
        """Whether the time allowed is over."""
        return self.left == 0

    @property
    def stopped(self) -> bool:
        """Whether nothing new may be sent."""
        return self._stopped or self.out_of_time

    def pause(self, seconds: float) -> bool:
        """Waits, and says whether the run goes on."""
        ends = time.monotonic() + seconds
        with self.naps() as nap:
            while not self.stopped and (left := ends - time.monotonic()) > 0:
                nap(left)
        return not self.stopped

    def ring(self) -> None:
        """Wakes everyone who naps, to look again."""
        # No lock: the signal handler that rings may have interrupted whoever held it. A
        # SimpleQueue is made for that.
        for bell in list(self._bells):
            bell.put(None)

    @contextmanager
    def naps(self) -> Iterator[Callable[[float], None]]:
        """A way to sleep for so many seconds at most, that no ring since its start is lost on."""
        bell: SimpleQueue[None] = SimpleQueue()

        def nap(seconds: float) -> None:
            with aside(), suppress(Empty):
                bell.get(timeout=min(seconds, self.left, LONGEST_NAP))

        self._bells.add(bell)
        try:
            yield nap
        finally:
            self._bells.discard(bell)


class Landing(Halt):
    """The halt of what is paid already: it goes on for a while after its run has stopped."""

    def __init__(self, run: Halt) -> None:
        super().__init__()
        self._run = run

    @property
    def left(self) -> float:
        """Seconds until the run has been stopped for `LANDING_SECONDS`."""
        return max(0.0, self._run.ended + LANDING_SECONDS - time.monotonic())

    @property
    def stopped(self) -> bool:
        """Whether nobody waits any more for what is paid."""
        return self._run.leaving or self.left == 0


class Window(NamedTuple):
    """How many requests may be in flight: `limit`, which learns and is never above `most`.

    Each request has a ticket, counted from 0. Replies to those before `since` tell nothing of
    the limit as it is now. `made` counts the successes since it last changed, `grown` tells
    whether it was raised then. `ceiling` is where it was too high once it had grown: so many
    windows of successes, its `patience`, come before it is tried again.
    """

    most: int
    limit: int
    tickets: int = 0
    since: int = 0
    made: int = 0
    grown: bool = False
    ceiling: int = 0
    patience: int = 1

    def started(self) -> "Window":
        """After one more request has gone out, with `tickets` as its ticket."""
        return self._replace(tickets=self.tickets + 1)

    def succeeded(self, ticket: int) -> "Window":
        """After a success; as many in a row as may be in flight make room for one more."""
        if ticket < self.since:
            return self
        windows = self.patience if self.limit + 1 == self.ceiling else 1
        if self.made + 1 < self.limit * windows:
            return self._replace(made=self.made + 1)
        above = self._replace(limit=min(self.most, self.limit + 1), made=0, grown=True)
        return above._replace(ceiling=0) if self.limit == self.ceiling else above

    def limited(self, ticket: int) -> "Window":
        """After the service said that it was too much: half, once for all that were in flight."""
        if ticket < self.since:
            return self
        below = self._replace(
            limit=max(1, self.limit // 2), since=self.tickets, made=0, grown=False
        )
        if not self.grown:
            return below
        again = self.limit == self.ceiling
        patience = min(2 * self.patience, MOST_PATIENT) if again else PATIENT
        return below._replace(ceiling=self.limit, patience=patience)


class Pace:
    """The turns of all threads of a run: at most `most` at once, fewer when the service says so.

    A wait that the service imposes on one holds all of them.
    """

    def __init__(self, most: int, halt: Halt) -> None:
        self._window = Window(most, most)
        self.halt = halt
        self._flying = 0
        self._opens = -math.inf
        self._queue: list[tuple[int, int]] = []
        self._arrivals = 0
        self._lock = threading.Lock()

    def enter(self, tries: int = 0) -> int | None:
        """Waits for a turn; its ticket, or None when the run has stopped.

        Whoever had the most `tries` goes first, so that nobody is turned away for ever.
        """
        with self.halt.naps() as nap:
            place = self._queue_up(tries)
            try:
                while not self.halt.stopped:
                    ticket, wait = self._ask(place)
                    if ticket is not None:
                        return ticket
                    nap(wait)
                return None
            finally:
                with self._lock:
                    self._queue.remove(place)
                self.halt.ring()

    def leave(self) -> None:
        """Ends a turn."""
        with self._lock:
            self._flying -= 1
        self.halt.ring()

    def succeeded(self, ticket: int) -> None:
        """The request of this ticket was answered well."""
        with self._lock:
            self._window = self._window.succeeded(ticket)

    def limited(self, ticket: int) -> None:
        """The request of this ticket was one too many."""
        with self._lock:
            self._window = self._window.limited(ticket)

    def hold(self, seconds: float) -> bool:
        """Lets nobody in for so many seconds; whether that is news to whoever waits already."""
        with self._lock:
            now = time.monotonic()
            is_news = self._opens <= now or now + seconds > self._opens + NEWS_SECONDS
            self._opens = max(self._opens, now + seconds)
            return is_news

    def _queue_up(self, tries: int) -> tuple[int, int]:
        with self._lock:
            self._arrivals += 1
            place = (-tries, self._arrivals)
            self._queue.append(place)
            return place

    def _ask(self, place: tuple[int, int]) -> tuple[int | None, float]:
        """A ticket, or the seconds after which to ask again if nobody rings before."""
        with self._lock:
            closed = self._opens - time.monotonic()
            if closed > 0:
                return None, closed
            if self._flying >= self._window.limit or place != min(self._queue):
                return None, math.inf
            self._flying += 1
            ticket = self._window.tickets
            self._window = self._window.started()
            return ticket, 0.0
