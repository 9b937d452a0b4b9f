"""What a command wants, completed by the catalogue, becomes jobs."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial, reduce
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from togimg import catalogue, sweep
from togimg.cli.estimate import NOTHING, both, estimate
from togimg.errors import UsageError
from togimg.events import Begun, Noted
from togimg.request import SHAPE, Columns, ImageRequest, Job, OutputFormat, Source, Target
from togimg.sweep import Point

if TYPE_CHECKING:
    from togimg.expand import Lines

_FORMATS: dict[str, OutputFormat] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg"}
_AXIS_FIELDS = {
    # axis: fields of the request, where they are called otherwise or touch each other
    **dict.fromkeys(("size", "width", "height", "aspect-ratio"), SHAPE),
    "image": ("images",),
    "lora": ("loras",),
}


@dataclass(frozen=True, slots=True)
class Order:
    """`count` takes of what was said, and where they go.

    `lenient` leaves out, with a note, what the model is known to refuse. `axes` is the point of a
    sweep that this is, `seed` the one to take where none was said (None: any). With `wildcards`
    the prompt is expanded. `id` and `columns` are those of its row in a jobs file, `idea` is the
    prompt of the whole sweep, `{vary}` and all.
    """

    said: ImageRequest
    count: int
    target: Target
    lenient: bool = False
    notes: tuple[Noted, ...] = ()
    axes: Point = ()
    seed: int | None = None
    wildcards: "Lines | None" = None
    id: str | None = None
    columns: Columns = ()
    idea: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Jobs that are ready to run, with what a person should know of them first.

    `images` are the references that they use, and `begun` is what they may cost.
    """

    jobs: Iterator[Job]
    begun: Begun
    notes: tuple[Noted, ...] = ()
    images: tuple[Source, ...] = ()


def prepare(order: Order, first: int = 1) -> Prepared:
    """Chooses what was left open (model, seed), translates sizes, refuses what cannot work.

    `first` is the index of the first job.

    Raises:
        UsageError: no prompt, or something that the model is known to refuse.
    """
    said = order.said
    params = dict(said.params)
    _check_prompt(said, params)
    model = said.model or str(params.get("model") or catalogue.defaults(said)[0])
    request = catalogue.complete(said if said.model else replace(said, model=model))
    notes = (*order.notes, *_unknown_model(request))
    request, left_out = _fitting(request, order)
    request = _with_format(request, order.target)
    request, chosen = _with_seed(request, order)
    if said.model is None and "model" not in params:
        chosen |= {"model"}
    job = Job(
        index=first,
        request=request,
        target=order.target,
        said=said,
        chosen=chosen,
        axes=order.axes,
        id=order.id,
        columns=order.columns,
    )
    jobs = sweep.takes(job, order.count, _worded(order))
    begun = estimate(request, order.count)
    return Prepared(jobs, begun, (*notes, *left_out), request.images)


class Preparing:
    """Prepares orders one after another: most rows of a jobs file differ in their words alone."""

    def __init__(self) -> None:
        self._last: tuple[Order, Job, Prepared] | None = None

    def prepare(self, order: Order, first: int) -> Prepared:
        """As `prepare`, which is not asked again, nor what it had to note, for more of the same.

        Raises:
            UsageError: as there.
        """
        if self._last:
            other, job, prepared = self._last
            if _standing(order) == _standing(other) and _is_plain(order):
                return replace(prepared, jobs=iter((_reworded(job, order, first),)), notes=())
        prepared = prepare(order, first)
        if not _is_plain(order):
            return prepared
        (job,) = prepared.jobs
        self._last = order, job, prepared
        return replace(prepared, jobs=iter((job,)))


_VARYING = {"said", "seed", "wildcards", "id", "columns"}
_standing = attrgetter(
    *(field.name for field in fields(Order) if field.name not in _VARYING),
    *(f"said.{field.name}" for field in fields(ImageRequest) if field.name != "prompt"),
)


def _is_plain(order: Order) -> bool:
    """Whether an order is for one picture of its words as they are, and they are its own."""
    said = order.said
    is_one = order.count == 1 and not order.wildcards
    has_seed = order.seed is not None or said.seed is not None
    return bool(is_one and has_seed and not said.params and said.prompt and said.prompt.strip())


