"""The list of models is well-formed: every name, date, price and size in it."""

import re
import tomllib
from collections import Counter
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from togimg import catalogue
from togimg.catalogue import EDIT_DEFAULTS, GENERATE_DEFAULTS, Model, find, models

LISTING = Path(catalogue.__file__).with_name("models.toml")
ENTRIES: list[dict[str, Any]] = tomllib.loads(LISTING.read_text(encoding="utf-8"))["model"]
PARAMETERS = {
    "aspect_ratio",
    "disable_safety_checker",
    "guidance_scale",
    "image_loras",
    "n",
    "negative_prompt",
    "output_format",
    "prompt_upsampling",
    "seed",
    "steps",
}


def named(name: str) -> Model:
    model = find(name)
    assert model
    return model


def label(identifier: str) -> str:
    return named(identifier).label


def test_every_field_and_value_of_the_file_is_known() -> None:
    known = {field.name for field in fields(Model)}
    words = {
        "status": {"listed", "delisted", "retired"},
        "sizing": {"width_height", "aspect_ratio", "fixed_sizes", "unknown"},
        "images": {"image_url", "reference_images", "no", "unknown"},
        "price_unit": {"image", "megapixel"},
    }

    strange = [
        (entry["id"], field)
        for entry in ENTRIES
        for field, value in entry.items()
        if field not in known or (field in words and value not in words[field])
    ]

    assert strange == []


def test_takes_holds_parameters_of_the_api_and_yes_or_no() -> None:
    held = {item for entry in ENTRIES for item in entry.get("takes", {}).items()}

    assert held - {(parameter, word) for parameter in PARAMETERS for word in ("yes", "no")} == set()


def test_every_name_belongs_to_one_model() -> None:
    names = Counter(
        name.lower()
        for entry in ENTRIES
        for name in {entry["id"].lower(), entry["id"].split("/")[1].lower(), *entry["aliases"]}
    )

    assert [name for name, owners in names.items() if owners > 1] == []


def test_aliases_are_short_and_easy_to_type() -> None:
    aliases = [alias for model in models() for alias in model.aliases]

    assert [alias for alias in aliases if not re.fullmatch(r"[a-z0-9.-]{2,28}", alias)] == []


def test_every_model_has_a_name_to_show() -> None:
    assert [model.id for model in models() if not (model.aliases and model.name)] == []


def test_every_date_is_a_date() -> None:
    dates = [day for model in models() for day in (model.retired_on, model.priced_on) if day]

    assert [day for day in dates if date.fromisoformat(day).isoformat() != day] == []


def test_what_is_retired_has_a_date_and_a_successor_that_is_listed() -> None:
    retired = [model for model in models() if model.status == "retired"]

    assert [model.id for model in retired if not (model.retired_on and model.successor)] == []
    assert {named(model.successor or "").status for model in retired} == {"listed"}


def test_every_successor_is_the_id_of_a_listed_model() -> None:
    successors = {model.successor for model in models() if model.successor}

    assert successors <= {model.id for model in models() if model.status == "listed"}


def test_a_price_has_a_unit_and_a_day() -> None:
    whole = {(m.price is None, m.price_unit is None, m.priced_on is None) for m in models()}

    assert whole == {(True, True, True), (False, False, False)}


def test_every_model_that_may_answer_has_a_price() -> None:
    assert [model.id for model in models() if model.usable and model.price is None] == []


def test_a_closed_list_of_sizes_is_there_exactly_where_it_is_needed() -> None:
    lists = {(model.sizing == "fixed_sizes", bool(model.sizes)) for model in models()}

    assert lists == {(True, True), (False, False)}


def test_a_size_is_in_one_tier_of_a_model() -> None:
    sizes = Counter(
        (model.id, size) for model in models() for _, tier in model.sizes for size in tier
    )

    assert [size for size, times in sizes.items() if times > 1] == []


def test_limits_allow_their_own_ends() -> None:
    ends = [
        (model.id, side)
        for model in models()
        for side in (model.limits.min_side, model.limits.max_side)
        if side is not None and not model.limits.take_side(side)
    ]

    assert ends == []


def test_a_model_that_takes_one_url_takes_one_reference() -> None:
    most = {model.max_images for model in models() if model.images == "image_url"}

    assert most == {1}


def test_the_default_size_is_one_that_the_model_takes() -> None:
    sizes = [(model, model.default_size) for model in models() if model.default_size]

    assert [(model.label, size) for model, size in sizes] == [("seedream-5-lite", (2048, 2048))]
    assert all(model.limits.take_area(size) for model, size in sizes)


def test_models_are_shown_recommended_first_and_retired_last() -> None:
    ranks = [("listed", "delisted", "retired").index(model.status) for model in models()[1:]]

    assert models()[0].id == GENERATE_DEFAULTS[0]
    assert ranks == sorted(ranks)


def test_models_are_loaded_once() -> None:
    assert models() is models()


def test_the_defaults_are_models_that_may_answer() -> None:
    assert [label(name) for name in GENERATE_DEFAULTS] == [
        "flux-schnell",
        "flux-2-dev",
        "qwen-image",
    ]
    assert [label(name) for name in EDIT_DEFAULTS] == ["kontext-pro", "kontext-max", "flux-2-dev"]
    assert all(named(name).support("images") == "yes" for name in EDIT_DEFAULTS)
