"""Reads what a picture keeps of its making."""

from pathlib import Path

from togimg import recipe, stamp
from togimg.errors import UsageError, reason
from togimg.recipe import Recipe
from togimg.request import ImageRequest

LARGEST = 512 * 1024 * 1024
"""Bytes of a picture that is read; the same bound as for a reply."""


def read(path: Path) -> stamp.Stamp:
    """What is kept in the picture.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is too large for a picture")
        return stamp.read(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {reason(error)}",
            hint="name a picture that is there",
        ) from error


def recipe_in(path: Path) -> ImageRequest | None:
    """The request that made the picture, if togimg did."""
    kept = read(path)
    return recipe.request(recipe.load(kept.recipe)) if kept.recipe else None


def any_recipe_in(path: Path) -> Recipe:
    """The recipe in the picture, of togimg or of another tool that writes `parameters`.

    Raises:
        UsageError: there is none.
    """
    kept = read(path)
    if kept.recipe:
        return recipe.load(kept.recipe)
    if kept.parameters:
        return recipe.parse_parameters(kept.parameters)
    raise UsageError(
        f"there is no recipe in {path}", hint="only pictures made with --metadata embed keep one"
    )
