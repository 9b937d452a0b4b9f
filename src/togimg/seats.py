"""Seats: places to work at, for Python lets one thread go on at a time; who waits steps aside.

Threads that all want to go on hand Python over at every call of the system, and 64 of them do
little else. With a seat for each of a few, the others wait in line, where they cost nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

SEATS = 2
"""Threads that work at once: one in Python, and one that decodes a picture or waits for a disk."""

PATIENCE = 0.1
"""Seconds that who is in the middle of an exchange waits for a seat: its deadline does not wait."""


class Seats:
    """The seats of a run."""

    def __init__(self) -> None:
        # A semaphore is written in Python, and costs more than what it is to save.
        self.free: SimpleQueue[None] = SimpleQueue()
        for _ in range(SEATS):
            self.free.put(None)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A seat for this thread, which waits for one."""
        _own.seats = self
        sit()
        try:
            yield
        finally:
            _stand()
            _own.seats = None


class _Own(threading.local):
    """What each thread has for itself: the seats of which one is its own, when it is seated."""

    seats: Seats | None = None
    seated: bool = False


_own = _Own()


@contextmanager
def aside(patience: float | None = None) -> Iterator[None]:
    """Gives this thread's seat, if it has one, to another while it waits for the service.

    Who has waited for a seat again for `patience` seconds goes on without one, until it says
    `sit`. No lock may be held here that others wait for at their seats.
    """
    if not _own.seated:
        yield
        return
    _stand()
    try:
        yield
    finally:
        sit(patience)


def sit(patience: float | None = None) -> None:
    """Waits, so many seconds at most, for this thread's seat, if it has given it away."""
    if _own.seats and not _own.seated:
        try:
            _own.seats.free.get(timeout=patience)
        except Empty:
            return
        _own.seated = True


def _stand() -> None:
    if _own.seats and _own.seated:
        _own.seated = False
        _own.seats.free.put(None)
