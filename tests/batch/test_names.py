"""What a row may set is what the flags are."""

from dataclasses import fields
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from togimg.batch import FLAGS, flag, plain, resembles
from togimg.batch.names import PARAMETERS
from togimg.cli.flags import ImageFlags, SaveFlags
from togimg.request import ImageRequest, body

GROUPS = (ImageFlags, SaveFlags)
SINGLE = {field.name for field in fields(ImageRequest)} - {"images", "images_as", "loras", "params"}


def kind(annotation: Any) -> Any:
    """The type of a flag's field, without its help and without None."""
    if get_origin(annotation) is Annotated:
        return kind(get_args(annotation)[0])
    left = [part for part in get_args(annotation) if part is not NoneType]
    return left[0] if NoneType in get_args(annotation) else annotation


def test_the_table_is_that_of_the_flag_groups() -> None:
    # One folder of wildcards holds for the whole file.
    declared = {
        name: kind(annotation)
        for group in GROUPS
        for name, annotation in get_type_hints(group, include_extras=True).items()
    }

    assert {"prompt": str} | declared == {"wildcards": Path, **FLAGS}


def test_every_long_name_of_a_flag_is_known() -> None:
    names = {
        (declared.partition("/")[0], name)
        for group in GROUPS
        for name, annotation in get_type_hints(group, include_extras=True).items()
        for declared in get_args(annotation)[1].param_decls
        if declared.startswith("--")
    }

    assert {(said, flag(said)) for said, _ in names} == names


def test_every_parameter_of_the_api_is_known() -> None:
    full = ImageRequest(**dict.fromkeys(SINGLE, 1))  # type: ignore[arg-type]
    references = {"image_url", "reference_images"}

    assert {*body(full), "image_loras", *references, "n", "size"} == set(PARAMETERS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Animal", "animal"),
        ("  The  animal's-NAME_ ", "the_animal's_name"),
        ("Größe", "größe"),
        ("Gro\u0308ße", "größe"),
        ("हिन्दी नाम", "हिन्दी_नाम"),
        ("price (€)", "price_(€)"),
        ("#", "#"),
        ("--", ""),
    ],
)
def test_names_have_one_plain_form(name: str, expected: str) -> None:
    assert (plain(name), plain(plain(name))) == (expected, expected)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("stpes", "steps"),
        ("Seeds", "seed"),
        ("neg prompt", "negative_prompt"),
        ("negativ-prompt", "negative_prompt"),
        ("guidance", "guidance_scale"),
        ("aspect", "aspect_ratio"),
        ("image_urls", "image_url"),
        ("animal", None),
        ("style", None),
        ("colour", None),
        ("x" * 100_000, None),
    ],
)
def test_a_column_that_resembles_a_flag_is_found(name: str, known: str | None) -> None:
    assert resembles(name) == known
