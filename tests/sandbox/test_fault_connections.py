"""What each fault of a connection does, over real HTTP and over bare sockets."""

import socket
import zlib
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from togimg.sandbox import Sandbox, parse

Post = Callable[..., httpx.Response]

BODY = b'{"model":"black-forest-labs/FLUX.1-schnell","prompt":"x","width":64,"height":64}'
POSTED = b"""POST /v1/images/generations HTTP/1.1\r
host: 127.0.0.1\r
authorization: Bearer key\r
content-length: %d\r
\r
%s""" % (len(BODY), BODY)


def sandbox(*faults: str, latency: float = 0.0) -> Sandbox:
    return Sandbox(faults=[parse(fault) for fault in faults], latency=latency)


def items(response: httpx.Response) -> list[dict[str, Any]]:
    return list(response.json()["data"])


def link(served: Sandbox, post: Post) -> str:
    return str(items(post(served, response_format="url"))[0]["url"])


def connected(served: Sandbox) -> socket.socket:
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port or 0), timeout=5)


def test_a_black_hole_accepts_and_never_answers(post: Post) -> None:
    with sandbox("black-hole") as served, connected(served) as client:
        client.sendall(b"GET /v1/models HTTP/1.1\r\n\r\n")
        client.settimeout(0.2)

        with pytest.raises(TimeoutError):
            client.recv(1)
        assert (post(served).status_code, len(served.requests), served.paid) == (200, 1, 1)


@pytest.mark.parametrize("fault", ["reset-at-accept", "close-at-accept"])
def test_a_connection_that_ends_as_soon_as_it_is_accepted_costs_nothing(
    post: Post, fault: str
) -> None:
    with sandbox(fault) as served:
        try:
            with connected(served) as client:
                left = client.recv(1)
        except ConnectionResetError:
            left = b"reset"

        assert left == (b"reset" if fault.startswith("reset") else b"")
        assert (served.requests, served.paid, post(served).status_code) == ((), 0, 200)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("close-in-headers", "without sending a response"),
        ("wrong-length", "complete message body"),
        ("unended", "incomplete chunked read"),
        ("double-length", "conflicting Content-Length|illegal"),
        ("big-header", "[Ll]ine|too (long|many|large)|buffer"),
    ],
)
def test_answers_that_break_the_protocol_are_paid(post: Post, fault: str, words: str) -> None:
    with sandbox(fault) as served:
        with pytest.raises(httpx.RemoteProtocolError, match=words):
            post(served)

        assert served.paid == 1


@pytest.mark.parametrize(("fault", "statuses"), [("twice", [200, 200]), ("strayed", [200, 500])])
def test_what_belongs_to_no_request_comes_after_the_answer(fault: str, statuses: list[int]) -> None:
    with sandbox(fault) as served, connected(served) as client:
        client.sendall(POSTED)
        came = b""
        while came.count(b"HTTP/1.1 ") < 2:
            came += client.recv(65536)

    assert [int(part[:3]) for part in came.split(b"HTTP/1.1 ")[1:]] == statuses


def test_a_length_that_is_too_short_cuts_the_answer(post: Post) -> None:
    with sandbox("short-length", "ok") as served:
        cut, usual = (len(post(served).content) for _ in range(2))

    assert cut == usual // 2


def test_an_answer_without_a_length_is_whole(post: Post) -> None:
    with sandbox("no-length") as served:
        response = post(served)

    assert "content-length" not in response.headers
    assert len(items(response)) == 1


def test_slow_headers_come_in_drops_and_whole(post: Post) -> None:
    with sandbox("slow-headers:1:0.2") as served:
        response = post(served)

    assert len(items(response)) == 1
    assert response.elapsed.total_seconds() > 0.15


def test_a_stale_connection_is_closed_though_the_answer_did_not_say_so(post: Post) -> None:
    with sandbox("stale") as served:
        response = post(served)

    assert "connection" not in response.headers


@pytest.mark.parametrize(("status", "paid"), [(201, 1), (204, 1), (302, 0), (304, 0), (307, 0)])
def test_statuses_that_are_no_errors(post: Post, status: int, paid: int) -> None:
    with sandbox(str(status)) as served:
        response = post(served)

        assert (response.status_code, served.paid) == (status, paid)
        assert bool(response.headers.get("location")) == (status >= 300)


