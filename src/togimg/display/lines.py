"""Plain lines, for logs and pipes: paths on stdout, talk on stderr."""

import json
import os
import sys
from typing import Self

from togimg.display import words
from togimg.errors import TogimgError
from togimg.events import (
    Event,
    Failed,
    Finished,
    Noted,
    Planned,
    Saved,
    Skipped,
    Started,
    Waiting,
)


class Lines:
    """Shows results on stdout and the rest on stderr; when quiet, only failures."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._told: list[TogimgError] = []

    def show(self, event: Event) -> None:
        """Writes what there is to say of the event."""
        match event:
            case Saved() if event.path != "-":
                self.result(event.path)
            case Planned():
                self._plan(event)
            case Failed():
                self._failure(event)
            case _:
                pass
        if not self._quiet:
            for line in self.talk(event):
                self.say(line)

    def talk(self, event: Event) -> list[str]:
        """What a person would want to read of the event, beside results and failures."""
        match event:
            case Noted():
                hint = [f"hint: {words.visible(event.hint)}"] if event.hint else []
                return [f"note: {words.visible(event.message)}", *hint]
            case Waiting():
                return [f"waiting {words.seconds(event.seconds)}: {words.visible(event.reason)}"]
            case Skipped():
                return [f"skipped: {words.visible(event.path)} exists"]
            case Finished() if event.made or event.skipped:
                return [words.summary(event)]
            case Started() if self._verbose:
                seed = "" if event.seed is None else f", seed {event.seed}"
                return [f"{event.index}: asking {words.visible(str(event.model))}{seed}"]
            case Saved() if self._verbose:
                sent = words.visible(json.dumps(event.requested, ensure_ascii=False))
                request = words.visible(str(event.request_id))
                return [
                    f"{event.index}: {words.picture(event)}, request {request}",
                    f"{event.index}: sent {sent}",
                ]
            case _:
                return []

    def result(self, *lines: str) -> None:
        """Writes lines of results: as they are for programs, harmless for terminals."""
        shown = map(words.visible, lines) if sys.stdout.isatty() else lines
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
        if not any(event.error is told for told in self._told):
            self._told.append(event.error)
            for line in words.problem(event.error):
                self.say(line)
