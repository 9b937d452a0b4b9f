"""togimg variations: many takes of one idea."""

from dataclasses import fields, replace
from functools import partial
from pathlib import Path

from togimg import naming
from togimg.cli.flags import MakeFlags
from togimg.cli.flags.vary import PROMPT
from togimg.cli.kept import recipe_in
from togimg.cli.order import Order
from togimg.cli.perform import perform
from togimg.cli.points import PLACE, orders
from togimg.cli.said import PICTURES
from togimg.errors import UsageError
from togimg.events import Noted
from togimg.request import SHAPE, ImageRequest, Source
from togimg.sweep import Axis

EXAMPLES = (
    'togimg variations "a red fox in the snow" -n 8 -o foxes/',
    "togimg variations foxes/red-fox-003.jpg -n 4",
    "togimg variations photo.jpg -n 4 -m kontext-pro",
    'togimg variations "a red fox" --vary steps=1,4,12 --vary seed=1..4',
    'togimg variations "a fox, {vary}" --vary prompt=@styles.txt --dry-run',
)
COUNT = 4
EDIT_PROMPT = "a variation of this picture: the same subject and style, composed anew"
_PATHS = ("/", "./", "../", "~")


def variations(flags: MakeFlags) -> int:
    """Make many takes of one idea, a prompt or a picture, each with its own seed.

    Four, unless -n says otherwise, or with --vary one for each value. A picture that togimg made
    is made again from the recipe inside it; any other is edited.
    """
    axes = flags.axes()
    picture = _picture(flags.prompt.prompt)
    if picture:
        ordered = _of_picture(picture, axes, flags)
    else:
        ordered = orders(flags.prompt.text(), axes, flags, usual=COUNT)
    return perform(ordered, flags, _sheet(ordered[0]) if axes else None)


def _sheet(first: Order) -> Path | None:
    """Where the contact sheet of a sweep goes, beside its pictures."""
    folder = first.target.folder
    varied = PROMPT in dict(first.axes)
    idea = (first.idea or "").replace(PLACE, "") if varied else first.said.prompt
    return folder and folder / f"{naming.slug(idea or 'variations')}-sheet.jpg"


def _picture(text: str | None) -> Path | None:
    """The file, when the argument names a picture and not an idea."""
    if not text or len(text.encode(errors="replace")) > 1000 or "\0" in text:  # noqa: PLR2004
        return None
    path = Path(text)
    if path.is_file():
        return path
    if " " not in text and (path.suffix.lower()[1:] in PICTURES or text.startswith(_PATHS)):
        raise UsageError(f"there is no picture {text}", hint="name a file that is there")
    return None


def _of_picture(path: Path, axes: tuple[Axis, ...], flags: MakeFlags) -> tuple[Order, ...]:
    """The recipe inside the picture with new seeds; an edit of it when there is none."""
    kept = recipe_in(path)
    if kept:
        again = partial(overridden, replace(kept, seed=None))
        return orders(None, axes, flags, usual=COUNT, change=again)
    return orders(
        None,
        axes,
        flags,
        usual=COUNT,
        name=f"{naming.slug(path.stem)}{naming.NUMBERED}",
        change=partial(_edited, Source(str(path))),
        notes=(Noted(f"{path} has no recipe of togimg inside: it is edited instead"),),
    )


def _edited(picture: Source, said: ImageRequest) -> ImageRequest:
    return replace(said, prompt=said.prompt or EDIT_PROMPT, images=(picture, *said.images))


def overridden(kept: ImageRequest, said: ImageRequest) -> ImageRequest:
    """The request of a recipe, with whatever was said in its place.

    A shape that was said replaces every shape that was kept.
    """
    empty = ImageRequest()
    changes = {
        field.name: getattr(said, field.name)
        for field in fields(said)
        if getattr(said, field.name) != getattr(empty, field.name)
    }
    if changes.keys() & set(SHAPE):
        kept = replace(kept, width=None, height=None, aspect_ratio=None)
    return replace(kept, **changes)