def _reworded(job: Job, order: Order, index: int) -> Job:
    """The job of an order that differs from the one that this is of in its words and its row."""
    is_seeded = job.request.seed is not None and job.said.seed is None
    seed = order.seed if is_seeded else job.request.seed
    return replace(
        job,
        index=index,
        request=replace(job.request, prompt=order.said.prompt, seed=seed),
        said=order.said,
        id=order.id,
        columns=order.columns,
    )


def prepare_all(orders: Iterable[Order]) -> Prepared:
    """The jobs of all orders, numbered on; every order is looked at before the first job is made.

    When an order is lenient, a point of a sweep that its model refuses is left out with a note.

    Raises:
        UsageError: as `prepare`; or no order is left.
    """
    ready: list[Prepared] = []
    notes: list[Noted] = []
    first = 1
    refusal: UsageError | None = None
    for order in orders:
        try:
            prepared = prepare(order, first)
        except UsageError as error:
            if not (order.lenient and order.axes):
                raise
            refusal = error
            notes.append(Noted(f"{_label(order.axes)} left out: {error.message}"))
            continue
        ready.append(prepared)
        notes += prepared.notes
        first += order.count
    if refusal and not ready:
        raise refusal
    return Prepared(
        jobs=chain.from_iterable(prepared.jobs for prepared in ready),
        begun=reduce(both, (prepared.begun for prepared in ready), NOTHING),
        notes=tuple(dict.fromkeys(notes)),
        images=tuple(dict.fromkeys(chain.from_iterable(prepared.images for prepared in ready))),
    )


def any_seed(count: int) -> int:
    """A seed by chance, with room for `count` takes."""
    return random.SystemRandom().randrange(max(sweep.SEEDS - count, 1))


def _label(axes: Point) -> str:
    return " ".join(f"{name}={value}" for name, value in axes)


def _check_prompt(said: ImageRequest, params: dict[str, object]) -> None:
    if (said.prompt is None or not said.prompt.strip()) and not {"prompt", "frame_images"} & set(
        params
    ):
        raise UsageError("no prompt", hint='say what to draw, in quotes: "a red fox in the snow"')


def _unknown_model(request: ImageRequest) -> tuple[Noted, ...]:
    name = request.model or ""
    if catalogue.find(name):
        return ()
    near = catalogue.suggest(name)
    hint = f"did you mean {' or '.join(near)}?" if near else "see what is known: togimg models"
    return (Noted(f"{name} is not in the catalogue; it is sent as it is", hint),)


def _fitting(request: ImageRequest, order: Order) -> tuple[ImageRequest, tuple[Noted, ...]]:
    """The request without what its model refuses, if it may be left out."""
    if not order.lenient:
        catalogue.check(request)
        return request, ()
    fitting, notes = catalogue.lenient(request)
    fields = {
        f for name, _ in order.axes for f in _AXIS_FIELDS.get(name, (name.replace("-", "_"),))
    }
    if any(getattr(fitting, f, None) != getattr(request, f, None) for f in fields):
        # Without the value that it is there to show, a point would be another one's double.
        catalogue.check(request)
    return fitting, tuple(map(Noted, notes))


def _worded(order: Order) -> Callable[[int], str] | None:
    """The prompt for a seed, if it is to be expanded."""
    if order.wildcards is None or order.said.prompt is None:
        return None
    from togimg.expand import check, expand

    check(order.said.prompt, order.wildcards)
    return partial(expand, order.said.prompt, order.wildcards)


def _with_format(request: ImageRequest, target: Target) -> ImageRequest:
    """Asks for the kind that the file's extension names, of a model that lets one ask."""
    wanted = _FORMATS.get((target.extension or "").lower())
    if request.output_format or not wanted or catalogue.takes(request, "output_format") != "yes":
        return request
    return replace(request, output_format=wanted)


def _with_seed(request: ImageRequest, order: Order) -> tuple[ImageRequest, frozenset[str]]:
    """A seed, so that the picture can be made again, unless the model is known to take none."""
    taken = catalogue.takes(request, "seed")
    if request.seed is not None or "seed" in dict(request.params) or taken == "no":
        return request, frozenset()
    chosen = frozenset({"seed"}) if taken == "unknown" else frozenset()
    seed = any_seed(order.count) if order.seed is None else order.seed
    return replace(request, seed=seed), chosen
