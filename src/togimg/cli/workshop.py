"""Everything that a run works with, opened late: it is heavy."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from togimg import settings
from togimg.cli.flags import RunFlags, ServiceFlags
from togimg.display.words import count
from togimg.errors import LocalError
from togimg.events import Noted, Warned
from togimg.pacing import Halt
from togimg.retry import Policy
from togimg.settings import Config

if TYPE_CHECKING:
    from togimg.ledger import Budget, Ledger
    from togimg.studio import Bench
    from togimg.together import Together

MEGABYTE = 2**20


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

        from togimg import pictures, storage, studio

        pictures.allow(config.picture_megapixels)
        bench = studio.Bench(
            service=together,
            storage=open_things.enter_context(storage.Storage(settings.rescue_folders())),
            references=studio.References(),
            started=datetime.now().astimezone(),
            halt=halt,
            ledger=ledger,
            purse=studio.Purse(run.max_cost),
            batch=batch,
        )
        yield bench, remembered


@contextmanager
def connect(
    service: ServiceFlags, config: Config, halt: Halt, jobs: int = 1
) -> Iterator["Together"]:
    """The service, closed in the end; with `--sandbox`, an emulator started for this run.

    Raises:
        AccountError: no key that can be sent, or not to that host.
    """
    from togimg.addresses import check_key_host, usable_key
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


def root(service: ServiceFlags) -> str:
    """The API root that the flags and the environment name."""
    from togimg.addresses import BASE_URL, api_root

    named = service.base_url or settings.base_url() or BASE_URL
    return api_root(named, insecure_http=service.insecure_http)


def limits(run: RunFlags, service: ServiceFlags) -> dict[str, float]:
    """What a run with these flags may cost, in USD, by each limit that is set."""
    config, folder = settings.config(), settings.state_folder()
    if service.sandbox or config.per_day is config.per_month is None:
        return run.ceiling

    from togimg import ledger

    budget = ledger.Budget(per_day=config.per_day, per_month=config.per_month)
    if folder is None or not ledger.exists(folder):
        return budget.whole() | run.ceiling
    with ledger.Ledger(folder, budget=budget) as opened:
        return opened.left() | run.ceiling


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
    died = Warned(f"{requests} of an earlier run may have been billed: togimg history --unknown")
    return ledger, (*ledger.notes(), died) if doubtful else ledger.notes()


def _opened(service: str, budget: "Budget") -> "Ledger":
    from togimg.ledger import Ledger

    folder = settings.state_folder()
    if folder is None:
        raise LocalError("there is no folder for the history", hint="set HOME or XDG_STATE_HOME")
    return Ledger(folder, service, budget)
