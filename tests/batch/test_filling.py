"""Columns of one's own fill the braces of a prompt, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.batch import filled
from togimg.errors import UsageError

COLUMNS = {"animal": "red fox", "the_place": "a {dark} wood", "price_(€)": "5", "empty": ""}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("a fox", "a fox"),
        ("a {animal}", "a red fox"),
        ("{Animal} and { ANIMAL }", "red fox and red fox"),
        ("in {the place}, {the-place}", "in a {dark} wood, a {dark} wood"),
        ("{Price (€)} euros, {empty}", "5 euros, "),
        ("{{animal}} {{word}}", "{animal} {word}"),
        ("a {red|blue} {animal}", "a {red|blue} red fox"),
        ("{2$$a|b} {0.5::a} {} { } {1} {a, b}", "{2$$a|b} {0.5::a} {} { } {1} {a, b}"),
        ('{"subject": "{animal}"}', '{"subject": "red fox"}'),
        ('{"a": {"b": 1}, "c": {}}', '{"a": {"b": 1}, "c": {}}'),
        ('{"a": {"b": {{"c"}}}}', '{"a": {"b": {{"c"}}}}'),
        ("} { animal", "} { animal"),
    ],
)
def test_braces_around_a_column_s_name_are_filled(template: str, expected: str) -> None:
    assert filled(template, COLUMNS) == expected


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        ("a {animl}", "did you mean {animal}? columns: animal, place; {{animl}} gives {animl}"),
        ("a {vary}", "columns: animal, place; {{vary}} gives {vary}"),
        ("a {नाम}", "columns: animal, place; {{नाम}} gives {नाम}"),
    ],
)
def test_a_name_that_is_no_column_is_an_error(template: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        filled(template, {"animal": "fox", "place": "wood"})

    assert (error.value.message, error.value.hint) == (
        f"the prompt has {template[2:]}, and there is no column of that name",
        hint,
    )


@given(st.text(st.sampled_from('{}a"|: ')) | st.text())
def test_without_columns_a_prompt_stays_as_it_is(prompt: str) -> None:
    assert filled(prompt, {}) == prompt


@given(st.text(st.sampled_from("{}b |1")))
def test_a_value_is_never_looked_into(template: str) -> None:
    try:
        once = filled(template, {"b": "\0"})
    except UsageError:
        return

    assert filled(template, {"b": "{b}{{b}}"}) == once.replace("\0", "{b}{{b}}")
