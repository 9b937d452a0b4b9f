"""What the caller gives: a picture, where it stands, and what is written under it."""

from dataclasses import dataclass
from pathlib import Path

from togimg import catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A picture on a sheet.

    Attributes:
        path: Its file; None when it was not made.
        labels: The swept axes and its values on them, in the order of the axes.
        name: What it is called, written under it in bold.
        prompt: What was asked for, where that is not said elsewhere on the sheet.
        file: The name of its file; a long one is cut before or after its number.
        caption: What else is written under it, each part whole on a line: `("seed 7", "$0.0027")`.
        missing: What the empty frame says when there is no file.
    """

    path: Path | None
    labels: tuple[tuple[str, str], ...] = ()
    name: str = ""
    prompt: str = ""
    file: str = ""
    caption: tuple[str, ...] = ()
    missing: str = "not made"


def caption(seed: int | None, cost: float | None) -> tuple[str, ...]:
    """The caption for a seed and an estimate in US dollars; what is not known is left out."""
    seeds = () if seed is None else (f"seed {seed}",)
    return seeds if cost is None else (*seeds, catalogue.usd(cost))
