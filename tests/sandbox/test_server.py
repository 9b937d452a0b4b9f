"""The server: many connections, one after the other and at once, and a quick end."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from togimg.sandbox import Received, Sandbox, parse

Post = Callable[..., httpx.Response]


def test_the_url_is_the_root_of_the_api() -> None:
    with Sandbox() as served:
        port = httpx.URL(served.url).port

        assert served.url == f"http://127.0.0.1:{port}/v1"


def test_a_port_can_be_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with Sandbox(port=port) as served:
        assert served.url == f"http://127.0.0.1:{port}/v1"


def test_outside_its_block_it_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="inside its `with` block"):
        _ = Sandbox().url


def test_requests_are_kept_in_order_of_arrival(post: Post) -> None:
    with Sandbox() as served:
        post(served, prompt="one")
        httpx.get(f"{served.url}/models", headers={"X-Name": "Value"})

        first, second = served.requests
    assert (first.method, first.path, b'"one"' in first.body) == (
        "POST",
        "/v1/images/generations",
        True,
    )
    assert (second.method, second.path, second.headers["x-name"]) == ("GET", "/v1/models", "Value")
    assert isinstance(second, Received)


def test_paid_counts_pictures_and_nothing_else(post: Post) -> None:
    with Sandbox() as served:
        post(served, n=3)
        post(served, n=9)
        post(served)

        assert served.paid == 4


def test_one_connection_serves_many_requests() -> None:
    with Sandbox() as served, socket.create_connection(address(served)) as line:
        request = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
        line.sendall(request * 3)
        answers = b""
        while answers.count(b'"Unauthorized"') < 3:
            answers += line.recv(65_536)

    assert answers.count(b"HTTP/1.1 401 Unauthorized\r\n") == 3


def address(served: Sandbox) -> tuple[str, int]:
    url = httpx.URL(served.url)
    assert url.port is not None
    return url.host, url.port


def test_sixty_four_connections_at_once_are_all_served(asked: Callable[..., Any]) -> None:
    body, headers = json.dumps(asked()), {"authorization": "Bearer key"}

    def three_times(_: int) -> list[int]:
        statuses = []
        with closing(HTTPConnection(*address(served), timeout=20)) as line:
            for _ in range(3):
                line.request("POST", "/v1/images/generations", body, headers)
                with line.getresponse() as response:
                    response.read()
                    statuses.append(response.status)
        return statuses

    with Sandbox() as served, ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(three_times, range(64)))

        assert (statuses, served.paid) == ([[200] * 3] * 64, 192)


def test_faults_are_shared_out_exactly_among_many_threads(post: Post) -> None:
    with (
        Sandbox(faults=[parse("429:20"), parse("500:10")]) as served,
        ThreadPoolExecutor(16) as pool,
    ):
        statuses = list(pool.map(lambda _: post(served).status_code, range(40)))

    assert {status: statuses.count(status) for status in set(statuses)} == {
        429: 20,
        500: 10,
        200: 10,
    }


def test_latency_delays_posts_only(post: Post) -> None:
    with Sandbox(latency=0.15) as served:
        slow = post(served).elapsed.total_seconds()
        quick = httpx.get(f"{served.url}/models").elapsed.total_seconds()

    assert slow >= 0.15 > quick


def test_it_ends_at_once_whatever_is_going_on(asked: Callable[..., Any]) -> None:
    waiting = [Sandbox(latency=60), Sandbox(faults=[parse("hang")])]
    begun, spent = [], []
    for sandbox in waiting:
        with sandbox as served:
            sent = Event()
            thread = Thread(target=swallowed, args=(served.url, asked(), sent))
            thread.start()
            while not served.requests:
                sent.wait(0.01)
            begun.append(time.monotonic())
        spent.append(time.monotonic() - begun[-1])
        thread.join()

    assert max(spent) < 1


def swallowed(url: str, body: Any, done: Event) -> None:
    headers = {"authorization": "Bearer key"}
    try:
        httpx.post(f"{url}/images/generations", json=body, headers=headers, timeout=30)
    except httpx.HTTPError:
        done.set()


def test_starting_loads_no_pillow(pytestconfig: pytest.Config) -> None:
    program = (
        "import sys\n"
        "from togimg.sandbox import Sandbox\n"
        "with Sandbox():\n"
        "    print([name for name in ('PIL', 'httpx', 'togimg.errors') if name in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(pytestconfig.rootpath / "src")},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (ran.stdout, ran.stderr) == ("[]\n", "")


def test_clients_that_leave_early_are_no_matter(capfd: pytest.CaptureFixture[str]) -> None:
    with Sandbox(faults=[parse("big-error:*")]) as served:
        for _ in range(3):
            with socket.create_connection(address(served)) as line:
                line.sendall(b"POST /v1/images/generations HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
        with socket.create_connection(address(served)) as line:
            line.sendall(b"GET / HTTP/9.9 nonsense\r\n\r\n")
            with line.makefile("rb") as answer:
                assert b"400" in answer.read()

    assert capfd.readouterr() == ("", "")


def test_a_body_too_large_is_taken_off_the_wire_and_refused() -> None:
    with Sandbox() as served:
        response = httpx.post(
            f"{served.url}/images/generations",
            content=b"x" * 33_000_000,
            headers={"authorization": "Bearer key"},
        )

    assert response.status_code == 413
    assert response.json()["error"]["message"] == "Request entity too large"


@pytest.mark.parametrize("length", [b"x", b"-1", b"1_0"])
def test_a_length_that_is_none_ends_in_a_refusal(length: bytes) -> None:
    with Sandbox() as served, socket.create_connection(address(served)) as line:
        line.sendall(
            b"POST /v1/images/generations HTTP/1.1\r\nauthorization: Bearer key\r\n"
            b"content-length: " + length + b"\r\n\r\n"
        )
        answer = line.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_head_of_a_link_has_the_length_and_no_body(post: Post) -> None:
    with Sandbox() as served:
        url = post(served, response_format="url").json()["data"][0]["url"]
        head, whole = httpx.head(url), httpx.get(url)

    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
