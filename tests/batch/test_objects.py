"""JSON Lines have an object a line, one's own or OpenAI's."""

import json
from typing import Any

import pytest

from jobfile import only, read
from togimg.batch import Bad, Row
from togimg.errors import UsageError

WHOLE = "each line is one whole JSON object"
ONE = "give one of the two"


def test_keys_are_flags_parameters_of_the_api_the_id_or_ones_own() -> None:
    line = {
        "id": 7,
        "prompt": "a {animal}",
        "Guidance-Scale": 3.5,
        "n": 2,
        "reference_images": ["a.png", "b.png"],
        "image_loras": [{"path": "https://x.test/a", "scale": 0.5}],
        "params": {"quality": "hd"},
        "prompt_upsampling": False,
        "steps": None,
        "negative_prompt": " ",
        "animal": "red fox",
        "Price": 1.5,
        "sold out": True,
        "tags": ["a", {"b": None}],
        "none": None,
        "reason": "refused",
        "outcome": "refused",
    }

    assert only(json.dumps(line), "jobs.jsonl") == Row(
        1,
        "7",
        {
            "prompt": "a {animal}",
            "guidance_scale": 3.5,
            "count": 2,
            "image": ["a.png", "b.png"],
            "lora": [{"path": "https://x.test/a", "scale": 0.5}],
            "param": {"quality": "hd"},
            "prompt_upsampling": False,
        },
        {
            "animal": "red fox",
            "price": "1.5",
            "sold_out": "true",
            "tags": '["a", {"b": null}]',
            "none": "",
        },
    )


@pytest.mark.parametrize("name", ["jobs.jsonl", "jobs.NDJSON", "jobs.json", "-", "jobs", "jobs.x"])
def test_json_lines_are_known_by_their_extension_or_their_first_line(name: str) -> None:
    assert read('\ufeff\n {"prompt": "fox"}\r\n\n{"prompt": "owl"}', name) == [
        Row(2, None, {"prompt": "fox"}, {}),
        Row(4, None, {"prompt": "owl"}, {}),
    ]


@pytest.mark.parametrize("prompt", ["{red|blue} fox", "[fox]", "fox, owl", "prompts;x", '"fox'])
def test_without_extension_any_other_line_is_a_prompt(prompt: str) -> None:
    assert only(prompt, "-") == Row(1, None, {"prompt": prompt}, {})


def test_a_format_that_was_said_wins() -> None:
    assert read('{"prompt": "fox"}', "jobs.jsonl", "txt") == [
        Row(1, None, {"prompt": '{"prompt": "fox"}'}, {})
    ]


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("fox", "the line is no JSON at column 1: expecting value", WHOLE),
        ('{"prompt": "fox",}', None, WHOLE),
        ("{'prompt': 'fox'}", None, WHOLE),
        ('{"a": 1} {"b": 2}', "the line is no JSON at column 10: extra data", WHOLE),
        ("{", None, WHOLE),
        ("[1]", "the line is a list, not an object", WHOLE),
        ('"fox"', "the line is a text, not an object", WHOLE),
        ("6", "the line is a number, not an object", WHOLE),
        ("1.5", "the line is a number, not an object", WHOLE),
        ("null", "the line is null, not an object", WHOLE),
        ("true", "the line is true or false, not an object", WHOLE),
        ('{"a": 1, "a": 2}', "the key a comes twice", WHOLE),
        ('{"params": {"b": 1, "b": 2}}', "the key b comes twice", WHOLE),
        ("  {]", None, WHOLE),
        ('{"steps": 1, "Steps": 2}', "steps and Steps say the same", ONE),
        ('{"n": 1, "count": 2}', "n and count say the same", ONE),
        ('{"steps": NaN}', "NaN is no number in JSON", WHOLE),
        ('{"steps": -Infinity}', "-Infinity is no number in JSON", WHOLE),
        ('{"steps": 1e999}', "1e999 is no number in JSON", WHOLE),
        (
            f'{{"steps": {"9" * 5000}}}',
            "the line has a number or a depth beyond all bounds",
            WHOLE,
        ),
        (
            '{"a":' * 100_000,
            "the line has a number or a depth beyond all bounds",
            WHOLE,
        ),
        (
            f'{{"a": {"[" * 70}{"]" * 70}}}',
            "the line is nested more than 64 levels deep",
            WHOLE,
        ),
        ('{"a": "\\u0000"}', "a text has a NUL or half a surrogate pair in it", WHOLE),
        ('{"\\ud800": 1}', "a text has a NUL or half a surrogate pair in it", WHOLE),
        ('{"id": true}', "the id is true", "an id is a text or a number"),
        ('{"id": ["a"]}', 'the id is ["a"]', "an id is a text or a number"),
    ],
)
def test_a_bad_line_is_named_and_reading_goes_on(line: str, message: str | None, hint: str) -> None:
    before, bad, after = read(f'{{"id": 1}}\n{line}\n{{"id": 3}}', "jobs.jsonl")

    assert (before, after) == (Row(1, "1", {}, {}), Row(3, "3", {}, {}))
    assert isinstance(bad, Bad)
    assert (bad.number, bad.message, bad.hint) == (2, message or bad.message, hint)
    # The JSON module's own words differ between versions of Python.
    assert message or bad.message.startswith("the line is no JSON at column")


