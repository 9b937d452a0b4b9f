"""One job's life: a place, the request, and the pictures of the answer."""

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

from togimg import catalogue, naming
from togimg.errors import RefusedError, TogimgError, UnknownOutcome
from togimg.events import Event, Failed, Noted, Skipped, Started
from togimg.ledger import Pending
from togimg.request import ImageRequest, Job, body
from togimg.storage import NameTaken
from togimg.studio.bench import Bench, failed, shown
from togimg.studio.booking import intend
from togimg.studio.keeping import Made, keep
from togimg.studio.places import Place, Stdout
from togimg.together import Reply


def reserve(job: Job, bench: Bench) -> Place | Skipped | Failed:
    """A place for the job's picture, or why there is none."""
    target = job.target
    if target.folder is None:
        return Stdout(bench.storage)
    name = naming.render(target.name, naming.fields(job, bench.started))
    try:
        return bench.storage.reserve(
            target.folder,
            name,
            index=job.index,
            on_exists=target.on_exists,
            extension=target.extension,
        )
    except NameTaken as taken:
        if target.on_exists == "skip":
            return Skipped(job.index, str(taken.path), job.id)
        return failed(job, taken, "not_sent")
    except TogimgError as error:
        return failed(job, error, "not_sent")


def make(job: Job, place: Place, bench: Bench) -> Iterator[Event]:
    """Everything that happens from the request to the file; failures are events too."""
    request = job.request
    yield Started(job.index, request.prompt, request.model, request.seed, job.id)
    began = time.monotonic()
    try:
        job, reply, pending = yield from _ask(job, place, bench)
    except TogimgError as error:
        yield failed(job, error)
        return
    pending.answered(reply.request_id, filter(None, (p.url for p in reply.pictures)))
    paths: list[Path] = []
    lost = list(_missing(job, reply))
    for number in range(len(reply.pictures)):
        try:
            paths.append((yield from keep(Made(job, reply, number, began, pending), place, bench)))
        except TogimgError as error:
            failure = failed(job, error)
            lost.append(failure)
            yield failure
    yield from _missing(job, reply)
    _close(pending, reply, paths, lost)


def _close(pending: Pending, reply: Reply, paths: list[Path], lost: list[Failed]) -> None:
    """Writes down what became of the whole reply: made, unless any of it may be lost."""
    doubtful = [failure for failure in lost if failure.outcome == "unknown"]
    worst = next(iter([*doubtful, *lost]), None)
    pending.close(
        worst.outcome if worst else "made",
        error=worst.error.message if worst else None,
        path=paths[0] if paths else None,
        request_id=reply.request_id,
    )


def _ask(
    job: Job, place: Place, bench: Bench
) -> Generator[Event, None, tuple[Job, Reply, Pending]]:
    """Asks, and asks otherwise when the service refuses what togimg chose itself."""
    while True:
        sent = body(job.request, map(bench.references.uri, job.request.images))
        pending = intend(job, place, bench)
        try:
            reply = yield from shown(job.index, bench.service.generate(sent))
        except TogimgError as error:
            pending.close(error.outcome, error=error.message)
            if not isinstance(error, RefusedError):
                raise
            job, note = _choose_again(job, error)
            if bench.is_new(note):
                yield Noted(note)
        else:
            return job, reply, pending


def _choose_again(job: Job, refusal: RefusedError) -> tuple[Job, str]:
    """The job without what was refused, if togimg had chosen that; else the refusal stands."""
    request = job.request
    if refusal.parameter == "seed" and "seed" in job.chosen:
        note = f"{request.model} takes no seed: its pictures cannot be made again exactly"
        unsaid = replace(request, seed=None)
        return replace(job, request=unsaid, chosen=job.chosen - {"seed"}), note
    following = catalogue.next_default(job.said, request.model)
    if refusal.parameter == "model" and "model" in job.chosen and following:
        cost = catalogue.price(following)
        price = "" if cost is None else f" (about ${cost:.4f} each)"
        note = f"{request.model} is not available now; asking {following.model} instead{price}"
        chosen = job.chosen | ({"seed"} if job.said.seed is None else set())
        return replace(job, request=_carried_on(request, following), chosen=chosen), note
    raise refusal


def _carried_on(request: ImageRequest, following: ImageRequest) -> ImageRequest:
    """The request for the next default, with the seed and the kind of file of the first."""
    can_choose = catalogue.takes(following, "output_format") == "yes"
    wanted = following.output_format or (request.output_format if can_choose else None)
    return replace(following, seed=request.seed, output_format=wanted)


def _missing(job: Job, reply: Reply) -> Iterator[Failed]:
    """The pictures that were asked for, by `--param n=…` too, and are not in the answer."""
    asked = dict(job.request.params).get("n", 1)
    came = len(reply.pictures)
    missing = max(reply.broken, asked - came) if type(asked) is int else reply.broken
    if missing > 0:
        error = UnknownOutcome(
            f"{missing} of {missing + came} pictures are missing from the answer; "
            "they may have been billed"
        )
        yield failed(job, error)
