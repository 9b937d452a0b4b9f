"""One job's life: a place, the request, and the pictures of the answer."""

import time
from collections.abc import Generator, Iterator
from dataclasses import replace

from togimg import catalogue, naming
from togimg.errors import BudgetError, Outcome, RefusedError, TogimgError, UnknownOutcome
from togimg.events import Event, Failed, Noted, Skipped, Started, Waiting
from togimg.request import ImageRequest, Job, body
from togimg.retry import Kind
from togimg.storage import NameTaken
from togimg.studio.bench import Bench, failed
from togimg.studio.booking import Booking, book, mark
from togimg.studio.keeping import Made, keep, whole
from togimg.studio.places import Place, Stdout
from togimg.together import Reply

_OUTCOMES: dict[Kind, Outcome] = {
    "failed": "failed", "unknown": "unknown", "spurious": "refused",
}  # fmt: skip
"""What a try came to whose entry in the ledger is closed before the next one."""


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
    axes = dict(job.axes)
    yield Started(job.index, request.prompt, request.model, request.seed, job.id, axes)
    began = time.monotonic()
    try:
        job, reply, booking = yield from _ask(job, place, bench)
    except TogimgError as error:
        yield failed(job, error)
        return
    booking.pending.answered(reply.request_id, filter(None, (p.url for p in reply.pictures)))
    lost = list(_missing(job, reply))
    for number in range(len(reply.pictures)):
        try:
            yield from keep(Made(job, reply, number, began, booking), place, bench)
        except TogimgError as error:
            failure = failed(job, error)
            lost.append(failure)
            yield failure
    yield from _missing(job, reply)
    _close(booking, reply, lost)


def _close(booking: Booking, reply: Reply, lost: list[Failed]) -> None:
    """Writes down what became of the whole reply: made, unless any of it may be lost."""
    doubtful = [failure for failure in lost if failure.outcome == "unknown"]
    worst = next(iter([*doubtful, *lost]), None)
    booking.close(
        worst.outcome if worst else "made",
        error=worst.error.message if worst else None,
        request_id=reply.request_id,
    )


def _ask(
    job: Job, place: Place, bench: Bench
) -> Generator[Event, None, tuple[Job, Reply, Booking]]:
    """Asks, and asks otherwise when the service refuses what togimg chose itself."""
    # A reference may be another picture by now.
    known = None if job.request.images else job.mark
    planned = known or mark(job, map(bench.references.digest, job.request.images))
    while True:
        try:
            reply, booking = yield from _tries(job, planned, place, bench)
        except RefusedError as error:
            job, note = _choose_again(job, error)
            if bench.is_new(note):
                yield Noted(note)
        else:
            return job, reply, booking


def _tries(
    job: Job, planned: str, place: Place, bench: Bench
) -> Generator[Event, None, tuple[Reply, Booking]]:
    """Asks until there is an answer: each try that was answered with a failure is booked anew."""
    sent = body(job.request, map(bench.references.uri, job.request.images))
    steps = bench.service.generate(sent, whole)
    booking = book(job, planned, place, bench)
    while True:
        try:
            pause = next(steps)
        except StopIteration as done:
            return done.value, booking
        except TogimgError as error:
            own = error.last or error
            booking.close(own.outcome, error=own.message)
            raise
        yield Waiting(job.index, pause.seconds, pause.reason)
        outcome = _OUTCOMES.get(pause.kind)
        if outcome:
            booking.close(outcome, error=pause.reason)
            booking = _again(job, planned, place, bench, outcome)


def _again(job: Job, planned: str, place: Place, bench: Bench, outcome: Outcome) -> Booking:
    """Books one more try, after one that had this outcome."""
    try:
        return book(job, planned, place, bench)
    except BudgetError as over:
        words = f"{over.message}; what was tried before may have been billed"
        told = words if outcome in {"failed", "unknown"} else over.message
        error = BudgetError(told, hint=over.hint, outcome=outcome)
        error.last = over
        raise error from over


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
        price = "" if cost is None else f" (about {catalogue.usd(cost)} each)"
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
