"""The shapes of the service's answers, from what was recorded 2025-07 to 2026-05."""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from togimg.sandbox import Answer, Received, answer

Ask = Callable[..., Answer]
Get = Callable[..., Answer]

INVALID_KEY = {
    "message": (
        "Invalid API key provided. You can find your API key at "
        "https://api.together.ai/settings/api-keys."
    ),
    "type": "invalid_request_error",
    "param": None,
    "code": "invalid_api_key",
}
LIMITS = {
    "retry-after": "2",
    "x-ratelimit": "false",
    "x-ratelimit-limit": "4",
    "x-ratelimit-limit-tokens": "0",
    "x-ratelimit-remaining": "7",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset": "2",
    "x-image-version": "v2",
}


def content(given: Answer) -> Any:
    return json.loads(given.body)


def error(given: Answer) -> tuple[int, Any]:
    return given.status, content(given)["error"]


def shape(value: Any) -> Any:
    """Names and kinds of values, without the values."""
    if isinstance(value, dict):
        return {name: shape(of) for name, of in value.items()}
    if isinstance(value, list):
        return [shape(of) for of in value]
    return type(value).__name__


def test_a_link_is_what_the_api_answers_when_no_format_is_asked(ask: Ask) -> None:
    given = ask(response_format=None)

    assert shape(content(given)) == {
        "id": "str",
        "model": "str",
        "object": "str",
        "data": [{"index": "int", "url": "str", "timings": {"inference": "float"}}],
    }


def test_items_have_no_type_as_in_every_recording(ask: Ask) -> None:
    items = content(ask(n=2))["data"]

    assert [sorted(item) for item in items] == [["b64_json", "index", "timings"]] * 2


def test_ids_and_links_look_like_the_recorded_ones(ask: Ask) -> None:
    given = content(ask(response_format="url"))

    assert re.fullmatch(r"o\w{6}-2kFHot-[0-9a-f]{16}-[A-Z]{3}", given["id"])
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/shrt/\w{16}", given["data"][0]["url"])


def test_a_success_carries_the_limits_and_even_a_retry_after(ask: Ask) -> None:
    headers = dict(ask().headers)

    assert {name: headers.get(name) for name in LIMITS} == LIMITS
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", headers["x-api-received"])


def test_the_request_id_is_in_the_header_and_in_the_body(ask: Ask) -> None:
    given = ask()

    assert dict(given.headers)["x-request-id"] == content(given)["id"]


def test_a_400_carries_the_limits_and_a_401_and_a_404_do_not(ask: Ask) -> None:
    answers = (ask(n=9), ask(key=None), ask(model="bad model"))

    assert [(given.status, "retry-after" in dict(given.headers)) for given in answers] == [
        (400, True),
        (401, False),
        (404, False),
    ]


def test_n_pictures_are_numbered_differ_and_are_all_billed(ask: Ask) -> None:
    given = ask(n=4)
    items = content(given)["data"]

    assert [item["index"] for item in items] == [0, 1, 2, 3]
    assert len({item["b64_json"] for item in items}) == 4
    assert given.paid == 4


def test_the_seeds_of_n_pictures_count_up(ask: Ask) -> None:
    both = content(ask(seed=7, n=2))["data"]
    second = content(ask(seed=8))["data"]

    assert both[1]["b64_json"] == second[0]["b64_json"]


def test_without_a_seed_every_picture_is_another_one(ask: Ask) -> None:
    one, other = (content(ask(seed=None))["data"][0]["b64_json"] for _ in range(2))

    assert one != other


@pytest.mark.parametrize(
    ("model", "side", "low", "high"),
    [
        ("black-forest-labs/FLUX.1-schnell", 64, 0.05, 20),
        ("black-forest-labs/FLUX.2-pro", 256, 1000, 30_000),
    ],
)
def test_inference_is_in_seconds_on_flux_1_and_in_milliseconds_on_flux_2(
    ask: Ask, model: str, side: int, low: float, high: float
) -> None:
    item = content(ask(model=model, width=side, height=side))["data"][0]

    assert low < item["timings"]["inference"] < high


def test_a_superseded_model_is_served_by_another_which_the_answer_names(ask: Ask) -> None:
    given = content(ask(model="black-forest-labs/FLUX.1-pro"))

    assert given["model"] == "black-forest-labs/FLUX.1.1-pro"


def test_a_link_is_a_jpeg_with_the_recorded_headers(ask: Ask, get: Get) -> None:
    links: dict[str, Any] = {}
    url = content(ask(response_format="url", links=links))["data"][0]["url"]
    picture = get(url.partition(":8000")[2], {"user-agent": "test"}, links)
    headers = dict(picture.headers)

    assert picture.status == 200
    assert picture.body == b64decode(content(ask())["data"][0]["b64_json"])
    assert headers["content-type"] == "image/jpeg"
    assert headers["cache-control"] == "max-age=31536000, public"
    assert re.fullmatch(r'inline; filename="[\w-]+\.jpg"', headers["content-disposition"])
    assert headers["expires"].endswith("GMT")


