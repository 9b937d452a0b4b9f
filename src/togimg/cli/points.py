"""The orders of a command: one, or one for every point of its sweep."""

from collections.abc import Callable

from togimg import sweep
from togimg.cli.flags import MakeFlags
from togimg.cli.flags.vary import PROMPT, at
from togimg.cli.order import Order, any_seed
from togimg.errors import UsageError
from togimg.events import Noted
from togimg.request import DEFAULT_NAME, ImageRequest
from togimg.sweep import Axis, Point

PLACE = "{vary}"
"""Where the values of a prompt axis go in the prompt."""


def orders(
    prompt: str | None,
    axes: tuple[Axis, ...],
    flags: MakeFlags,
    *,
    usual: int = 1,
    name: str = DEFAULT_NAME,
    change: Callable[[ImageRequest], ImageRequest] | None = None,
    notes: tuple[Noted, ...] = (),
) -> tuple[Order, ...]:
    """What the flags want, at every point of the axes; the seed is the same for all points.

    `usual` is how many to make when neither a count nor axes were said, `name` the template when
    none was. `change` makes the request out of what was said.

    Raises:
        UsageError: flags or axes that cannot be meant.
    """
    if sweep.values(axes, PROMPT) and prompt is not None and PLACE not in prompt:
        hint = f"write {PLACE} where the values go, or leave the prompt out"
        raise UsageError(f"the prompt has no {PLACE} for --vary prompt", hint=hint)
    if axes and not sweep.values(axes, PROMPT) and PLACE in (prompt or ""):
        hint = f"add --vary {PROMPT}=…, whose values go there, or leave it out"
        raise UsageError(f"the prompt has {PLACE}, and nothing varies it", hint=hint)
    image = flags.image
    count = image.count or (1 if axes else usual)
    every = sweep.points(axes, count)
    target = flags.save.target(count * len(every), name, seeds=not _besides_seeds(axes))
    seed = any_seed(count)
    wildcards = image.lines()
    made = []
    for point in every:
        said = at(image, point).request(_prompt(prompt, point))
        made.append(
            Order(
                said=change(said) if change else said,
                count=count,
                target=target,
                lenient=image.lenient,
                notes=notes,
                axes=point,
                seed=seed,
                wildcards=wildcards,
                idea=prompt,
            )
        )
    return tuple(made)


def _besides_seeds(axes: tuple[Axis, ...]) -> bool:
    """Whether pictures of the sweep may have the same seed."""
    return any(axis.name != "seed" for axis in axes)


def _prompt(prompt: str | None, point: Point) -> str | None:
    value = dict(point).get(PROMPT)
    if value is None or prompt is None:
        return prompt if value is None else value
    return prompt.replace(PLACE, value)
