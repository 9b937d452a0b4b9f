"""From the answer to the file: fetch, check, convert, stamp, publish, compare."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from togimg import __version__, catalogue, pictures, recipe, stamp
from togimg.errors import MismatchError, TogimgError, UnknownOutcome
from togimg.events import Event, Noted, Saved
from togimg.pictures import Checked
from togimg.recipe import Recipe
from togimg.request import Job
from togimg.storage import NotPlaced
from togimg.studio.bench import Bench, failed, shown
from togimg.studio.booking import Booking
from togimg.studio.places import Place
from togimg.together import Reply


@dataclass(frozen=True, slots=True)
class Made:
    """Picture `number` (from 0) of the reply to a job that `began` (monotonic seconds)."""

    job: Job
    reply: Reply
    number: int
    began: float
    booking: Booking


def keep(made: Made, place: Place, bench: Bench) -> Iterator[Event]:
    """Brings one picture to its place: once checked, only the disk can lose it.

    Raises:
        TogimgError: it cannot be had, is not whole, or could not be written.
    """
    index = made.job.index
    picture = made.reply.pictures[made.number]
    try:
        data, checked = whole(picture.data or b"")
    except UnknownOutcome:
        if not picture.url:
            raise
        fetching = bench.service.fetch(picture.url, made.reply.request_id, whole)
        data, checked = yield from shown(index, fetching)
    kept = _recipe(made, checked)
    final, extension, notes = _as_asked(data, checked, made.job.target.extension)
    if made.job.target.metadata == "embed":
        final, unstamped = _stamped(final, kept)
        notes += unstamped
    sha256 = hashlib.sha256(final).hexdigest()
    path = _published(made, place, final, extension, sha256)
    yield _saved(made, kept, path=str(path), size=len(final), sha256=sha256, extension=extension)
    yield from map(Noted, notes)
    yield from _mismatches(made.job, kept.request, checked)


def _published(made: Made, place: Place, final: bytes, extension: str, sha256: str) -> Path:
    """Where the picture is now, which the ledger knows whatever happens."""
    # From here on a crash leaves a ledger that knows the file when it is there.
    planned = place.path(extension)
    made.booking.pending.placing(made.number, planned, sha256)
    try:
        path = place.publish(final, extension)
    except NotPlaced as error:
        if error.kept:
            made.booking.pending.placing(made.number, error.kept, sha256)
        raise
    if path != planned:
        made.booking.pending.placing(made.number, path, sha256)
    return path


def whole(data: bytes) -> tuple[bytes, Checked]:
    """The bytes as they are kept, and what they hold.

    Raises:
        UnknownOutcome: it is no whole picture.
    """
    settled = pictures.settled(data)
    return settled, pictures.check(settled)


def _as_asked(
    data: bytes, checked: Checked, extension: str | None
) -> tuple[bytes, str, tuple[str, ...]]:
    """The picture as the kind that its name says; as it came, with a note, if that cannot be."""
    if extension is None or _format(extension) == checked.format:
        return data, extension or checked.extension, ()
    try:
        converted = pictures.convert(data, extension)
    except TogimgError as error:
        return data, checked.extension, (f"{error.message}; it is kept as {checked.format}",)
    return converted, extension, (f"converted from {checked.format} to {_format(extension)}",)


def _stamped(data: bytes, kept: Recipe) -> tuple[bytes, tuple[str, ...]]:
    """The picture with its recipe inside; as it is, with a note, where that cannot be."""
    try:
        written = recipe.dump(kept), recipe.parameters(kept)
        return stamp.write(data, *written, edited=bool(kept.images)), ()
    except TogimgError as error:
        return data, (error.message,)


def _recipe(made: Made, checked: Checked) -> Recipe:
    return Recipe(
        request=made.booking.requested,
        images=tuple(recipe.stub(source.text) for source in made.job.request.images),
        width=checked.width,
        height=checked.height,
        version=__version__,
        request_id=made.reply.request_id,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        index=made.number,
    )


def _saved(made: Made, kept: Recipe, *, path: str, size: int, sha256: str, extension: str) -> Saved:
    sent = kept.request
    cost = catalogue.price(made.job.request)
    return Saved(
        index=made.job.index,
        path=path,
        prompt=sent.get("prompt"),
        model=made.reply.model or sent.get("model"),
        seed=sent.get("seed"),
        width=kept.width,
        height=kept.height,
        format=_format(extension),
        bytes=size,
        sha256=sha256,
        cost=None if cost is None else round(cost, 6),
        duration=round(time.monotonic() - made.began, 3),
        request_id=made.reply.request_id,
        requested=sent,
        axes=dict(made.job.axes),
        id=made.job.id,
    )


def _mismatches(job: Job, sent: Mapping[str, Any], checked: Checked) -> Iterator[Event]:
    """Where the picture is not what was asked: a note, or a failure when strict."""
    came = {"width": checked.width, "height": checked.height, "output_format": checked.format}
    wrong = [
        f"{name} {got} instead of {json.dumps(sent[name])}"
        for name, got in came.items()
        if sent.get(name) not in (None, got)
    ]
    if wrong and job.target.strict:
        error = MismatchError(f"the picture has {', '.join(wrong)}", hint="it was kept")
        yield failed(job, error)
    elif wrong:
        yield Noted(f"the picture has {', '.join(wrong)}")


def _format(extension: str) -> str:
    return extension.lower().replace("jpg", "jpeg")
