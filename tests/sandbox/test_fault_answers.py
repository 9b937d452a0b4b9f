"""What each fault of a POST does, over real HTTP."""

import io
import json
from base64 import b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image

from togimg.sandbox import Sandbox, parse

Post = Callable[..., httpx.Response]


def sandbox(*faults: str) -> Sandbox:
    return Sandbox(faults=[parse(fault) for fault in faults])


def items(response: httpx.Response) -> list[dict[str, Any]]:
    return list(response.json()["data"])


def opened(item: dict[str, Any]) -> Image.Image:
    picture = Image.open(io.BytesIO(b64decode(item["b64_json"], validate=True)))
    picture.load()
    return picture


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("error-string", 500, {"error": "broken"}),
        ("error-null", 500, {"error": None}),
        (
            "error-in-200",
            200,
            {"error": {"message": "Internal server error.", "type": "server_error"}},
        ),
    ],
)
def test_odd_error_bodies(post: Post, fault: str, status: int, body: Any) -> None:
    with sandbox(fault) as served:
        response = post(served)

        assert (response.status_code, response.json(), served.paid) == (status, body, 0)


def test_html(post: Post) -> None:
    with sandbox("html") as served:
        response = post(served)

    assert (response.status_code, response.headers["content-type"]) == (502, "text/html")
    assert response.text.startswith("<!DOCTYPE html>")


def test_a_big_error(post: Post) -> None:
    with sandbox("big-error") as served:
        assert len(post(served).content) == 3_000_000


def test_the_key_echoed_with_escapes(post: Post) -> None:
    with sandbox("echo-key") as served:
        message = post(served, key="my-key").json()["error"]["message"]

    assert message == "\x1b[31mIncorrect API key provided: my-key\x1b[0m\u202e"


@pytest.mark.parametrize(
    ("fault", "indexes"),
    [
        ("no-data", []),
        ("fewer", [0, 1]),
        ("more", [0, 1, 2, 3]),
        ("shuffled", [2, 1, 0]),
        ("same-index", [0, 0, 0]),
    ],
)
def test_lists_that_are_not_as_asked_and_are_paid_all_the_same(
    post: Post, fault: str, indexes: list[int]
) -> None:
    with sandbox(fault) as served:
        data = items(post(served, n=3))

        assert ([item["index"] for item in data], served.paid) == (indexes, 3)


def test_fewer_leaves_at_least_one(post: Post) -> None:
    with sandbox("fewer") as served:
        assert len(items(post(served))) == 1


@pytest.mark.parametrize(
    ("fault", "fields"),
    [
        ("mixed", [{"b64_json"}, {"url"}, {"b64_json"}]),
        ("both", [{"b64_json", "url"}] * 3),
    ],
)
def test_data_and_links_in_one_answer(post: Post, fault: str, fields: list[set[str]]) -> None:
    with sandbox(fault) as served:
        data = items(post(served, n=3))
        links = [httpx.get(item["url"]).status_code for item in data if "url" in item]

        assert [set(item) - {"index", "timings"} for item in data] == fields
        assert set(links) == {200}
        assert served.paid == 3


def test_fields_nobody_expects(post: Post) -> None:
    with sandbox("type-null", "extra") as served:
        assert "type" in items(post(served))[0]
        assert items(post(served))[0]["novel"] == {"x": [1]}


def test_base64_with_line_breaks_is_the_same_picture(post: Post) -> None:
    with sandbox("wrapped") as served:
        wrapped, usual = (items(post(served))[0]["b64_json"] for _ in range(2))

    assert "\n" in wrapped
    assert b64decode(wrapped) == b64decode(usual)


def test_base64_in_the_alphabet_of_urls_is_the_same_picture(post: Post) -> None:
    with sandbox("url-safe") as served:
        other, usual = (items(post(served))[0]["b64_json"] for _ in range(2))

    assert not {"+", "/"} & {*other}
    assert urlsafe_b64decode(other) == b64decode(usual)


@pytest.mark.parametrize("fault", ["bare-list", "single"])
def test_pictures_without_what_is_usually_around_them(post: Post, fault: str) -> None:
    with sandbox(fault, "ok") as served:
        odd, usual = (post(served).json() for _ in range(2))

    (picture,) = usual["data"]
    found = odd[0] if fault == "bare-list" else odd["data"]
    assert found["b64_json"] == picture["b64_json"]