def test_a_redirect_to_another_origin_tells_what_came_there(post: Post) -> None:
    with sandbox("redirect-away") as served:
        response = post(served)
        away = response.headers["location"]
        httpx.post(away, content=b"{}", headers={"authorization": "Bearer stolen"})

        assert (response.status_code, served.paid) == (307, 0)
        assert urlsplit(away).path == "/v1/images/generations"
        assert urlsplit(away).netloc != urlsplit(served.url).netloc
        assert [(r.method, r.key, r.body) for r in served.elsewhere] == [("POST", "stolen", b"{}")]


def test_a_picture_at_another_origin_is_there(post: Post) -> None:
    with sandbox("picture-away") as served:
        response = httpx.get(link(served, post), follow_redirects=True)

        assert (response.status_code, len(served.elsewhere)) == (200, 1)
        Image.open(BytesIO(response.content)).load()


@pytest.mark.parametrize("fault", ["gzip-bomb", "picture-gzip-bomb"])
def test_a_bomb_is_small_and_unpacks_without_end(post: Post, fault: str) -> None:
    with sandbox(fault) as served:
        target = ("POST", f"{served.url}/images/generations")
        if fault.startswith("picture"):
            target = ("GET", link(served, post))
        body = {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "x", "width": 64}
        key = {"authorization": "Bearer key"}
        with httpx.stream(*target, json=body | {"height": 64}, headers=key) as response:
            raw = b"".join(response.iter_raw())

    unpacked = zlib.decompressobj(wbits=31)
    assert (response.headers["content-encoding"], len(raw) < 2_000_000) == ("gzip", True)
    assert len(unpacked.decompress(raw, 10_000_000)) == 10_000_000


@pytest.mark.parametrize("fault", ["endless", "picture-endless"])
def test_a_body_without_end_goes_on_until_the_client_has_enough(post: Post, fault: str) -> None:
    with sandbox(fault) as served:
        target = ("POST", f"{served.url}/images/generations")
        if fault.startswith("picture"):
            target = ("GET", link(served, post))
        with httpx.stream(*target, headers={"authorization": "Bearer key"}) as response:
            size = 0
            for piece in response.iter_raw():
                size += len(piece)
                if size > 20_000_000:
                    break

    assert size > 20_000_000


def test_a_pixel_bomb_is_a_png_that_claims_900_megapixels(post: Post) -> None:
    with sandbox("picture-bomb") as served:
        content = httpx.get(link(served, post)).content

    assert (content[:8], len(content) < 10_000) == (b"\x89PNG\r\n\x1a\n", True)
    assert [int.from_bytes(content[at : at + 4]) for at in (16, 20)] == [30_000, 30_000]


def test_links_that_are_slow_or_have_expired(post: Post) -> None:
    with sandbox("picture-slow:1:0.2", "picture-expired") as served:
        slow, expired = httpx.get(link(served, post)), httpx.get(link(served, post))

    assert (slow.status_code, slow.elapsed.total_seconds() > 0.15) == (200, True)
    assert (expired.status_code, expired.headers["content-type"]) == (403, "text/html")


def test_a_limiter_lets_so_many_in_at_once_for_ever(post: Post) -> None:
    with sandbox("limit:3:0.5", latency=0.5) as served, ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(lambda _: post(served), range(9)))
        later = post(served)

    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(refused), {a.headers["retry-after"] for a in refused}) == (6, {"0.5"})
    assert later.status_code == 200


def test_a_limiter_lets_so_many_in_each_second() -> None:
    with sandbox("rate:3") as served, httpx.Client() as client:
        url, key = f"{served.url}/images/generations", {"authorization": "Bearer k"}
        statuses = [client.post(url, headers=key, content=b"{").status_code for _ in range(5)]

    assert statuses == [400, 400, 400, 429, 429]


def test_of_a_hundred_requests_so_many_fail_and_always_the_same() -> None:
    def day() -> list[int]:
        with sandbox("flapping:30:0") as served, httpx.Client() as client:
            url, key = f"{served.url}/images/generations", {"authorization": "Bearer k"}
            return [client.post(url, headers=key, content=b"{").status_code for _ in range(100)]

    first = day()
    assert (first.count(503), first.count(400), day() == first) == (30, 70, True)


def test_what_is_in_order_of_its_own_does_not_hide_what_stands(post: Post) -> None:
    with sandbox("500", "flapping:100") as served:
        assert [post(served).status_code for _ in range(2)] == [503, 503]


def test_a_picture_in_the_answer_of_a_stale_connection_is_whole(post: Post) -> None:
    with sandbox("stale") as served:
        picture = b64decode(items(post(served))[0]["b64_json"])

    assert Image.open(BytesIO(picture)).size == (64, 64)
