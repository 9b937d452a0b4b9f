"""check(request) and lenient(request): what a model is known to refuse, found once for both."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from togimg.catalogue import sizes
from togimg.catalogue.entries import DISPUTED, EDIT_DEFAULTS, Model, asked, find, models
from togimg.catalogue.fitting import SIDES, SIZE_KEYS, complete, shape
from togimg.catalogue.sizes import SIDE, Limits, Size
from togimg.errors import UsageError
from togimg.request import ImageRequest

FIELDS = {
    # parameter of the API: field of the request
    "steps": "steps",
    "seed": "seed",
    "guidance_scale": "guidance_scale",
    "negative_prompt": "negative_prompt",
    "prompt_upsampling": "prompt_upsampling",
    "image_loras": "loras",
    "output_format": "output_format",
    "disable_safety_checker": "disable_safety_checker",
}
REFERENCES = frozenset({"image_url", "reference_images"})
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the model refuses; `mend` makes the request without it, and `note` says so.

    `mend` is None where nothing can be left out without asking for something else.
    """

    message: str
    hint: str | None
    note: str = ""
    mend: Callable[[ImageRequest], ImageRequest] | None = None


def check(request: ImageRequest) -> None:
    """Does nothing, unless the model is known to refuse something in this completed request.

    `params` are never checked, nor is a field that they replace, nor a model that is not in the
    catalogue.

    Raises:
        UsageError: Naming the flag, and the models or the sizes that would do.
    """
    finding = next(findings(request), None)
    if finding:
        raise UsageError(finding.message, hint=finding.hint)


def lenient(request: ImageRequest) -> tuple[ImageRequest, tuple[str, ...]]:
    """The completed request without what `check` would refuse, and a note for each change.

    Raises:
        UsageError: For what cannot be left out: a retired model, references to no avail.
    """
    notes: tuple[str, ...] = ()
    while finding := next(findings(request), None):
        if finding.mend is None:
            raise UsageError(finding.message, hint=finding.hint)
        request = finding.mend(request)
        notes = (*notes, finding.note)
    return request, notes


def findings(request: ImageRequest) -> Iterator[Finding]:
    """What the model refuses, the gravest first."""
    model = asked(request)
    if model is not None:
        yield from _retired(request, model)
        yield from _references(request, model)
        yield from _flags(request, model)
        yield from _ratio(request, model)
        yield from _size(request, model)


def _retired(request: ImageRequest, model: Model) -> Iterator[Finding]:
    if model.usable or _replaced(request, "model"):
        return
    successor = find(model.successor or "")
    name = model.id.rpartition("/")[2]
    yield Finding(
        f"{name} was retired on {model.retired_on}",
        f"use -m {successor.label}" if successor else None,
    )


def _references(request: ImageRequest, model: Model) -> Iterator[Finding]:
    count = len(request.images)
    if not count or _replaced(request, *REFERENCES):
        return
    if model.support("images") == "no":
        yield Finding(
            f"{model.label} does not take --image", _models_that(_edits(), "models that take it")
        )
    elif model.max_images is not None and count > model.max_images:
        most = model.max_images
        yield Finding(
            f"{model.label} takes {most} --image, not {count}",
            _models_that((other for other in _edits() if _room(other, count)), "models for more"),
            f"{count - most} of {count} --image left out: {model.label} takes {most}",
            lambda request: replace(request, images=request.images[:most]),
        )


_NOTHING = ImageRequest()


def _flags(request: ImageRequest, model: Model) -> Iterator[Finding]:
    for parameter, field in FIELDS.items():
        said = getattr(request, field) != getattr(_NOTHING, field)
        if said and model.support(parameter) == "no" and not _replaced(request, parameter):
            unsaid = {field: getattr(_NOTHING, field)}
            yield _refused_flag(_flag(request, field), parameter, model, unsaid)


def _refused_flag(flag: str, parameter: str, model: Model, unsaid: dict[str, Any]) -> Finding:
    able = (other for other in models() if other.support(parameter) == "yes")
    hint = _models_that(able, "models that take it")
    return Finding(
        f"{model.label} does not take {flag}",
        hint or "no model is known to take it; --lenient leaves it out",
        f"{flag} left out: {model.label} does not take it",
        lambda request: replace(request, **unsaid),
    )


def _flag(request: ImageRequest, field: str) -> str:
    """The flag that set this field."""
    if field == "prompt_upsampling" and request.prompt_upsampling is False:
        return "--no-prompt-upsampling"
    return "--lora" if field == "loras" else f"--{field.replace('_', '-')}"


