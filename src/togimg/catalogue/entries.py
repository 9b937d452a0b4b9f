"""Model, and how one is found: by id, by alias, or by something like them."""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from togimg.catalogue.sizes import NO_LIMITS, Limits, Size, parse
from togimg.request import ImageRequest

Support = Literal["yes", "no", "unknown"]
"""Whether a model takes a parameter. What is not known is sent."""

GENERATE_DEFAULTS = (
    "black-forest-labs/FLUX.1-schnell",
    "black-forest-labs/FLUX.2-dev",
    "Qwen/Qwen-Image",
)
"""Models to use when none is named, best first: the first may be gone (see its notes)."""

EDIT_DEFAULTS = (
    "black-forest-labs/FLUX.1-kontext-pro",
    "black-forest-labs/FLUX.1-kontext-max",
    "black-forest-labs/FLUX.2-dev",
)
"""The same for edits. The Kontext models take one reference, FLUX.2-dev several."""

DISPUTED = "disputed"
"""The tier of sizes that only some sources list."""

NEAR = 0.6
SHORT = 2
LONGEST_NAME = 100

_WITHOUT_IMAGES: Mapping[str, Support] = {"no": "no", "unknown": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is known of one model; `models.toml` says what the fields mean and where they are from.

    Attributes:
        aliases: Short names, the one to show first.
        retired_on: ISO date.
        successor: Id of the model to use instead.
        takes: By the API's parameter names; those left out are unknown.
        sizes: (tier, sizes in pixels), the usual tier first; empty when there is no closed list.
        limits: Of width and height, in pixels.
        default_size: Pixels to ask for when no size was said, or None to let the model decide.
        aspect_ratios: `W:H`, as documented; others may work.
        images: The parameter that carries references, or "no" for a model that takes none.
        max_images: How many references, or None when no limit is known.
        price: USD a picture or a megapixel (`price_unit`), seen on `priced_on` (ISO date).
        tier_prices: USD a picture, for the tiers that cost something else.
    """

    id: str
    name: str
    organization: str
    aliases: tuple[str, ...]
    status: Literal["listed", "delisted", "retired"]
    retired_on: str | None = None
    successor: str | None = None
    takes: Mapping[str, Support] = field(default_factory=dict, hash=False)
    sizing: Literal["width_height", "aspect_ratio", "fixed_sizes", "unknown"] = "unknown"
    sizes: tuple[tuple[str, tuple[Size, ...]], ...] = ()
    limits: Limits = NO_LIMITS
    default_size: Size | None = None
    aspect_ratios: tuple[str, ...] = ()
    images: Literal["image_url", "reference_images", "no", "unknown"] = "unknown"
    max_images: int | None = None
    default_steps: int | None = None
    price: float | None = None
    price_unit: Literal["image", "megapixel"] | None = None
    price_note: str | None = None
    priced_on: str | None = None
    tier_prices: Mapping[str, float] = field(default_factory=dict, hash=False)
    notes: str | None = None

    @property
    def label(self) -> str:
        """The name to show: the first alias."""
        return self.aliases[0]

    @property
    def usable(self) -> bool:
        """Whether it may still answer: everything but the retired."""
        return self.status != "retired"

    def tier(self, size: Size) -> str | None:
        """The tier that lists this size."""
        return next((tier for tier, sizes in self.sizes if size in sizes), None)

    def support(self, parameter: str) -> Support:
        """Whether it takes a parameter of the API; `images` stands for references of any kind."""
        if parameter == "images":
            return _WITHOUT_IMAGES.get(self.images, "yes")
        return self.takes.get(parameter, "unknown")


def models() -> tuple[Model, ...]:
    """Every model, in the order to show them: recommended, listed, delisted, retired."""
    return _models()


@lru_cache(maxsize=64)
def find(name: str) -> Model | None:
    """The model of this id or alias, in any case; also a retired one. The owner may be left out."""
    found = _names().get(name.strip().lower())
    return found[1] if found else None


def suggest(name: str) -> tuple[str, ...]:
    """Up to three known names that begin with this or are like it: usable models first."""
    wanted = name.strip().lower()[:LONGEST_NAME]
    begun = [name for name in _names() if name.startswith(wanted)] if len(wanted) > SHORT else []
    alike = difflib.get_close_matches(wanted, _names(), n=len(models()), cutoff=NEAR)
    nearest: dict[str, tuple[str, Model]] = {}
    for spelling, model in (_names()[name] for name in (*begun, *alike)):
        nearest.setdefault(model.id, (spelling, model))
    usable_first = sorted(nearest.values(), key=lambda named: not named[1].usable)
    return tuple(spelling for spelling, _ in usable_first[:3])


def takes(model: ImageRequest | Model | str, parameter: str) -> Support:
    """Whether a model takes a parameter of the API; "unknown" for what is not in the catalogue.

    `images` stands for references of any kind.
    """
    if isinstance(model, ImageRequest):
        found = asked(model)
    else:
        found = find(model) if isinstance(model, str) else model
    return found.support(parameter) if found else "unknown"


def asked(request: ImageRequest) -> Model | None:
    """The model that will answer: a `--param model=…` wins, as it does in the body."""
    name = dict(request.params).get("model", request.model)
    return find(name) if isinstance(name, str) else None


@cache
def _models() -> tuple[Model, ...]:
    listing = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
    return tuple(_model(entry) for entry in listing["model"])


@cache
def _names() -> dict[str, tuple[str, Model]]:
    """Every name in lower case, with its own spelling and its model."""
    return {
        name.lower(): (name, model)
        for model in models()
        for name in (model.id.partition("/")[2], model.id, *model.aliases)
    }


def _model(entry: dict[str, Any]) -> Model:
    given = {
        **entry,
        "aliases": tuple(entry["aliases"]),
        "aspect_ratios": tuple(entry.get("aspect_ratios", ())),
        "limits": Limits(**entry.get("limits", {})),
        "default_size": parse(entry["default_size"]) if "default_size" in entry else None,
        "sizes": tuple(
            (tier, tuple(parse(size) for size in sizes))
            for tier, sizes in entry.get("sizes", {}).items()
        ),
    }
    return Model(**given)
