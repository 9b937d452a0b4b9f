"""When to stop: a signal, a reader that has left, or the time allowed for the whole run."""

import time

POLL_SECONDS = 0.1


class Halt:
    """Set once, by whoever ends a run early; asked by everything that would send or wait.

    `max_time` is the time allowed, in seconds from now. `signal` is the number of the signal
    that ended the run, None while none did.
    """

    def __init__(self, max_time: float | None = None) -> None:
        self._ends = None if max_time is None else time.monotonic() + max_time
        self._stopped = False
        self.signal: int | None = None

    def stop(self, signal: int) -> None:
        """Ends the run because of this signal."""
        self.signal = self.signal or signal
        self._stopped = True

    @property
    def out_of_time(self) -> bool:
        """Whether the time allowed is over."""
        return self._ends is not None and time.monotonic() >= self._ends

    @property
    def stopped(self) -> bool:
        """Whether nothing new may be sent."""
        return self._stopped or self.out_of_time

    def allows(self, seconds: float) -> bool:
        """Whether a wait of so many seconds ends within the time allowed."""
        return self._ends is None or time.monotonic() + seconds < self._ends

    def pause(self, seconds: float) -> bool:
        """Waits, and says whether the run goes on."""
        # No lock: a signal handler that stops the run may interrupt whoever waits here.
        ends = time.monotonic() + seconds
        while not self.stopped and (left := ends - time.monotonic()) > 0:
            time.sleep(min(left, POLL_SECONDS))
        return not self.stopped
