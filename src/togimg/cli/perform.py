"""Where flags meet network, disk and screen; the one place that loads heavy modules, late."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from togimg import settings
from togimg.cli import sheeting
from togimg.cli.estimate import refuse
from togimg.cli.flags import MakeFlags, RunFlags, ServiceFlags, ShowFlags
from togimg.cli.order import Order, Prepared, prepare_all
from togimg.cli.rehearse import rehearse
from togimg.cli.showing import display, play
from togimg.cli.signals import stopping
from togimg.display.words import count
from togimg.errors import LocalError, UsageError
from togimg.events import Begun, Event, Noted, Skipped
from togimg.pacing import Halt
from togimg.request import Job
from togimg.retry import Policy
from togimg.settings import Config
from togimg.storage import Storage

MEGABYTE = 2**20

if TYPE_CHECKING:
    from togimg.ledger import Budget, Ledger
    from togimg.studio import Bench, References
    from togimg.together import Together


def perform(orders: tuple[Order, ...], flags: MakeFlags, sheet: Path | None = None) -> int:
    """Carries out orders, or shows what they would be; the exit code.

    `sheet` is the contact sheet that is drawn when none was named.
    """
    run, service, show = flags.run, flags.service, flags.show
    run.check()
    sheet = sheeting.place(run.sheet, sheet)
    service.check()
    to_stdout = any(order.target.folder is None for order in orders)
    show.check(to_stdout=to_stdout)
    if sheet and to_stdout:
        raise UsageError("a picture on stdout has no contact sheet", hint="give -o a file name")
    prepared = prepare_all(orders)
    if run.dry_run:
        events = rehearse(prepared, root(service), curl=run.curl)
        return play(chain(prepared.notes, events), display(show), Halt())
    if run.max_cost is not None:
        refuse(prepared.begun, {"--max-cost": run.max_cost})
    with workshop(run, service) as (bench, remembered):
        refuse(prepared.begun, bench.ledger.left() if bench.ledger else {})
        notes = (*prepared.notes, *remembered, *_look_at(prepared, bench.references))
        watch = partial(sheeting.sheeted, path=sheet, bench=bench) if sheet else iter
        return carry_out(prepared.jobs, prepared.begun, notes, bench, run, show, watch=watch)


def carry_out(
    jobs: Iterable[Job | Skipped],
    begun: Begun,
    notes: Iterable[Event],
    bench: "Bench",
    run: RunFlags,
    show: ShowFlags,
    *,
    total: int | None = None,
    again: str | None = None,
    watch: Callable[[Iterator[Event]], Iterator[Event]] = iter,
) -> int:
    """Runs the jobs on the bench and shows what happens; the exit code.

    `total` counts the jobs, also those that are skipped. `again` is the command that makes what
    is missing in the end. `watch` sees the events of the run first, and may add to them.
    """
    from togimg import studio

    several = (begun,) if begun.total > 1 else ()
    events = watch(studio.run(jobs, bench, run.jobs, total=total or begun.total, again=again))
    with stopping(bench.halt):
        return play(chain(notes, several, events), display(show), bench.halt)


@contextmanager
def workshop(
    run: RunFlags, service: ServiceFlags, batch: str | None = None
) -> Iterator[tuple["Bench", tuple[Noted, ...]]]:
    """Everything that a run works with, closed in the end, and what is to be said of it first.

    `batch` is what the ledger calls the jobs file.
    """
    config = settings.config()
    with ExitStack() as open_things:
        halt = Halt(run.max_time)
        together = open_things.enter_context(connect(service, config, halt, run.jobs))
        ledger, remembered = _ledger(config, service_name(service, together.base_url))
        if ledger:
            open_things.enter_context(ledger)
        storage = open_things.enter_context(Storage(settings.rescue_folders()))

        from togimg import pictures, studio

        pictures.allow(config.picture_megapixels)
        bench = studio.Bench(
            service=together,
            storage=storage,
            references=studio.References(),
            started=datetime.now().astimezone(),
            halt=halt,
            ledger=ledger,
            purse=studio.Purse(run.max_cost),
            batch=batch,
        )
        yield bench, remembered


def service_name(service: ServiceFlags, base_url: str) -> str:
    """What the ledger calls the service: its host alone, for a password may stand before it."""
    from togimg.ledger import SANDBOX

    return SANDBOX if service.sandbox else urlsplit(base_url).netloc.rpartition("@")[2]


def _ledger(config: Config, service: str) -> tuple["Ledger | None", tuple[Noted, ...]]:
    """The ledger, and what it says of runs that died; a run that cannot have one goes on.

    Raises:
        LocalError: there is a budget to keep, and no ledger to keep it by.
    """
    from togimg.ledger import SANDBOX, Budget

    # Nothing of the sandbox is ever billed.
    free = service == SANDBOX
    budget = Budget() if free else Budget(per_day=config.per_day, per_month=config.per_month)
    try:
        ledger = _opened(service, budget)
    except LocalError as error:
        if budget:
            raise
        return None, (Noted(f"{error.message}; nothing is remembered of this run", error.hint),)
    doubtful = ledger.settle()
    requests = count(doubtful, "request")
    died = Noted(f"{requests} of an earlier run may have been billed: togimg history --unknown")
    return ledger, (*ledger.notes(), died) if doubtful else ledger.notes()


def _opened(service: str, budget: "Budget") -> "Ledger":
    from togimg.ledger import Ledger

    folder = settings.state_folder()
    if folder is None:
        raise LocalError("there is no folder for the history", hint="set HOME or XDG_STATE_HOME")
    return Ledger(folder, service, budget)


def _look_at(prepared: Prepared, references: "References") -> tuple[Noted, ...]:
    """Reads every local reference, so that one that cannot be used ends the run before it costs."""
    local = [source for source in prepared.images if source.kind != "url"]
    notes = (references.ready(source).note for source in local)
    return tuple(Noted(note) for note in notes if note)


def root(service: ServiceFlags) -> str:
    """The API root that the flags and the environment name."""
    from togimg.addresses import BASE_URL, api_root

    named = service.base_url or settings.base_url() or BASE_URL
    return api_root(named, insecure_http=service.insecure_http)


@contextmanager
def connect(
    service: ServiceFlags, config: Config, halt: Halt, jobs: int = 1
) -> Iterator["Together"]:
    """The service, closed in the end; with `--sandbox`, an emulator started for this run.

    Raises:
        AccountError: no key that can be sent, or not to that host.
    """
    from togimg.addresses import check_key_host, usable_key

    # httpx loads its own command line, and with it click, rich and pygments, unless there is
    # none: that is what None says, and httpx can do without.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

    from togimg.together import Together

    policy = Policy(retries=service.retries, retry_unknown=service.retry_unknown)
    with ExitStack() as open_things:
        if service.sandbox:
            from togimg.sandbox import Sandbox

            # Never the real key: the sandbox takes any.
            base_url, key = open_things.enter_context(Sandbox()).url, "sandbox"
        else:
            base_url, key = root(service), usable_key(settings.key())
            check_key_host(base_url, settings.key_host(config))
        together = Together(
            base_url,
            key,
            timeout=service.timeout,
            policy=policy,
            halt=halt,
            jobs=jobs,
            largest=round(config.reply_megabytes * MEGABYTE),
        )
        open_things.callback(together.close)
        yield together
