"""What is made of a jobs file: what of it is there already, and what is still to be made."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from togimg import catalogue, settings
from togimg.cli import leftover, sheeting, standing
from togimg.cli.flags import RunFlags, SaveFlags, ServiceFlags, ShowFlags
from togimg.cli.flags.lot import LotFlags
from togimg.cli.order import Prepared
from togimg.cli.perform import carry_out
from togimg.cli.rehearse import rehearse
from togimg.cli.showing import display, play
from togimg.cli.typed import again
from togimg.cli.workshop import limits, root, service_name, workshop
from togimg.display.words import count
from togimg.errors import LocalError
from togimg.events import Begun, Event, Noted, Skipped, Warned
from togimg.pacing import Halt
from togimg.request import Job
from togimg.roll import Roll, State

if TYPE_CHECKING:
    from togimg.ledger import Ledger
    from togimg.studio import Bench

LeftOut = Literal["made", "unknown", "in_flight"]
"""The states of jobs that a run may leave out."""

MOST_NAMED = 100
"""Rows that a note names one by one."""


@dataclass(frozen=True, slots=True)
class Lot:
    """The jobs on a roll, what their work is called, and what of it is wanted."""

    roll: Roll
    work: str
    wanted: LotFlags
    notes: tuple[Noted, ...]

    def jobs(self) -> Iterator[Job | Skipped]:
        """The jobs that are to be made, and in their places those that are not."""
        left_out = self._left_out()
        for listed in self.roll.listed():
            if listed.state in left_out:
                yield Skipped(listed.index, listed.path, listed.line, listed.state)
            else:
                yield listed.job

    def to_make(self) -> Iterator[Job]:
        """The jobs that are to be made, without the others."""
        return (item for item in self.jobs() if isinstance(item, Job))

    def begun(self) -> Begun:
        """What they may cost."""
        named = ", ".join(f"'{state}'" for state in self._left_out())
        return self.roll.begun(f"state NOT IN ({named})")

    def _left_out(self) -> tuple[LeftOut, ...]:
        made: tuple[LeftOut, ...] = () if self.wanted.force else ("made",)
        if self.wanted.skip_unknown:
            return *made, "unknown", "in_flight"
        return (*made, "in_flight") if self.wanted.status else made


def work(file: str, stream: BinaryIO, save: SaveFlags) -> str:
    """The name of this work: the jobs file, and where the flags want its pictures.

    Two runs must not be at it at once; what stdin said is known by its checksum.
    """
    folder = os.path.realpath(save.output or ".")
    if file != "-":
        return f"{Path(file).resolve()} in {folder}"
    said = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    stream.seek(0)
    return f"{said} in {folder}"


def look(lot: Lot, run: RunFlags, service: ServiceFlags, show: ShowFlags) -> int:
    """Shows how the lot stands, or rehearses what is left; writes and sends nothing."""
    from togimg import ledger
    from togimg.studio.resuming import judge

    folder = settings.state_folder()
    with ExitStack() as open_things:
        opened: Ledger | None = None
        if folder and ledger.exists(folder):
            name = service_name(service, root(service))
            opened = open_things.enter_context(ledger.Ledger(folder, name))
            opened.settle()
        judge(lot.roll, opened, lot.work)
    if lot.wanted.status:
        return standing.tell(lot, as_json=show.as_json)
    prepared = Prepared(lot.to_make(), lot.begun())
    events = rehearse(prepared, root(service), curl=run.curl)
    notes = (*lot.notes, *_ends(prepared.begun, limits(run, service)))
    return play(chain(notes, events), display(show), Halt())


def make(lot: Lot, run: RunFlags, service: ServiceFlags, show: ShowFlags) -> int:
    """Makes what is missing; the exit code.

    Raises:
        LocalError: another process is at it, or there is no ledger to go by.
    """
    from togimg.studio.recovery import recover
    from togimg.studio.resuming import judge

    sheet = sheeting.place(run.sheet)
    if sheet:
        sheeting.check(sheet)
    if lot.wanted.failures:
        leftover.check(lot.wanted.failures)
    with ExitStack() as open_things:
        opening = workshop(run, service, lot.work)
        bench, remembered = open_things.enter_context(opening)
        if bench.ledger is None:
            (why,) = remembered
            raise LocalError(f"a batch needs its history: {why.message}", hint=why.hint)
        open_things.enter_context(_alone(lot))
        recovered = tuple(recover(bench.storage, bench.ledger, lot.roll.folders))
        judge(lot.roll, bench.ledger, lot.work)
        begun = lot.begun()
        first = *lot.notes, *remembered, *recovered
        left = bench.ledger.left() | run.ceiling
        notes = *first, *_what_is_known(lot, bench.ledger), *_ends(begun, left)
        return carry_out(
            lot.jobs(),
            begun,
            notes,
            bench,
            run,
            show,
            total=sum(lot.roll.counts().values()),
            again=again(),
            watch=lambda events: _watched(events, lot, sheet, bench),
        )


def _watched(
    events: Iterator[Event], lot: Lot, sheet: Path | None, bench: "Bench"
) -> Iterator[Event]:
    """The events, with what was asked for besides pictures: failures as a file, and a sheet."""
    if lot.wanted.force:
        events = leftover.again(events, lot.wanted.failures, lot.roll)
    if lot.wanted.failures:
        events = leftover.kept(events, lot.wanted.failures, lot.roll)
    title = None if lot.wanted.file in {None, "-"} else Path(lot.wanted.file or "").name
    return sheeting.sheeted(events, sheet, bench, title) if sheet else events


def _alone(lot: Lot) -> AbstractContextManager[None]:
    from togimg import ledger

    folder = settings.state_folder()
    shard = str(lot.wanted.share) if lot.wanted.share.count > 1 else None
    return ledger.alone(folder or Path(), lot.work, shard)


def _what_is_known(lot: Lot, ledger: "Ledger") -> Iterator[Noted]:
    """What a person should know of the jobs that were asked for earlier."""
    counts = lot.roll.counts()
    others = ledger.elsewhere(lot.work)
    if others and not counts.get("made"):
        yield Noted(f"what {', '.join(others)} made of these jobs does not count here")
    made, doubtful, flying = (counts.get(state, 0) for state in ("made", "unknown", "in_flight"))
    if made and not lot.wanted.force:
        yield Noted(f"{count(made, 'picture')} {'is' if made == 1 else 'are'} made already")
        yield from standing.rescued(lot.roll)
    if doubtful:
        yield _made_twice(
            lot, "unknown", f"{count(doubtful, 'picture')} may have been billed", "again"
        )
    if flying:
        are = "is" if flying == 1 else "are"
        said = f"{count(flying, 'picture')} {are} in flight in another run"
        yield _made_twice(lot, "in_flight", said, "here as well")


def _made_twice(lot: Lot, state: State, said: str, how: str) -> Noted:
    """What is said of the jobs in this state, which may be paid for twice unless left out."""
    rows = [str(listed.line) for listed in lot.roll.listed(f"state = '{state}'")]
    named = ", ".join(rows[:MOST_NAMED]) + ("…" if len(rows) > MOST_NAMED else "")
    if lot.wanted.skip_unknown:
        return Noted(f"{said} and will be left out: {named}")
    return Warned(f"{said} and will be made {how}: {named}", "--skip-unknown leaves them out")


def _ends(begun: Begun, limits: Mapping[str, float]) -> Iterator[Noted]:
    """Where the money will end before the jobs do."""
    for name, left in limits.items():
        if (begun.cost or 0) > left:
            yield Noted(
                f"the run stops before it passes {name}, which leaves {catalogue.usd(max(left, 0))}"
            )
