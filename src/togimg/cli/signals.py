"""What signals do to a run: the first ends it gently, the second at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from togimg.pacing import Halt

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def stopping(halt: Halt) -> Iterator[None]:
    """Lets SIGINT, SIGTERM and SIGHUP stop the halt; a third one interrupts whatever goes on.

    A signal that is ignored on entry, as SIGHUP is under nohup, stays ignored.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        if halt.leaving:
            raise KeyboardInterrupt
        halt.stop(number)

    before = {number: signal.getsignal(number) for number in _numbers()}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _numbers() -> list[int]:
    if threading.current_thread() is not threading.main_thread():
        return []
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
