"""Deadlines of exchanges: whatever is late is ended, by one thread for all of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Exchange(Protocol):
    """What has a deadline."""

    def end(self) -> None:
        """It is late: breaks it off."""

    def close(self) -> None:
        """It is over: `end` does nothing any more."""


class Deadlines:
    """The ends of all exchanges in flight, each `seconds` after its begin; one thread keeps them.

    A timer for each would be a thread for each, a quarter of a millisecond of CPU.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # In the order of their ends, since all last equally long.
        self._ends: dict[Exchange, float] = {}
        self._kept = False
        self._lock = threading.Lock()

    @contextmanager
    def over(self, exchange: Exchange) -> Iterator[None]:
        """Ends the exchange when its time is over, unless this is left before."""
        with self._lock:
            self._ends[exchange] = time.monotonic() + self._seconds
            if not self._kept:
                threading.Thread(target=self._keep, daemon=True).start()
                self._kept = True
        try:
            yield
        finally:
            with self._lock:
                self._ends.pop(exchange, None)
            exchange.close()

    def _keep(self) -> None:
        # What begins during a sleep ends later than what is slept for: nobody need be woken.
        while (left := self._left()) is not None:
            time.sleep(left)

    def _left(self) -> float | None:
        """Seconds until the next end, those that are over dealt with; None when none is left."""
        with self._lock:
            while self._ends:
                exchange, end = next(iter(self._ends.items()))
                if (left := end - time.monotonic()) > 0:
                    return left
                del self._ends[exchange]
                exchange.end()
            self._kept = False
            return None
