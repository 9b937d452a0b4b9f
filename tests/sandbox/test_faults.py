"""Faults: how they are written, in which order they are played, and which requests meet them."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.sandbox import FAULTS, Fault, Sandbox, parse
from togimg.sandbox.mischief import KINDS

Post = Callable[..., httpx.Response]


def sandbox(*faults: str) -> Sandbox:
    return Sandbox(faults=[parse(fault) for fault in faults])


def items(response: httpx.Response) -> list[dict[str, Any]]:
    return list(response.json()["data"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("429", Fault("429", 1, None)),
        ("429:2", Fault("429", 2, None)),
        ("429:2:0.2", Fault("429", 2, 0.2)),
        ("503:*", Fault("503", None, None)),
        ("599:1:0", Fault("599", 1, 0.0)),
        (" hang : 3 ", Fault("hang", 3, None)),
        ("slow:1:0.5", Fault("slow", 1, 0.5)),
        ("picture-429:1:3", Fault("picture-429", 1, 3.0)),
        ("204", Fault("204", 1, None)),
        ("limit:8", Fault("limit", 8, None)),
        ("flapping:30:0", Fault("flapping", 30, 0.0)),
    ],
)
def test_a_fault_is_a_name_a_count_and_seconds(text: str, fault: Fault) -> None:
    assert parse(text) == fault


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slwo", "no fault is called 'slwo' (did you mean 'slow'?); there are: 201-599, ok, html"),
        ("", "no fault is called ''; there are: 201-599, ok, html"),
        ("200", "no fault is called '200'; there are: 201-599, ok, html"),
        ("600", "no fault is called '600'; there are: 201-599, ok, html"),
        (
            "\uff14\uff12\uff19",
            "no fault is called '\uff14\uff12\uff19'; there are: 201-599, ok, html",
        ),
        ("429:0", "the count '0' is neither a whole number from 1 nor '*'"),
        ("429:-1", "the count '-1' is neither a whole number from 1 nor '*'"),
        ("429:", "the count '' is neither a whole number from 1 nor '*'"),
        ("limit:*", "'limit' needs a number: it is played for ever, beyond that many"),
        ("429:1:x", "the seconds 'x' are no number from 0 to 3600"),
        ("429:1:nan", "the seconds 'nan' are no number from 0 to 3600"),
        ("429:1:-1", "the seconds '-1' are no number from 0 to 3600"),
        ("429:1:1:1", "'429:1:1:1' has too many parts; write NAME[:COUNT[:SECONDS]]"),
        ("empty:1:1", "'empty' takes no seconds; only statuses, slow, slow-headers, limit, "),
    ],
)
def test_bad_text_is_refused_with_what_there_is(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        parse(text)


@given(st.text() | st.from_regex(r"\A[0-9a-z-]{0,9}(:[0-9*.a-z-]{0,9}){0,3}\Z"))
def test_parsing_raises_nothing_but_value_errors(text: str) -> None:
    try:
        fault = parse(text)
    except ValueError:
        return
    assert fault.name in KINDS or 201 <= int(fault.name) <= 599


def test_every_fault_has_one_line_of_help() -> None:
    assert list(FAULTS) == ["201-599", *KINDS]
    assert all(line and "\n" not in line for line in FAULTS.values())


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 418, 422, 429, 500, 502])
def test_a_status_has_a_body_of_the_usual_shape_and_costs_nothing(post: Post, status: int) -> None:
    with sandbox(str(status)) as served:
        response = post(served)

        assert response.status_code == status
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}
        assert served.paid == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [("429", "1"), ("429:1:0.2", "0.2"), ("503", "1"), ("500", None), ("500:1:1", "1")],
)
def test_retry_after_is_said_by_those_that_ask_to_wait(
    post: Post, fault: str, said: str | None
) -> None:
    with sandbox(fault) as served:
        assert post(served).headers.get("retry-after") == said


@pytest.mark.parametrize("status", ["504", "524"])
def test_behind_a_gateway_that_gave_up_the_picture_was_made(post: Post, status: str) -> None:
    with sandbox(status) as served:
        assert (post(served).status_code, served.paid) == (int(status), 1)


def test_faults_are_played_in_order_as_often_as_said_and_then_no_more(post: Post) -> None:
    with sandbox("ok", "429:2", "500") as served:
        statuses = [post(served).status_code for _ in range(6)]

    assert statuses == [200, 429, 429, 500, 200, 200]


def test_a_fault_for_ever_hides_those_behind_it(post: Post) -> None:
    with sandbox("503:*", "429") as served:
        assert [post(served).status_code for _ in range(4)] == [503] * 4


def test_faults_of_pictures_wait_for_pictures(post: Post) -> None:
    with sandbox("picture-404", "500") as served:
        failed = post(served).status_code
        url = items(post(served, response_format="url"))[0]["url"]

        assert [failed, httpx.get(url).status_code, httpx.get(url).status_code] == [500, 404, 200]


@pytest.mark.parametrize(
    ("fault", "kinds"), [("models-wrapped", (dict, list)), ("models-empty", (list, str))]
)
def test_listings_of_other_shapes(fault: str, kinds: tuple[type, type]) -> None:
    with sandbox(fault) as served:
        headers = {"authorization": "Bearer key"}
        spoilt, usual = (httpx.get(f"{served.url}/models", headers=headers) for _ in range(2))

    listing = spoilt.json()
    inside = listing.get("data") if isinstance(listing, dict) else "nothing"
    assert (type(listing), type(inside)) == kinds
    assert usual.json() == (inside if isinstance(listing, dict) else usual.json())


@pytest.mark.parametrize("fault", [name for name, kind in KINDS.items() if kind.on == "POST"])
def test_no_fault_answers_a_listing_without_a_key(fault: str) -> None:
    with sandbox(fault) as served:
        response = httpx.get(f"{served.url}/models")

    assert response.json() == {"error": {"message": "Unauthorized"}}


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{}", b'{"n": "x"}', b"\xff"])
@pytest.mark.parametrize("fault", ["mixed", "more", "unpadded", "wrong-size", "fewer", "no-data"])
def test_faults_leave_a_refusal_as_it_is(fault: str, body: bytes) -> None:
    with sandbox(fault) as served:
        response = httpx.post(
            f"{served.url}/images/generations",
            content=body,
            headers={"authorization": "Bearer key"},
        )

    assert (response.status_code, served.paid) == (400, 0)