def test_what_looks_awkward_and_is_whole_is_read() -> None:
    many = ", ".join(["{}"] * 70)

    assert read(f'{{"a": "\\ud83e\\udd8a", "b": "\\\\u0000", "c": [{many}]}}', "jobs.jsonl") == [
        Row(1, None, {}, {"a": "🦊", "b": "\\u0000", "c": f"[{many}]"})
    ]


@pytest.mark.parametrize("content", ['[{"prompt": "fox"}]', "\n [\n{}\n]", '["prompt"]'])
def test_a_json_array_is_an_error_that_says_how_to_make_it_lines(content: str) -> None:
    with pytest.raises(UsageError) as error:
        read(content, "jobs.json")

    assert (error.value.message, error.value.hint) == (
        "jobs.json is a JSON array; a jobs file has one object a line",
        "jq -c '.[]' jobs.json > jobs.jsonl makes it one",
    )


def openai(body: Any, **more: Any) -> dict[str, Any]:
    """A line as OpenAI's batches have it."""
    return {
        "custom_id": "a",
        "method": "POST",
        "url": "/v1/images/generations",
        "body": body,
    } | more


BODY = {
    "model": "flux-2-dev",
    "prompt": "a {fox}",
    "n": 2,
    "size": "1024x1024",
    "response_format": "b64_json",
    "quality": "hd",
    "user": None,
    "count": 3,
}
VALUES = {
    "model": "flux-2-dev",
    "prompt": "a {fox}",
    "count": 2,
    "size": "1024x1024",
    "response_format": "base64",
    "param": {"quality": "hd", "user": None, "count": 3},
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (openai(BODY), Row(1, "a", VALUES, {})),
        ({"body": BODY}, Row(1, None, VALUES, {})),
        (openai({"prompt": "x", "size": "auto"}), Row(1, "a", {"prompt": "x"}, {})),
        (openai({"prompt": "x"}, method="post", reason="-"), Row(1, "a", {"prompt": "x"}, {})),
        (
            openai({"prompt": "x"}, url="https://api.together.ai/v1/images/generations"),
            Row(1, "a", {"prompt": "x"}, {}),
        ),
        (openai({}, method="GET"), Bad(1, "method is GET", "pictures are made with POST")),
        (
            openai({}, url="/v1/chat/completions"),
            Bad(1, "url is /v1/chat/completions", "only /v1/images/generations makes pictures"),
        ),
        (openai({}, seed=5), Bad(1, "seed is beside the body", "put it into the body")),
        (
            openai({"image_url": "a", "reference_images": ["b"]}),
            Bad(1, "image_url and reference_images say the same", ONE),
        ),
        (
            {"url": "https://x.test", "body": "An article."},
            Row(1, None, {}, {"url": "https://x.test", "body": "An article."}),
        ),
    ],
)
def test_a_line_of_openai_s_batches_is_read(line: dict[str, Any], expected: Row | Bad) -> None:
    assert only(json.dumps(line), "jobs.jsonl") == expected
