"""togimg sandbox: a process that serves, and ends when it is told to."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from running import SMALL, Ran, Togimg

TALK = "the sandbox serves until Ctrl-C; any key will do\n"


@dataclass(frozen=True)
class Served:
    """A sandbox that runs, and the URL that it printed first."""

    process: subprocess.Popen[str]
    url: str

    def post(self) -> httpx.Response:
        """Asks for a small picture."""
        body = {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "fox"}
        size = {"width": 64, "height": 64, "response_format": "base64"}
        return httpx.post(
            f"{self.url}/images/generations",
            json=body | size,
            headers={"authorization": "Bearer any"},
            trust_env=False,
        )

    def end(self, number: int) -> Ran:
        """What is left to read, and the exit code, after this signal."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return Ran(self.process.returncode, out, err)


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts `togimg sandbox`; whatever runs in the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def start(*argv: str) -> Served:
        process = subprocess.Popen(
            [sys.executable, "-m", "togimg", "sandbox", *(argv or ("--port", "0"))],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout
        return Served(process, process.stdout.readline().strip())

    yield start
    for process in running:
        with process:
            process.kill()


def test_it_prints_its_url_first_and_serves_any_client(serve: Serve, togimg: Togimg) -> None:
    served = serve()
    (item,) = served.post().json()["data"]
    ran = togimg("models", "--live", "--base-url", served.url)

    assert (ran.code, item["b64_json"][:4]) == (3, "/9j/")
    assert served.end(signal.SIGINT) == Ran(130, "", TALK)


def test_togimg_itself_makes_pictures_of_it(
    serve: Serve, togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = serve()
    monkeypatch.setenv("TOGETHER_API_KEY", "any")
    monkeypatch.setenv("TOGETHER_BASE_URL", served.url.removesuffix("/v1"))

    ran = togimg("generate", "fox", "-n", "3", "-o", "out/", *SMALL)

    assert (ran.code, len(ran.stdout.splitlines())) == (0, 3)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_ends_quietly_when_it_is_told_to(serve: Serve, number: int, code: int) -> None:
    assert serve().end(number) == Ran(code, "", TALK)


def test_it_ends_while_a_client_waits_for_an_answer(serve: Serve) -> None:
    served = serve("--port", "0", "--fault", "hang")
    host, port = served.url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /v1/images/generations HTTP/1.1\r\ncontent-length: 0\r\n\r\n")
        ran = served.end(signal.SIGTERM)

    assert ran == Ran(143, "", TALK)


def test_a_port_that_is_taken_is_a_local_error(togimg: Togimg) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = togimg("sandbox", "--port", port)

    assert ran == Ran(
        8,
        "",
        f"error: cannot serve on 127.0.0.1:{port}: address already in use\n"
        "hint: choose another --port, or 0 for a free one\n",
    )


def test_the_port_that_is_said_is_the_port(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert serve("--port", str(port)).url == f"http://127.0.0.1:{port}/v1"


def test_faults_are_played_in_their_order(serve: Serve) -> None:
    served = serve("--port", "0", "--fault", "429:2:0", "--fault", "500")

    answers = [served.post().status_code for _ in range(4)]

    assert answers == [429, 429, 500, 200]


def test_each_answer_takes_as_long_as_said(serve: Serve) -> None:
    served = serve("--port", "0", "--latency", "0.3")

    began = time.monotonic()
    answer = served.post()

    assert (answer.status_code, time.monotonic() - began >= 0.3) == (200, True)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--fault", "nonsense"), "no fault is called 'nonsense'; there are: "),
        (("--fault", "picture-404:x"), "the count 'x' is neither a whole number from 1 nor '*'"),
        (("--fault", "png:1:5"), "'png' takes no seconds; only statuses, "),
        (("--port", "99999"), "invalid value for '--port': 99999 is not in the range 0<=x<=65535"),
        (("--port", "-1"), "invalid value for '--port': -1 is not in the range 0<=x<=65535"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    togimg: Togimg, argv: tuple[str, ...], message: str
) -> None:
    ran = togimg("sandbox", *argv)

    assert (ran.code, ran.stdout, ran.stderr.startswith(f"error: {message}")) == (2, "", True)


def test_a_host_that_is_none_is_refused(togimg: Togimg) -> None:
    ran = togimg("sandbox", "--host", "256.0.0.1", "--port", "0")

    assert (ran.code, ran.stderr.splitlines()[0]) == (
        2,
        "error: the sandbox serves loopback, not 256.0.0.1",
    )


def test_a_reader_that_has_left_ends_it_quietly() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    ran = subprocess.run(
        [sys.executable, "-m", "togimg", "sandbox", "--port", "0"],
        stdout=theirs, stderr=subprocess.PIPE, check=False, text=True, timeout=20,
    )  # fmt: skip
    os.close(theirs)

    assert (ran.returncode, ran.stderr) == (141, "")
