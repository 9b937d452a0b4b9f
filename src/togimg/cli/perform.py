"""Orders, or the jobs made of them, become a run that is shown."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from togimg.cli import sheeting
from togimg.cli.estimate import refuse, refused
from togimg.cli.flags import MakeFlags, RunFlags, ShowFlags
from togimg.cli.order import Order, Prepared, prepare_all
from togimg.cli.rehearse import rehearse
from togimg.cli.showing import display, play
from togimg.cli.signals import stopping
from togimg.cli.workshop import limits, root, workshop
from togimg.errors import UsageError
from togimg.events import Begun, Event, Noted, Skipped
from togimg.pacing import Halt
from togimg.request import Job

if TYPE_CHECKING:
    from togimg.studio import Bench, References


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
        refusal = refused(prepared.begun, limits(run, service))
        events = rehearse(prepared, root(service), curl=run.curl, refusal=refusal)
        return play(chain(prepared.notes, events), display(show), Halt())
    if sheet and run.sheet:
        sheeting.check(sheet)
    refuse(prepared.begun, run.ceiling)
    with workshop(run, service) as (bench, remembered):
        refuse(prepared.begun, bench.ledger.left() if bench.ledger else {})
        notes = (*prepared.notes, *remembered, *_look_at(prepared, bench.references))
        title = orders[0].idea
        watch = partial(sheeting.sheeted, path=sheet, bench=bench, title=title) if sheet else iter
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


def _look_at(prepared: Prepared, references: "References") -> tuple[Noted, ...]:
    """Reads every local reference, so that one that cannot be used ends the run before it costs."""
    local = [source for source in prepared.images if source.kind != "url"]
    notes = (references.ready(source).note for source in local)
    return tuple(Noted(note) for note in notes if note)
