"""Live progress on a terminal: a line for each picture being made, and a bar for the run."""

import os
import stat
import sys
import time
from collections.abc import Iterable
from typing import Self, TextIO

from rich.console import Console, RenderableType
from rich.live import Live as Drawing
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from togimg.display import words
from togimg.display.lines import Lines
from togimg.events import Event, Failed, Saved, Skipped, Started, Waiting

MOST_ROWS = 8
"""Pictures in flight that are shown one by one; more would fill a small terminal."""

GRACE_SECONDS = 0.03
"""What a reader such as `tee` is given to put a line on the same screen, before it is drawn on."""


class Live(Lines):
    """Like Lines, with a progress display below them that is gone when the run is over.

    `stderr` is the terminal to draw on; `total` the number of jobs, None when not known.
    """

    def __init__(self, stderr: TextIO, *, total: int | None, verbose: bool = False) -> None:
        super().__init__(verbose=verbose)
        self._console = Console(file=stderr, force_terminal=True, highlight=False)
        self._bars = _Bars(console=self._console)
        self._run = self._bars.add_task("pictures", total=total, kind="run", visible=False)
        self._several = total is None or total > 1
        self._tasks: dict[int, TaskID] = {}
        self._drawing = self._new_drawing()

    def show(self, event: Event) -> None:
        """Moves the bars, and writes what is to stay above them."""
        match event:
            case Started():
                self._begin(event)
            case Waiting():
                line = f"waiting {words.seconds(event.seconds)}: {words.visible(event.reason)}"
                # The picture's row is gone when the next one of its reply is fetched.
                if event.index in self._tasks:
                    self._bars.update(self._tasks[event.index], description=line)
                return
            case Saved() | Skipped() | Failed():
                self._end(event)
            case _:
                pass
        super().show(event)

    def result(self, *lines: str) -> None:
        """Writes lines of results on stdout, with the display out of its way."""
        self._drawing.stop()
        super().result(*lines)
        if _is_pipe(sys.stdout):
            time.sleep(GRACE_SECONDS)
        self._drawing = self._new_drawing()
        self._drawing.start(refresh=True)

    def say(self, line: str) -> None:
        """Writes one line of talk above the bars."""
        style = "bold red" if line.startswith("error:") else "dim"
        self._console.print(Text(line, style=style), soft_wrap=True)

    def __enter__(self) -> Self:
        self._drawing.start(refresh=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._drawing.stop()
        super().__exit__(*error)

    def _new_drawing(self) -> Drawing:
        # A new one each time: a stopped one that is started again draws over what was written
        # in between. Redirecting would take stdout's lines, which are results, for talk.
        return Drawing(
            console=self._console,
            get_renderable=self._bars.get_renderable,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def _begin(self, event: Started) -> None:
        seed = "" if event.seed is None else f" · seed {event.seed}"
        line = words.brief(event.prompt, 36) + seed
        self._bars.update(self._run, visible=self._several)
        self._tasks[event.index] = self._bars.add_task(line, total=None, kind="picture")

    def _end(self, event: Saved | Skipped | Failed) -> None:
        task = self._tasks.pop(event.index, None) if event.index is not None else None
        if task is not None:
            self._bars.remove_task(task)
        if task is not None or isinstance(event, Skipped):
            self._bars.advance(self._run)


class _Bars(Progress):
    """Rows for pictures, and under them the bar of the run."""

    def get_renderables(self) -> Iterable[RenderableType]:
        # No markup: a prompt's [brackets] are its own.
        words_of = TextColumn("{task.description}", markup=False)
        rows = [task for task in self.tasks if task.fields["kind"] == "picture"]
        self.columns = (SpinnerColumn(), words_of, TimeElapsedColumn())
        yield self.make_tasks_table(rows[:MOST_ROWS])
        self.columns = (BarColumn(40), MofNCompleteColumn(), words_of, TimeElapsedColumn())
        yield self.make_tasks_table([t for t in self.tasks if t.fields["kind"] == "run"])


def _is_pipe(stream: TextIO) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False
