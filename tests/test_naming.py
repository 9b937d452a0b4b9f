from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg import naming
from togimg.catalogue import complete
from togimg.errors import UsageError
from togimg.naming import Name, fields, render, slug
from togimg.request import ImageRequest, Job, Target

NOON = datetime(2026, 11, 21, 12, 30, 5, tzinfo=UTC)
FOX = ImageRequest(prompt="A Red Fox!", model="black-forest-labs/FLUX.1-schnell", seed=42)
VALUES = fields(Job(index=3, request=FOX, said=FOX, target=Target(None)), NOON)

any_text = st.text(max_size=300) | st.text(st.characters(), max_size=300)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red fox", "a-red-fox"),
        ("  A  RED\nfox!! ", "a-red-fox"),
        ("-5 degrees", "5-degrees"),
        ("[brackets] {braces} 'quotes' \"double\"", "brackets-braces-quotes-double"),
        ("it's the fox’s tail", "its-the-foxs-tail"),  # noqa: RUF001
        ("größe: 日本の狐 🦊", "größe-日本の狐"),
        ("हिन्दी में लोमड़ी", "हिन्दी-में-लोमड़ी"),
        ("🦊🦊🦊", "image"),
        ("❤️ fox", "fox"),
        ("", "image"),
        ("../../etc/passwd", "etc-passwd"),
        ("word " * 50, "-".join(["word"] * 12)),
        ("狐" * 200, "狐" * 40),
    ],
)
def test_a_slug_keeps_letters_of_any_script_and_nothing_else(prompt: str, expected: str) -> None:
    assert slug(prompt) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{slug}-{number:03}", Name((), ("a-red-fox-", 3))),
        ("{number}", Name((), (1,))),
        ("{seed}", Name((), ("42",))),
        ("{model}_{seed}", Name((), ("FLUX.1-schnell_42",))),
        ("{width}x{height}", Name((), ("nonexnone",))),
        ("{date}/{time}-{index:02}", Name(("2026-11-21",), ("123005-03",))),
        ("{prompt:.5}", Name((), ("A Red",))),
        ("{{literal}}-{number:02}", Name((), ("{literal}-", 2))),
        (".hidden", Name((), ("hidden",))),
        ("con", Name((), ("image-con",))),
        ("", Name((), ("image",))),
        ("a:b*c?", Name((), ("a-b-c-",))),
        ("trailing. ", Name((), ("trailing",))),
        ("...", Name((), ("image",))),
    ],
)
def test_a_template_becomes_a_safe_name(template: str, expected: Name) -> None:
    assert render(template, VALUES) == expected


def test_a_name_counts_up_at_its_number_and_finds_its_number_again() -> None:
    name = render("{slug}-{number:03}", VALUES)

    assert [name.at(1), name.at(1000)] == ["a-red-fox-001", "a-red-fox-1000"]
    assert [name.number_in(stem) for stem in ("a-red-fox-017", "A-Red-Fox-2", "other-3")] == [
        17,
        2,
        None,
    ]


def test_a_name_without_a_number_gets_one_at_its_end() -> None:
    name = render("{seed}", VALUES)

    assert (name.numbered, name.at(7), name.with_number().at(7)) == (False, "42", "42-007")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{sluggish}", "a name template has no field {sluggish}"),
        ("{slug.__class__}", "a name template has no field {slug.__class__}"),
        ("{slug[0]}", "a name template has no field {slug[0]}"),
        ("{}", "a name template has no field {}"),
        ("{slug!r}", "{slug:!r} is no format for a name"),
        ("{number:999999999}", "{number:999999999} is no format for a name"),
        ("{seed:,}", "{seed:,} is no format for a name"),
        ("{slug:>999}", "{slug:>999} is no format for a name"),
        ("{", "the name template { cannot be read: single '{' encountered in format string"),
        ("../{slug}", "a name template stays inside the output folder: ../{slug}"),
        ("/etc/{slug}", "a name template stays inside the output folder: /etc/{slug}"),
        ("{number}/{slug}", "{number} belongs to the file name, not to a folder"),
        ("x" * 101, "the name template is too long"),
    ],
)
def test_a_bad_template_is_refused_in_words(template: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        naming.check(template)

    assert error.value.message == message


@given(any_text)
def test_a_template_is_refused_politely_or_not_at_all(template: str) -> None:
    try:
        naming.check(template)
    except UsageError:
        return

    assert_safe(render(template, VALUES).at(1))


@given(any_text)
def test_no_prompt_makes_a_name_that_is_hidden_too_long_or_a_path(prompt: str) -> None:
    values = {**VALUES, "slug": slug(prompt), "prompt": prompt, "model": prompt}

    for template in ("{slug}-{number:03}", "{prompt}", "{prompt}-{prompt}-{number}", "{model}"):
        assert_safe(render(template, values).at(123456789))


def assert_safe(stem: str) -> None:
    assert stem
    assert not stem.startswith((".", " ", "-"))
    assert not set(stem) & set('/\\\0\n\r<>:"|?*')
    assert len(stem.encode()) <= naming.LONGEST


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (ImageRequest(model="flux-schnell", width=640, height=64, seed=7), "640x64-7"),
        (ImageRequest(model="flux-schnell"), "nonexnone-none"),
        # The one model that is asked for a size when none was said.
        (ImageRequest(model="seedream-5-lite"), "2048x2048-none"),
        (ImageRequest(width=8, seed=7, params=(("width", 640), ("seed", 9))), "640xnone-9"),
        (ImageRequest(width=8, seed=7, params=(("width", "x"), ("seed", [9]))), "8xnone-7"),
    ],
)
def test_a_size_and_a_seed_are_those_that_are_asked_for(said: ImageRequest, expected: str) -> None:
    job = Job(index=1, request=complete(said), target=Target(Path("out")), said=said)

    name = render("{width}x{height}-{seed}", fields(job, datetime(2026, 11, 21, tzinfo=UTC)))

    assert name.at(1) == expected


def test_columns_of_one_s_own_are_fields_that_give_way_to_the_standard_ones() -> None:
    job = Job(
        index=1,
        request=ImageRequest(prompt="fox", seed=7),
        target=Target(Path("out")),
        said=ImageRequest(prompt="fox"),
        columns=(("product", "../Tea: pot"), ("seed", "mine")),
    )
    template = "{product}/{product:.6}-{seed}"

    naming.check(template, ["product"])
    with pytest.raises(UsageError, match=r"has no field .product."):
        naming.check(template)
    name = render(template, fields(job, datetime(2026, 11, 21, tzinfo=UTC)))

    assert (name.folders, name.at(1)) == (("Tea- pot",), "Tea-7")
