"""Which model to use when none was named, and which one when that is not available."""

from dataclasses import replace

from togimg.catalogue.entries import EDIT_DEFAULTS, GENERATE_DEFAULTS, find
from togimg.catalogue.fitting import complete
from togimg.catalogue.refusals import check
from togimg.errors import UsageError
from togimg.request import ImageRequest


def defaults(said: ImageRequest) -> tuple[str, ...]:
    """Ids of the models for this request when it names none, best first.

    With several references only those that have room for them.
    """
    if not said.images:
        return GENERATE_DEFAULTS
    return tuple(name for name in EDIT_DEFAULTS if _has_room(name, len(said.images)))


def next_default(said: ImageRequest, after: str | None) -> ImageRequest | None:
    """The request completed for the default that follows model `after` and can do what was said.

    None when there is no further one.
    """
    names = defaults(said)
    for name in names[names.index(after) + 1 if after in names else len(names) :]:
        request = complete(replace(said, model=name))
        try:
            check(request)
        except UsageError:
            continue
        return request
    return None


def _has_room(name: str, count: int) -> bool:
    model = find(name)
    return model is not None and (model.max_images is None or model.max_images >= count)
