"""Seats: places to work at, for Python lets one thread go on at a time; who waits steps aside.

Threads that all want to go on hand Python over at every call of the system, and 64 of them do
little else. With a seat for each of a few, the others wait in line, where they cost nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

SEATS = 2
"""Threads that work at once: one in Python, and one that decodes a picture or waits for a disk."""


class Seats:
    """The seats of a run, which threads take in the order in which they come."""

    def __init__(self) -> None:
        # A semaphore is written in Python, and costs more than what it is to save.
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(SEATS):
            self._free.put(None)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """A seat for this thread, which waits for one."""
        self._take()
        try:
            yield
        finally:
            self._leave()

    def _take(self) -> None:
        self._free.get()
        _own.seats = self

    def _leave(self) -> None:
        _own.seats = None
        self._free.put(None)


class _Own(threading.local):
    """What each thread has for itself: the seats of which it has taken one."""

    seats: Seats | None = None


_own = _Own()


@contextmanager
def aside() -> Iterator[None]:
    """Gives this thread's seat, if it has one, to another while it waits for the service.

    No lock may be held here that others wait for at their seats.
    """
    seats = _own.seats
    if seats is None:
        yield
        return
    seats._leave()  # noqa: SLF001  of this module
    try:
        yield
    finally:
        seats._take()  # noqa: SLF001
