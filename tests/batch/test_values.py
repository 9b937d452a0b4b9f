"""Texts and JSON values become what a flag would have read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.batch import FLAGS, converted, typed
from togimg.errors import UsageError


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("prompt", " a fox ", " a fox "),
        ("prompt", 7, "7"),
        ("model", 1.5, "1.5"),
        ("steps", "6", 6),
        ("steps", " 6.0 ", 6),
        ("steps", 6, 6),
        ("steps", 6.0, 6),
        ("seed", "-1", -1),
        ("seed", 2**63, 2**63),
        ("guidance_scale", "3.5", 3.5),
        ("guidance_scale", "4", 4.0),
        ("guidance_scale", 4, 4.0),
        ("lenient", "Yes", True),
        ("lenient", " on ", True),
        ("strict", "1", True),
        ("strict", 1, True),
        ("strict", True, True),
        ("prompt_upsampling", "off", False),
        ("prompt_upsampling", "FALSE", False),
        ("prompt_upsampling", 0, False),
        ("prompt_upsampling", False, False),
        ("output_format", "PNG", "png"),
        ("on_exists", " skip ", "skip"),
        ("image", "a.png", ["a.png"]),
        ("image", "a.png\r\n b c.png \n\n", ["a.png", "b c.png"]),
        ("image", ["a.png", "b|c.png"], ["a.png", "b|c.png"]),
        ("image", [], []),
        ("lora", "https://x.test/a:0.5\nb", ["https://x.test/a:0.5", "b"]),
        ("lora", {"path": "a:8080"}, ["a:8080:1.0"]),
        ("lora", [{"path": "a", "scale": 2}, "b:0.5"], ["a:2.0", "b:0.5"]),
        ("param", "a=1\nb=x", ["a=1", "b=x"]),
        ("param", {"a": "1", "b": {"ü": [None]}}, ['a="1"', 'b={"ü": [null]}']),
        ("param", ["a=1", {"b": 2}], ["a=1", "b=2"]),
    ],
)
def test_a_value_is_read_as_its_flag_would(name: str, value: Any, expected: Any) -> None:
    found = converted(name, value)

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("prompt", True, "prompt must be text, not true"),
        ("prompt", ["a"], 'prompt must be text, not ["a"]'),
        ("steps", "six", "steps must be a whole number, not 'six'"),
        ("steps", "", "steps must be a whole number, not ''"),
        ("steps", "6.5", "steps must be a whole number, not '6.5'"),
        ("steps", 6.5, "steps must be a whole number, not 6.5"),
        ("steps", True, "steps must be a whole number, not true"),
        ("steps", None, "steps must be a whole number, not null"),
        ("steps", [6], "steps must be a whole number, not [6]"),
        ("steps", "inf", "steps must be a whole number, not 'inf'"),
        ("steps", "9" * 5000, f"steps must be a whole number, not '{'9' * 39}…"),
        ("guidance_scale", "3,5", "guidance_scale must be a number, not '3,5'"),
        ("guidance_scale", "nan", "guidance_scale must be a number, not 'nan'"),
        ("guidance_scale", False, "guidance_scale must be a number, not false"),
        ("guidance_scale", 10**400, f"guidance_scale must be a number, not 1{'0' * 39}…"),
        ("guidance_scale", {}, "guidance_scale must be a number, not {}"),
        ("strict", "maybe", "strict must be yes or no, not 'maybe'"),
        ("strict", 2, "strict must be yes or no, not 2"),
        ("strict", 1.0, "strict must be yes or no, not 1.0"),
        ("output_format", "gif", "output_format must be jpeg or png, not 'gif'"),
        ("output_format", 1, "output_format must be jpeg or png, not 1"),
        ("image", 5, "image must be text or a list of texts, not 5"),
        ("image", [["a"]], 'image must be text or a list of texts, not ["a"]'),
        ("image", {"url": "a"}, 'image must be text or a list of texts, not {"url": "a"}'),
        (
            "lora",
            {"scale": 1},
            'lora must be PATH:SCALE or {"path": …, "scale": …}, not {"scale": 1}',
        ),
        ("lora", {"path": "a", "scale": "x"}, "the scale of a lora must be a number, not 'x'"),
        ("param", 5, "param must be KEY=VALUE or an object, not 5"),
        ("param", {"a=b": 5}, 'param must be KEY=VALUE or an object, not {"a=b": 5}'),
    ],
)
def test_a_value_of_another_kind_is_refused_in_words(name: str, value: Any, message: str) -> None:
    with pytest.raises(UsageError) as error:
        converted(name, value)

    assert error.value.message == message


POINT = "numbers have a point and no comma: 3.5, 1024"


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"guidance_scale": "3,5"}, POINT),
        ({"width": " 1,024 "}, POINT),
        ({"steps": "six", "guidance_scale": "-0,5"}, POINT),
        ({"steps": "1, 2"}, None),
        ({"guidance_scale": "3.5.1"}, None),
        ({"strict": "3,5"}, None),
    ],
)
def test_a_comma_in_a_number_has_a_hint(values: dict[str, str], hint: str | None) -> None:
    with pytest.raises(UsageError) as error:
        typed(values)

    assert error.value.hint == hint


def test_everything_that_is_wrong_in_a_row_is_said_at_once() -> None:
    with pytest.raises(UsageError) as error:
        typed({"steps": "six", "prompt": "fox", "strict": "maybe"})

    assert error.value.message == (
        "steps must be a whole number, not 'six'; strict must be yes or no, not 'maybe'"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(FLAGS)), json_values)
def test_any_value_is_converted_or_refused_and_conversion_settles(name: str, value: Any) -> None:
    try:
        found = converted(name, value)
    except UsageError:
        return

    assert converted(name, found) == found
