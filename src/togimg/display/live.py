"""Live progress on a terminal: a line for each picture being made, and a bar for the run."""

import os
import stat
import sys
import time
from typing import Literal, Self, TextIO

from rich.text import Text

from togimg.display import words
from togimg.display.lines import Lines
from togimg.display.screen import Screen
from togimg.events import Event, Failed, Finished, Progress, Saved, Started, Waiting

MOST_ROWS = 8
FAST = 8.0
"""Above so many pictures in flight, or made in a second, only the slowest are shown one by one."""

SLOWEST_ROWS = 3
SLOW_SECONDS = 2.0

RESULT_SECONDS = 0.5
"""How often results go to a reader who may put them on the same screen: the bar makes way."""

LONGEST_BAR = 40


class Live(Lines):
    """Like Lines, with a progress display below them that is gone when the run is over.

    `stderr` is the terminal to draw on.
    """

    def __init__(self, stderr: TextIO, *, verbose: bool = False) -> None:
        super().__init__(verbose=verbose)
        self._stderr = stderr
        self._screen = Screen(stderr, self._foot)
        self._flying: dict[int | None, tuple[Started, float]] = {}
        self._progress: Progress | None = None
        self._waiting: tuple[Waiting, float] | None = None
        self._results: list[str] = []
        self._results_at = -RESULT_SECONDS

    def show(self, event: Event) -> None:
        """Moves the display, and writes what is to stay above it."""
        now = time.monotonic()
        match event:
            case Started():
                self._flying[event.index] = (event, now)
            case Waiting():
                self._waiting = (event, now + event.seconds)
                return
            case Progress():
                self._progress = event
                self._pass_on(now)
                return
            case Saved() | Failed():
                self._flying.pop(event.index, None)
            case Finished():
                self._pass_on()
            case _:
                pass
        super().show(event)

    def result(self, *lines: str) -> None:
        """Writes lines of results on stdout, with the display out of their way."""
        match whereabouts(sys.stdout, self._stderr):
            case "same":
                self._screen.write(*(Text(words.visible(line)) for line in lines))
            case "elsewhere":
                super().result(*lines)
            case "unknown":
                self._results.extend(lines)
                self._pass_on(time.monotonic())

    def say(self, line: str) -> None:
        """Writes one line of talk above the display."""
        self._screen.write(Text(line, style="bold red" if line.startswith("error:") else "dim"))

    def __enter__(self) -> Self:
        self._screen.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._screen.__exit__(*error)
        self._pass_on()
        super().__exit__(*error)

    def _pass_on(self, now: float = float("inf")) -> None:
        """Writes the results that wait for it, unless some were written a moment ago."""
        if self._results and now - self._results_at >= RESULT_SECONDS:
            self._results_at = time.monotonic()
            results, self._results = self._results, []
            with self._screen.aside():
                super().result(*results)

    def _foot(self, width: int, height: int) -> list[Text]:
        now = time.monotonic()
        shown = self._shown(now)[: max(height - 3, 1)]
        rows = [_row(job, now - since, width) for job, since in shown]
        if self._progress and self._progress.total != 1:
            rows.append(_bar(self._progress, width))
        if self._waiting and self._waiting[1] > now:
            waiting, ends = self._waiting
            left = Waiting(waiting.index, ends - now, waiting.reason)
            rows.append(Text(words.wait(left), style="yellow"))
        return rows

    def _shown(self, now: float) -> list[tuple[Started, float]]:
        """The jobs to show, the oldest first: rows that come and go in no time are no help."""
        flying = list(self._flying.values())
        rate = self._progress.rate if self._progress else None
        if len(flying) <= MOST_ROWS and (rate or 0) <= FAST:
            return flying
        return [job for job in flying[:SLOWEST_ROWS] if now - job[1] >= SLOW_SECONDS]


def _row(job: Started, duration: float, width: int) -> Text:
    """What is being made, shortened so that the seed and the time can be read."""
    prompt = words.brief(job.prompt, 36)
    seen = {"seed": str(job.seed), "prompt": prompt}
    axes = {name: value for name, value in job.axes.items() if value not in seen.get(name, "")}
    said = Text(words.row(job.id) + " · ".join(filter(None, [*words.point(axes), prompt])))
    seed = "" if job.seed is None else f" · seed {job.seed}"
    time = f" · {words.rough(duration)}"
    said.truncate(max(width - len(f"⠋ {seed}{time}"), 1), overflow="ellipsis")
    spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(duration / 0.1) % 10]
    return Text.assemble((spinner, "green"), " ", said, seed, (time, "yellow"))


def _bar(event: Progress, width: int) -> Text:
    """The bar and what there is to say of the run, without the least of it where it is narrow."""
    if not event.total:
        return Text(words.standing(event, width), style="green")
    longest = min(width // 5, LONGEST_BAR)
    said = words.standing(event, width - longest - 1)
    done = longest * min(event.done, event.total) // event.total
    return Text.assemble(("━" * done, "green"), ("━" * (longest - done), "dim"), f" {said}")


def whereabouts(stdout: TextIO, terminal: TextIO) -> Literal["same", "elsewhere", "unknown"]:
    """Whether what is written on stdout lands on that terminal."""
    try:
        out, own = os.fstat(stdout.fileno()), os.fstat(terminal.fileno())
    except (OSError, ValueError):
        return "unknown"
    if stat.S_ISREG(out.st_mode):
        return "elsewhere"
    if stdout.isatty():
        return "same" if out.st_rdev == own.st_rdev else "unknown"
    return "elsewhere" if stat.S_ISCHR(out.st_mode) else "unknown"
