"""Where flags meet network, disk and screen; the one place that loads heavy modules, late."""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from togimg import settings
from togimg.cli.flags import RunFlags, SaveFlags, ServiceFlags, ShowFlags
from togimg.cli.order import Order, Prepared, prepare
from togimg.cli.rehearse import rehearse
from togimg.display import Display
from togimg.errors import OK
from togimg.events import Event, Finished, Noted
from togimg.pacing import Halt
from togimg.retry import Policy
from togimg.storage import Storage

if TYPE_CHECKING:
    from togimg.studio import References
    from togimg.together import Together


def perform(
    order: Order, save: SaveFlags, run: RunFlags, service: ServiceFlags, show: ShowFlags
) -> int:
    """Carries an order out, or shows what it would be; the exit code."""
    run.check()
    service.check()
    show.check(to_stdout=order.target.folder is None)
    prepared = prepare(order)
    if run.dry_run:
        events = rehearse(prepared, root(service), curl=run.curl)
        return play(chain(prepared.notes, events), display(show), Halt())
    with ExitStack() as open_things:
        halt = open_things.enter_context(stoppable(run.max_time))
        together = open_things.enter_context(connect(service, halt))
        storage = open_things.enter_context(Storage(settings.rescue_folders()))

        from togimg import studio

        bench = studio.Bench(
            service=together,
            storage=storage,
            references=studio.References(),
            started=datetime.now().astimezone(),
            metadata=save.metadata,
            strict=save.strict,
            halt=halt,
        )
        notes = (*prepared.notes, *_look_at(prepared, bench.references))
        events = chain(notes, studio.run(prepared.jobs, bench, run.jobs))
        return play(events, display(show, total=order.count), halt)


def _look_at(prepared: Prepared, references: "References") -> tuple[Noted, ...]:
    """Reads every local reference, so that one that cannot be used ends the run before it costs."""
    local = [source for source in prepared.request.images if source.kind != "url"]
    notes = (references.ready(source).note for source in local)
    return tuple(Noted(note) for note in notes if note)


def root(service: ServiceFlags) -> str:
    """The API root that the flags and the environment name."""
    from togimg.addresses import BASE_URL, api_root

    named = service.base_url or settings.base_url() or BASE_URL
    return api_root(named, insecure_http=service.insecure_http)


@contextmanager
def connect(service: ServiceFlags, halt: Halt) -> Iterator["Together"]:
    """The service, closed in the end; with `--sandbox`, an emulator started for this run.

    Raises:
        AccountError: no key that can be sent.
    """
    from togimg.addresses import usable_key
    from togimg.together import Together

    policy = Policy(retries=service.retries)
    with ExitStack() as open_things:
        if service.sandbox:
            from togimg.sandbox import Sandbox

            # Never the real key: the sandbox takes any.
            base_url, key = open_things.enter_context(Sandbox()).url, "sandbox"
        else:
            base_url, key = root(service), usable_key(settings.key())
        together = Together(base_url, key, timeout=service.timeout, policy=policy, halt=halt)
        open_things.callback(together.close)
        yield together


def display(show: ShowFlags, total: int | None = None) -> Display:
    """The display that the flags and the streams call for."""
    from togimg.display.lines import Lines

    if show.as_json:
        from togimg.display.jsonl import JsonLines

        return JsonLines()
    if show.quiet or not is_live(sys.stderr):
        return Lines(quiet=show.quiet, verbose=show.verbose)
    from togimg.display.live import Live

    return Live(sys.stderr, total=total, verbose=show.verbose)


def is_live(stream: object) -> bool:
    """Whether a stream is a terminal that can be drawn on."""
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty()) and os.environ.get("TERM") != "dumb"


def play(events: Iterable[Event], shown_by: Display, halt: Halt) -> int:
    """Shows every event; the exit code that the last one tells.

    When whoever reads stdout has left, nothing new is sent and the rest goes unseen.
    """
    code = OK
    with shown_by:
        for event in events:
            if isinstance(event, Finished):
                code = event.exit_code
            try:
                shown_by.show(event)
            except BrokenPipeError:
                halt.stop(signal.SIGPIPE)
                sys.stdout = Path(os.devnull).open("w", encoding="utf-8")
    return code


@contextmanager
def stoppable(max_time: float | None = None) -> Iterator[Halt]:
    """A halt that the first SIGINT, SIGTERM or SIGHUP sets; the second one leaves at once."""
    halt = Halt(max_time)

    def stop(number: int, _frame: object) -> None:
        if halt.signal:
            raise KeyboardInterrupt
        halt.stop(number)

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    numbers = [getattr(signal, name) for name in names]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    # A signal that is ignored on entry, as under nohup, stays ignored.
    before = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, stop)
    try:
        yield halt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
