"""The foot of a terminal: lines that stay below everything that is written above them."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Self, TextIO

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

FRAME_SECONDS = 0.15
"""How often the foot is drawn: a run of thousands is not to be slowed by its display."""

GRACE_SECONDS = 0.03
"""What a reader such as `tee` is given to put a line on the same screen, before it is drawn on."""

Foot = Callable[[int, int], list[Text]]


class Screen:
    """Draws what `foot(width, height)` gives until it is left; then nothing of it remains."""

    def __init__(self, stream: TextIO, foot: Foot) -> None:
        self._console = Console(file=stream, force_terminal=True, highlight=False)
        self._foot = foot
        self._above: list[Text] = []
        self._drawn: list[int] = []
        self._drawn_at = -FRAME_SECONDS
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def write(self, *lines: Text) -> None:
        """Writes lines above the foot, at once or, when there are many, with the next frame."""
        with self._lock:
            self._above.extend(lines)
            if self._over.is_set() or time.monotonic() - self._drawn_at >= FRAME_SECONDS:
                self._draw()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Takes the foot away while somebody else writes, who may do so on the same screen."""
        with self._lock:
            self._drawn_at = time.monotonic()
            with self._console:
                self._erase()
            yield
            time.sleep(GRACE_SECONDS)
            self._draw()

    def __enter__(self) -> Self:
        self._console.show_cursor(False)
        self._painter.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._painter.join()
        with self._lock:
            self._draw()
        self._console.show_cursor(True)

    def _paint(self) -> None:
        # A terminal that is gone needs no painter; whoever writes next meets the error.
        with contextlib.suppress(OSError):
            while not self._over.wait(FRAME_SECONDS):
                with self._lock:
                    self._draw()

    def _draw(self) -> None:
        width, height = self._console.size
        foot = [] if self._over.is_set() else self._foot(width, height)
        with self._console:
            self._erase()
            if self._above:
                self._console.print(Text("\n").join(self._above), soft_wrap=True)
            for line in foot:
                line.truncate(width, overflow="ellipsis")
                self._console.print(line, no_wrap=True, crop=False)
        self._above = []
        self._drawn = [line.cell_len for line in foot]
        self._drawn_at = time.monotonic()

    def _erase(self) -> None:
        # A screen that has become narrower has broken what was drawn into more lines.
        width = self._console.width
        rows = sum(max(-(-length // width), 1) for length in self._drawn)
        up_and_clear = (ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)
        self._console.control(Control(*up_and_clear * rows))
        self._drawn = []
