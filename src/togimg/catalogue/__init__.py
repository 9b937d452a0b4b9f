"""The image models: what each takes, what it refuses, and what it costs."""

from togimg.catalogue.defaults import defaults, next_default
from togimg.catalogue.entries import (
    EDIT_DEFAULTS,
    GENERATE_DEFAULTS,
    Model,
    Support,
    find,
    models,
    suggest,
    takes,
)
from togimg.catalogue.fitting import complete
from togimg.catalogue.prices import DUST, count, megapixels, price, usd
from togimg.catalogue.refusals import check, lenient

__all__ = [
    "DUST",
    "EDIT_DEFAULTS",
    "GENERATE_DEFAULTS",
    "Model",
    "Support",
    "check",
    "complete",
    "count",
    "defaults",
    "find",
    "lenient",
    "megapixels",
    "models",
    "next_default",
    "price",
    "suggest",
    "takes",
    "usd",
]