def test_a_png_is_labelled_as_one(ask: Ask, get: Get) -> None:
    links: dict[str, Any] = {}
    given = ask(response_format="url", output_format="png", links=links)
    path = content(given)["data"][0]["url"].partition(":8000")[2]
    picture = get(path, {"user-agent": "test"}, links)

    assert (dict(picture.headers)["content-type"], picture.body[:8]) == (
        "image/png",
        b"\x89PNG\r\n\x1a\n",
    )


@pytest.mark.parametrize("headers", [{}, {"user-agent": ""}, {"user-agent": "  "}])
def test_a_link_refuses_a_blank_user_agent_as_cloudflare_does(
    get: Get, headers: dict[str, str]
) -> None:
    given = get("/shrt/AAAAAAAAAAAAAAAA", headers)

    assert (given.status, given.body) == (403, b"error code: 1010")


def test_an_unknown_link_leads_nowhere(get: Get) -> None:
    given = get("/shrt/AAAAAAAAAAAAAAAA", {"user-agent": "test"})

    assert given.status == 404


@pytest.mark.parametrize("key", [None, "invalid-key"])
def test_without_a_good_key_the_images_endpoint_answers_as_recorded(
    ask: Ask, key: str | None
) -> None:
    assert error(ask(key=key)) == (401, INVALID_KEY)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer invalid"}])
def test_without_a_good_key_the_models_endpoint_answers_in_other_words(
    get: Get, headers: dict[str, str]
) -> None:
    given = get("/v1/models", headers)

    assert (given.status, given.body) == (401, b'{"error":{"message":"Unauthorized"}}')


def test_an_unknown_model_is_refused_in_the_recorded_words(ask: Ask) -> None:
    assert error(ask(model="bad model")) == (
        404,
        {
            "message": (
                "Unable to access model bad model. Please visit https://api.together.ai/models "
                "to view the list of supported models."
            ),
            "type": "invalid_request_error",
            "param": None,
            "code": "model_not_available",
        },
    )


@pytest.mark.parametrize(
    ("asks", "status", "kind", "code"),
    [
        ({"prompt": "a [refuse] picture"}, 422, "invalid_request_error", None),
        ({"prompt": "[policy]"}, 400, "invalid_request_error", "content_policy_violation"),
        ({"prompt": "[no-credit]"}, 402, "credit_limit", None),
        ({"key": "no-credit"}, 402, "credit_limit", None),
        (
            {"key": "not-permitted"},
            403,
            "invalid_request_error",
            "third_party_data_sharing_blocked",
        ),
        (
            {"prompt": "[not-permitted]"},
            403,
            "invalid_request_error",
            "third_party_data_sharing_blocked",
        ),
    ],
)
def test_marks_and_keys_ask_for_refusals(
    ask: Ask, asks: dict[str, str], status: int, kind: str, code: str | None
) -> None:
    given = ask(**asks)

    got = content(given)["error"]
    assert (given.status, got["type"], got["code"], given.paid) == (status, kind, code, 0)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"model": }']
)
def test_a_body_that_is_no_json_object_is_refused(ask: Ask, body: bytes) -> None:
    status, got = error(ask(body=body))

    assert (status, got["type"], got["message"][:22]) == (
        400,
        "invalid_request_error",
        "Invalid request body. ",
    )


def test_a_body_too_large_is_refused_by_its_length() -> None:
    headers = {"authorization": "Bearer key", "content-length": "99000000"}
    given = answer(Received("POST", "/v1/images/generations", headers))

    assert error(given)[0] == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/images/generations", 405, "POST"),
        ("POST", "/v1/models", 405, "GET, HEAD"),
        ("POST", "/shrt/AAAAAAAAAAAAAAAA", 405, "GET, HEAD"),
        ("POST", "/images/generations", 404, None),
        ("POST", "/v1/v1/images/generations", 404, None),
        ("GET", "/", 404, None),
        ("DELETE", "/v1/files", 404, None),
    ],
)
def test_other_methods_and_paths(method: str, path: str, status: int, allow: str | None) -> None:
    given = answer(Received(method, path, {"authorization": "Bearer key"}))

    assert (given.status, dict(given.headers).get("allow")) == (status, allow)


def test_the_listing_is_a_bare_array_with_all_its_oddities(get: Get) -> None:
    listing = content(get("/v1/models", {"authorization": "Bearer key"}))
    pictures = {entry["id"]: entry for entry in listing if entry.get("type") == "image"}

    assert {entry.get("type") for entry in listing} == {"chat", "image", None}
    assert not any(entry["running"] for entry in pictures.values())
    assert [
        pictures[f"black-forest-labs/{name}"]["pricing"][scheme]
        for name in ("FLUX.1-schnell", "FLUX.2-dev")
        for scheme in ("image_pixel", "image")
    ] == [
        {"price_per_megapixel": 0.0027, "min_steps": 4},
        0,
        0,
        {"example_price": 0.0154, "example_description": "starting price per image"},
    ]
