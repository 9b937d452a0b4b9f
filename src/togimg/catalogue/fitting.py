"""complete(request): an alias becomes an id, and a size or ratio becomes what the model wants."""

from dataclasses import replace

from togimg.catalogue import sizes
from togimg.catalogue.entries import Model, asked, find
from togimg.catalogue.sizes import LARGEST, NO_LIMITS, SAME_SHAPE, SIDE, Size
from togimg.request import ImageRequest

SIDES = ("width", "height")
SIZE_KEYS = frozenset({*SIDES, "aspect_ratio"})


def complete(request: ImageRequest) -> ImageRequest:
    """The request as its model wants it; completing it again changes nothing.

    A model that is told an aspect ratio gets one, every other gets pixels: `aspect_ratio` is only
    known to work on Kontext (docs.together.ai, 2026-10). That holds for ids that are not in the
    catalogue too. A shape that the model cannot have stays as it was said, for `check` to refuse.

    Nothing is sent that was not said, but for one model: Seedream 5.0 Lite refuses the service's
    own 1024x1024 (easyedit, 2026-07-23), and is asked for 2048x2048 instead, at the same price.

    A size in `params` puts all sizing in the user's hands.
    """
    named = find(request.model) if request.model else None
    model = asked(request)
    return replace(
        _sized(request, model),
        model=named.id if named else request.model,
        images_as="image_url" if model and model.images == "image_url" else "reference_images",
    )


def shape(request: ImageRequest, model: Model | None) -> Size | None:
    """The size for `request.aspect_ratio` that comes nearest, whether it is near or not.

    With one side said, the other follows from it. None when the ratio cannot be read.
    """
    ratio = sizes.ratio_of(request.aspect_ratio or "")
    if ratio is None:
        return None
    if model and model.sizing == "fixed_sizes":
        return _listed(request, model, ratio)
    limits = model.limits if model else NO_LIMITS
    if request.width is not None or request.height is not None:
        return _with_side(request, ratio, limits.multiple_of)
    usual = model.default_size if model and model.default_size else (SIDE, SIDE)
    return sizes.of_ratio(ratio, limits, usual[0] * usual[1])


def _sized(request: ImageRequest, model: Model | None) -> ImageRequest:
    said = [side for side in (request.width, request.height) if side is not None]
    contradicts = len(said) == len(SIDES) and request.aspect_ratio is not None
    by_hand = SIZE_KEYS & dict(request.params).keys()
    absurd = any(not 1 <= side <= LARGEST for side in said)
    if by_hand or contradicts or absurd or not (model or request.model):
        return request
    if model and model.sizing == "aspect_ratio":
        return _by_ratio(request, model)
    if request.aspect_ratio is not None:
        return _by_pixels(request, model)
    if model and model.default_size and not said:
        width, height = model.default_size
        return replace(request, width=width, height=height)
    return request


def _by_ratio(request: ImageRequest, model: Model) -> ImageRequest:
    if request.aspect_ratio is not None:
        ratio = sizes.in_whole(request.aspect_ratio.strip())
    elif request.width is not None or request.height is not None:
        ratio = sizes.name_of((request.width or SIDE, request.height or SIDE), model.aspect_ratios)
    else:
        return request
    return replace(request, width=None, height=None, aspect_ratio=ratio)


def _by_pixels(request: ImageRequest, model: Model | None) -> ImageRequest:
    size = shape(request, model)
    ratio = sizes.ratio_of(request.aspect_ratio or "")
    if size is None or ratio is None or sizes.off(size, ratio) > SAME_SHAPE:
        return request
    return replace(request, width=size[0], height=size[1], aspect_ratio=None)


def _listed(request: ImageRequest, model: Model, ratio: float) -> Size:
    """The size of the list that has this ratio best: of the usual tier, or with the side said."""
    width, height = request.width, request.height
    matching = list(model.sizes[0][1])
    if width is not None or height is not None:
        every = (size for _, tier in model.sizes for size in tier)
        matching = [size for size in every if width == size[0] or height == size[1]]
    if matching:
        return min(matching, key=lambda size: sizes.off(size, ratio))
    return _with_side(request, ratio, 1)


def _with_side(request: ImageRequest, ratio: float, step: int) -> Size:
    """The side that was said, and the other in multiples of `step`."""
    width, height = sizes.sane((request.width or SIDE, request.height or SIDE))
    if request.width is not None:
        return request.width, max(round(width / ratio / step), 1) * step
    return max(round(height * ratio / step), 1) * step, height