def test_base64_without_padding_needs_some(post: Post) -> None:
    with sandbox("unpadded") as served:
        value = items(post(served))[0]["b64_json"]

    assert len(value) % 4
    assert opened({"b64_json": value + "=" * (-len(value) % 4)}).size == (64, 64)


def test_a_data_uri_in_place_of_base64(post: Post) -> None:
    with sandbox("data-uri") as served:
        head, _, value = items(post(served))[0]["b64_json"].partition(",")

    assert (head, opened({"b64_json": value}).size) == ("data:image/jpeg;base64", (64, 64))


def test_base64_that_does_not_decode(post: Post) -> None:
    with sandbox("bad-base64") as served, pytest.raises(NotBase64):
        opened(items(post(served))[0])


@pytest.mark.parametrize(
    ("fault", "form", "size"),
    [
        *((name, name.upper(), (64, 64)) for name in ("webp", "png", "bmp", "tiff")),
        ("wrong-size", "JPEG", (32, 32)),
    ],
)
def test_pictures_that_are_not_as_asked(
    post: Post, fault: str, form: str, size: tuple[int, int]
) -> None:
    with sandbox(fault) as served:
        picture = opened(items(post(served))[0])

    assert (picture.format, picture.size) == (form, size)


def test_a_link_leads_to_the_spoilt_picture_too(post: Post) -> None:
    with sandbox("webp") as served:
        picture = httpx.get(items(post(served, response_format="url"))[0]["url"])

    assert (picture.headers["content-type"], picture.content[:4]) == ("image/webp", b"RIFF")


def test_a_truncated_picture(post: Post) -> None:
    with sandbox("truncated-picture") as served, pytest.raises(OSError, match="truncated"):
        opened(items(post(served))[0])


def test_an_empty_body(post: Post) -> None:
    with sandbox("empty") as served:
        response = post(served)

        assert (response.status_code, response.content, served.paid) == (200, b"", 1)


def test_json_cut_in_half(post: Post) -> None:
    with sandbox("cut-json") as served, pytest.raises(json.JSONDecodeError):
        post(served).json()


def test_a_byte_order_mark(post: Post) -> None:
    with sandbox("bom") as served:
        body = post(served).content

    assert body[:3] == b"\xef\xbb\xbf"
    assert json.loads(body[3:])["object"] == "list"


def test_json_in_another_encoding(post: Post) -> None:
    with sandbox("utf-16") as served:
        assert json.loads(post(served).content.decode("utf-16"))["object"] == "list"


def test_a_body_that_is_not_compressed_as_it_says(post: Post) -> None:
    with sandbox("not-gzip") as served, pytest.raises(httpx.DecodingError):
        post(served)


def test_a_key_in_two_parts(post: Post) -> None:
    with sandbox("torn-key") as served:
        response = post(served)

    assert (response.status_code, "a-<wbr>\nkey" in response.text) == (401, True)


def test_a_compressed_body(post: Post) -> None:
    with sandbox("gzip") as served:
        response = post(served)
        raw = int(response.headers["content-length"])

    assert response.headers["content-encoding"] == "gzip"
    assert len(items(response)) == 1
    assert raw < len(response.content)


def test_a_body_in_pieces(post: Post) -> None:
    with sandbox("chunked") as served:
        response = post(served)

    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    assert len(items(response)) == 1


def test_a_slow_body_comes_in_drops_and_whole(post: Post) -> None:
    with sandbox("slow:1:0.2") as served:
        response = post(served)

    assert len(items(response)) == 1
    assert response.elapsed.total_seconds() > 0.15


def test_a_hang_lasts_until_the_sandbox_ends(asked: Callable[..., Any]) -> None:
    with sandbox("hang") as served, pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{served.url}/images/generations",
            json=asked(),
            headers={"authorization": "Bearer key"},
            timeout=0.2,
        )

    assert served.paid == 1


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("reset", httpx.ReadError, "reset by peer|forcibly closed"),
        ("close", httpx.RemoteProtocolError, "without sending a response"),
        ("close-in-body", httpx.RemoteProtocolError, "without sending complete message body"),
    ],
)
def test_connections_that_end_too_early_are_paid(
    post: Post, fault: str, error: type[Exception], words: str
) -> None:
    with sandbox(fault) as served:
        with pytest.raises(error, match=words):
            post(served)

        assert served.paid == 1


def test_a_redirect_of_the_post(post: Post) -> None:
    with sandbox("redirect") as served:
        response = post(served)

        assert response.status_code == 307
        assert response.headers["location"] == f"{served.url}/images/generations?moved"
        assert served.paid == 0
