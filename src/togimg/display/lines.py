"""Plain lines, for logs and pipes: paths on stdout, talk on stderr."""

import json
import os
import sys
from typing import Self

from togimg.display import words
from togimg.display.repeats import FEW, Repeats
from togimg.errors import TogimgError
from togimg.events import (
    Begun,
    Drawn,
    Event,
    Failed,
    Finished,
    Noted,
    Planned,
    Progress,
    Saved,
    Skipped,
    Started,
    Waiting,
    Warned,
)

REPORT_SECONDS = 30.0
"""How often a log is told how a run stands."""


class Lines:
    """Shows results on stdout and the rest on stderr; when quiet, only failures and warnings.

    What is the same again and again is told a few times and then counted, unless verbose.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._to_terminal = sys.stdout.isatty()
        self._repeats = Repeats()
        self._untold = Repeats()
        self._last: TogimgError | None = None
        self._reported = 0.0

    def show(self, event: Event) -> None:
        """Writes what there is to say of the event."""
        match event:
            case Saved() if event.path != "-":
                self.result(event.path)
            case Planned():
                self._plan(event)
            case Failed():
                self._failure(event)
            case Finished():
                for message, times in self._untold.all():
                    self.say(f"error: {times} more like it: {message}")
            case _:
                pass
        if not self._quiet or isinstance(event, Warned):
            for line in self.talk(event):
                self.say(line)

    def talk(self, event: Event) -> list[str]:
        """What a person would want to read of the event, beside results and failures."""
        match event:
            case Begun():
                return [words.expected(event)]
            case Progress():
                return self._report(event)
            case Drawn():
                return [f"contact sheet: {words.visible(event.path)}"]
            case Noted():
                hint = [f"hint: {words.visible(event.hint)}"] if event.hint else []
                return [f"note: {words.visible(event.message)}", *hint]
            case Waiting() if self._is_new(f"waiting {event.reason}"):
                return [words.wait(event)]
            case Skipped() if event.why == "exists" and self._is_new("skipped"):
                return [f"skipped: {words.row(event.id)}{words.visible(str(event.path))} exists"]
            case Finished() if event.made or event.skipped or event.failed > 1:
                return [words.summary(event), *words.further(event)]
            case _:
                return self._details(event) if self._verbose else []

    def result(self, *lines: str) -> None:
        """Writes lines of results: as they are for programs, harmless for terminals."""
        shown = map(words.visible, lines) if self._to_terminal else lines
        print(*shown, sep="\n", flush=True)

    def say(self, line: str) -> None:
        """Writes one line of talk; a stderr that cannot be written stops nothing."""
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        sys.stdout.flush()

    def _report(self, event: Progress) -> list[str]:
        if event.elapsed < self._reported + REPORT_SECONDS:
            return []
        self._reported = event.elapsed
        return [words.progress(event)]

    def _details(self, event: Event) -> list[str]:
        match event:
            case Started():
                seed = "" if event.seed is None else f", seed {event.seed}"
                of = words.whose(event) or f"{event.index}: "
                return [f"{of}asking {words.visible(str(event.model))}{seed}"]
            case Saved():
                sent = words.visible(json.dumps(event.requested, ensure_ascii=False))
                request = words.visible(str(event.request_id))
                of = words.whose(event) or f"{event.index}: "
                return [f"{of}{words.picture(event)}, request {request}", f"{of}sent {sent}"]
            case _:
                return []

    def _plan(self, event: Planned) -> None:
        if event.curl:
            self.result(event.curl)
            return
        sent = json.dumps(event.requested, ensure_ascii=False, indent=2)
        # Half a surrogate pair, which no stream takes, is what JSON writes the same way.
        sent = sent.encode(errors="backslashreplace").decode()
        self.result(words.plan(event), *sent.split("\n"))

    def _failure(self, event: Failed) -> None:
        # What ended a run is the same error for every job that was left: once is enough.
        if event.error is self._last:
            return
        self._last = event.error
        # What was not sent is for a reason that all jobs share, unless the row itself is wrong.
        shared = event.outcome == "not_sent" and event.error.code != "usage"
        whose = "" if shared else words.whose(event)
        times = self._repeats.count(event.error.message)
        if times == 1 or self._verbose or (whose and times <= FEW):
            line, *hint = words.problem(event.error, whose)
            for told in [line, *hint] if times == 1 else [line]:
                self.say(told)
        elif not shared:
            self._untold.count(words.visible(event.error.message))

    def _is_new(self, text: str) -> bool:
        return self._verbose or self._repeats.count(text) <= FEW
