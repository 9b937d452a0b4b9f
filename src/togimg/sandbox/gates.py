"""Faults that stand for the whole day: so many at once, so many a second, so many of a hundred."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from togimg.sandbox.exchange import Received
from togimg.sandbox.faults import Fault

# Prime to a hundred, so that a hundred requests meet every number below it once, well mixed.
STRIDE = 61


class Gates:
    """Every POST passes all of them, or meets the fault of the first that is shut."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = tuple(fault for fault in faults if fault.kind.stands)
        self._flying = 0
        self._arrived = 0
        self._admitted: deque[float] = deque()
        self._lock = Lock()

    @contextmanager
    def passing(self, received: Received) -> Iterator[Fault | None]:
        """The fault that this request meets, if any; whoever is let in counts until it leaves."""
        if received.method != "POST":
            yield None
            return
        with self._lock:
            fault = next((fault for fault in self._faults if self._shut(fault)), None)
            self._arrived += 1
            if not fault:
                self._flying += 1
                self._admitted.append(time.monotonic())
        try:
            yield fault
        finally:
            with self._lock:
                self._flying -= not fault

    def _shut(self, fault: Fault) -> bool:
        known: dict[str, Callable[[int], bool]] = {
            "limit": lambda most: self._flying >= most,
            "rate": lambda most: self._in_the_last_second() >= most,
            "flapping": lambda share: self._arrived * STRIDE % 100 < share,
        }
        return known[fault.name](fault.count or 0)

    def _in_the_last_second(self) -> int:
        while self._admitted and self._admitted[0] <= time.monotonic() - 1:
            self._admitted.popleft()
        return len(self._admitted)
