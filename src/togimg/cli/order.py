"""What a command wants, completed by the catalogue, becomes jobs."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from togimg import catalogue, sweep
from togimg.errors import UsageError
from togimg.events import Noted
from togimg.request import ImageRequest, Job, OutputFormat, Target

_FORMATS: dict[str, OutputFormat] = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg"}


@dataclass(frozen=True, slots=True)
class Order:
    """`count` takes of what was said, and where they go.

    `lenient` leaves out, with a note, what the model is known to refuse.
    """

    said: ImageRequest
    count: int
    target: Target
    lenient: bool = False
    notes: tuple[Noted, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """Jobs that are ready to run, with what a person should know of them first."""

    request: ImageRequest
    jobs: Iterator[Job]
    notes: tuple[Noted, ...]


def prepare(order: Order) -> Prepared:
    """Chooses what was left open (model, seed), translates sizes, refuses what cannot work.

    Raises:
        UsageError: no prompt, or something that the model is known to refuse.
    """
    said = order.said
    params = dict(said.params)
    _check_prompt(said, params)
    model = said.model or str(params.get("model") or catalogue.defaults(said)[0])
    request = catalogue.complete(replace(said, model=model))
    notes = (*order.notes, *_unknown_model(request))
    if order.lenient:
        request, left_out = catalogue.lenient(request)
        notes += tuple(map(Noted, left_out))
    else:
        catalogue.check(request)
    request = _with_format(request, order.target)
    request, chosen = _with_seed(request, order.count)
    if said.model is None and "model" not in params:
        chosen |= {"model"}
    jobs = sweep.takes(request, said, order.target, count=order.count, chosen=chosen)
    return Prepared(request, jobs, notes)


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


def _with_format(request: ImageRequest, target: Target) -> ImageRequest:
    """Asks for the kind that the file's extension names, of a model that lets one ask."""
    wanted = _FORMATS.get((target.extension or "").lower())
    if request.output_format or not wanted or catalogue.takes(request, "output_format") != "yes":
        return request
    return replace(request, output_format=wanted)


def _with_seed(request: ImageRequest, count: int) -> tuple[ImageRequest, frozenset[str]]:
    """A seed, so that the picture can be made again, unless the model is known to take none."""
    taken = catalogue.takes(request, "seed")
    if request.seed is not None or "seed" in dict(request.params) or taken == "no":
        return request, frozenset()
    chosen = frozenset({"seed"}) if taken == "unknown" else frozenset()
    return replace(request, seed=random.SystemRandom().randrange(sweep.SEEDS - count)), chosen
