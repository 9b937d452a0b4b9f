"""The rows of a jobs file, with the flags of the command line, become jobs on a roll."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from togimg import batch, naming, sweep
from togimg.batch import Bad, Row
from togimg.cli.estimate import estimate
from togimg.cli.flags import ImageFlags, SaveFlags
from togimg.cli.order import Order, Preparing
from togimg.cli.said import place
from togimg.errors import UsageError
from togimg.events import Noted
from togimg.ledger import fingerprint
from togimg.request import ImageRequest, Job, Source, Target, body
from togimg.roll import Roll, Shard

Flags = TypeVar("Flags", ImageFlags, SaveFlags)

_SHAPE = {"size", "width", "height", "aspect_ratio"}
MOST = 10_000
"""Pictures of one row: more are a slip, and would be enrolled for hours."""

NAMED = 10
"""Ids that a note names one by one."""

_ROOM = 2**20
"""Seeds above the first of a request: so many takes of it are not to leave the range."""


@dataclass(frozen=True, slots=True)
class Common:
    """What holds for every row that does not say otherwise; `prompt` may have {columns} in it."""

    prompt: str | None
    image: ImageFlags
    save: SaveFlags


def enrol(
    found: Iterable[Row | Bad], common: Common, roll: Roll, shard: Shard
) -> Iterator[Bad | Noted]:
    """Puts the jobs of every row on the roll; yields what is wrong with the others, and notes."""
    from togimg.studio import References

    digest = References().digest
    index = 1
    now = datetime.now().astimezone()
    resembling: set[str] = set()
    target = cache(_target)
    preparing = Preparing()
    for row in _told_apart(found, roll):
        if isinstance(row, Bad | Noted):
            yield row
            continue
        yield from _unlike(row, resembling)
        try:
            order = _order(row, common, target, partial(_seed, roll=roll, digest=digest))
            prepared = preparing.prepare(order, index)
            each = prepared.begun if order.count == 1 else None
            for job in prepared.jobs:
                _check_name(job, roll, now)
                mark = fingerprint(body(job.request, map(digest, job.request.images)))
                roll.add(job, mark, each or estimate(job.request), mine=shard.has(mark))
                index += 1
        except UsageError as error:
            yield Bad(row.number, error.message, error.hint)
        else:
            yield from prepared.notes


def _told_apart(found: Iterable[Row | Bad], roll: Roll) -> Iterator[Row | Bad | Noted]:
    """The rows as they come, and in the end a note on those that have the id of an earlier one."""
    same = 0
    named: list[str] = []
    for row in found:
        yield row
        if isinstance(row, Row) and row.id:
            first = roll.first(row.id, row.number)
            same += first != row.number
            if len(named) < same <= NAMED:
                named.append(f"{row.id} (lines {first} and {row.number})")
    if same:
        more = f" and {same - NAMED} more" if same > NAMED else ""
        yield Noted(
            f"rows have the same id: {', '.join(named)}{more}",
            "messages and {id} in names do not tell them apart",
        )


def _check_name(job: Job, roll: Roll, now: datetime) -> None:
    """Refuses a name that an earlier row has, where only one of them could have its picture.

    Raises:
        UsageError: with the name.
    """
    target = job.target
    if target.on_exists == "unique" or target.folder is None:
        return
    name = naming.render(target.name, naming.fields(job, now))
    file = target.folder.joinpath(*name.folders, name.at(job.index))
    path = f"{file}.{target.extension}" if target.extension else str(file)
    if roll.takes(f"name {path}", 1):
        raise UsageError(
            f"{path} is the name of an earlier picture of this file",
            hint="let names differ, as {number} and {id} do, or leave --on-exists unique",
        )


def _unlike(row: Row, told: set[str]) -> Iterator[Noted]:
    """Notes, once each, on columns of one's own whose names are nearly those of flags."""
    for name in row.columns.keys() - told:
        told.add(name)
        meant = batch.resembles(name)
        if meant:
            yield Noted(f"the column {name} is taken for one of your own", f"or is it {meant}?")


def _order(
    row: Row,
    common: Common,
    target: Callable[[SaveFlags, int, tuple[str, ...]], Target],
    seed: Callable[[ImageRequest, int], int | None],
) -> Order:
    """What a row asks for.

    Raises:
        UsageError: it cannot be meant.
    """
    said = batch.typed(row.values)
    prompt = said.pop("prompt", common.prompt)
    image = _image(common.image, said)
    save = _given(common.save, said)
    if save.output == "-":
        raise UsageError("a batch makes files", hint="-o takes a folder, a name or a template")
    if "output" in said:
        _check_inside(save.output or ".", common.save.output)
    if save.on_exists == "overwrite" != common.save.on_exists:
        # A jobs file may be a stranger's.
        raise UsageError(
            "the row would replace files that are there",
            hint="allow it with --on-exists overwrite",
        )
    request = image.request(prompt and batch.filled(prompt, row.columns))
    count = image.count or 1
    if count > MOST:
        raise UsageError(f"{count:,} pictures of one row", hint=f"make it {MOST:,} at most")
    return Order(
        request,
        count,
        target(save, count, ("id", *row.columns)),
        lenient=image.lenient,
        seed=seed(request, count),
        wildcards=image.lines(),
        id=row.id or str(row.number),
        columns=tuple(row.columns.items()),
    )


def _target(save: SaveFlags, count: int, columns: tuple[str, ...]) -> Target:
    """Where pictures go: most rows agree on it, and the disk is asked."""
    return save.target(count, columns=columns)


def _check_inside(output: str, common: str | None) -> None:
    """Refuses a row's place outside the folder of the command: a jobs file may be a stranger's.

    Raises:
        UsageError: saying how to allow it.
    """
    base, folder = (place(said)[0] for said in (common or "./", output))
    if not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(base)):
        raise UsageError(
            f"the output {output} of the row is not inside {base}",
            hint=f"begin it with {base}/, or allow it with another -o",
        )


def _image(flags: ImageFlags, said: Mapping[str, Any]) -> ImageFlags:
    """The flags with what the row says in their place; a shape in the row replaces any other."""
    if _SHAPE & said.keys():
        flags = replace(flags, size=None, width=None, height=None, aspect_ratio=None)
    given = _given(flags, said)
    if not (flags.param and "param" in said):
        return given
    return replace(given, param=[*flags.param, *said["param"]])


def _given(flags: Flags, said: Mapping[str, Any]) -> Flags:
    own = {name: value for name, value in said.items() if hasattr(flags, name)}
    return replace(flags, **own) if own else flags


def _seed(
    request: ImageRequest, count: int, roll: Roll, digest: Callable[[Source], str]
) -> int | None:
    """The seed of a row that says none: the same for the same request, wherever it is run.

    Takes of one request go on from each other, on whatever lines they are.
    """
    if request.seed is not None:
        return None
    key = fingerprint(body(request, map(digest, request.images)))
    return int(key[:15], 16) % (sweep.SEEDS - _ROOM) + roll.takes(key, count) % _ROOM