def _ratio(request: ImageRequest, model: Model) -> Iterator[Finding]:
    """An aspect ratio that `complete` could not turn into what the model wants."""
    ratio = request.aspect_ratio
    if ratio is None or _replaced(request, *SIZE_KEYS):
        return
    best = shape(request, model)
    if best is None:
        yield Finding(f"--aspect-ratio must be W:H, not {ratio}", "for example --aspect-ratio 16:9")
    elif request.width is not None and request.height is not None:
        said = sizes.show((request.width, request.height))
        yield Finding(
            f"--aspect-ratio {ratio} and --size {said} were both given",
            "leave one of them out",
            f"--aspect-ratio {ratio} left out: --size {said} was given too",
            lambda request: complete(replace(request, aspect_ratio=None)),
        )
    elif model.sizing != "aspect_ratio":
        best = _valid(best, model)[0]
        yield Finding(
            f"{model.label} has no size of {ratio}{_beside(request)}",
            f"the nearest is --size {sizes.show(best)}",
            f"--aspect-ratio {ratio} became --size {sizes.show(best)}: {model.label} has none",
            _resized(best),
        )


def _size(request: ImageRequest, model: Model) -> Iterator[Finding]:
    said = {
        axis: side
        for axis in SIDES
        if (side := getattr(request, axis)) is not None and not _replaced(request, axis)
    }
    if not said:
        return
    size = said.get("width", SIDE), said.get("height", SIDE)
    free = not _replaced(request, *SIZE_KEYS)
    message = _bad_size(size, model) if free else _bad_side(said, model.limits)
    if message is None:
        return
    valid = _valid(size, model)
    nearest = " or ".join(f"--size {sizes.show(other)}" for other in valid)
    yield Finding(
        message,
        f"the nearest that {model.label} takes: {nearest}",
        f"{_as_said(said)} became --size {sizes.show(valid[0])}: {message}",
        _resized(valid[0]),
    )


def _bad_size(size: Size, model: Model) -> str | None:
    """Why the model refuses a size; a side that was not said counts as the default 1024."""
    limits = model.limits
    if model.sizing == "fixed_sizes":
        return None if model.tier(size) else f"{model.label} has no size {sizes.show(size)}"
    bad_side = _bad_side(dict(zip(SIDES, size, strict=True)), limits)
    if bad_side or limits.take_area(size):
        return bad_side
    span = f"{limits.min_area or 1:,} to {limits.max_area or size[0] * size[1]:,}"
    return f"{model.label} takes {span} pixels, not {sizes.show(size)}"


def _bad_side(said: dict[str, int], limits: Limits) -> str | None:
    for axis, side in said.items():
        if not limits.take_side(side):
            return f"{axis} must be {_rule(side, limits)}, not {side}"
    return None


def _rule(side: int, limits: Limits) -> str:
    """What a side must be, without an upper end that is only ours unless it matters."""
    if limits.min_side or limits.max_side:
        span = f"{limits.min_side or limits.multiple_of} to {limits.max_side or sizes.LARGEST}"
        return f"a multiple of {limits.multiple_of} from {span}"
    most = f" up to {sizes.LARGEST}" if side > sizes.LARGEST else ""
    return f"a positive multiple of {limits.multiple_of}{most}"


def _valid(size: Size, model: Model) -> list[Size]:
    """The sizes to offer instead: three of a closed list, or the nearest within the limits."""
    if model.sizing != "fixed_sizes":
        return [sizes.nearest(size, model.limits)]
    listed = (other for tier, listed in model.sizes if tier != DISPUTED for other in listed)
    return sizes.most_alike(size, listed)[:3]


def _resized(size: Size) -> Callable[[ImageRequest], ImageRequest]:
    def resized(request: ImageRequest) -> ImageRequest:
        return complete(replace(request, width=size[0], height=size[1], aspect_ratio=None))

    return resized


def _as_said(said: dict[str, int]) -> str:
    if len(said) == len(SIDES):
        return f"--size {sizes.show((said['width'], said['height']))}"
    return " ".join(f"--{axis} {side}" for axis, side in said.items())


def _beside(request: ImageRequest) -> str:
    said = {axis: side for axis in SIDES if (side := getattr(request, axis)) is not None}
    return f" with {_as_said(said)}" if said else ""


def _replaced(request: ImageRequest, *keys: str) -> bool:
    """Whether `params` hold any of these keys."""
    return not dict(request.params).keys().isdisjoint(keys)


def _edits() -> Iterator[Model]:
    """The models that are known to take references, the best for it first."""
    recommended = [model for name in EDIT_DEFAULTS if (model := find(name))]
    able = [model for model in models() if model.support("images") == "yes"]
    return iter(dict.fromkeys([*recommended, *able]))


def _room(model: Model, count: int) -> bool:
    return model.max_images is None or model.max_images >= count


def _models_that(able: Iterable[Model], words: str) -> str | None:
    names = [model.label for model in able if model.usable]
    more = ", …" if len(names) > MOST_NAMED else ""
    return f"{words}: {', '.join(names[:MOST_NAMED])}{more}" if names else None
