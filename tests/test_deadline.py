import re
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpcore
import pytest

from asking import FOX, PICTURE, Came, ask, come, fetch, service
from running import KEY, SMALL, Togimg, names
from togimg.sandbox import Sandbox, parse
from togimg.together.detour import follow
from togimg.together.direct import Direct
from togimg.together.watch import Watch
from wires import Play, Wires, drips, hangs, reply, says

LATE = (
    "no usable answer from HOST: it took more than 0.3 s; the request may have been billed",
    "unknown",
)


def timed(url: str, **how: Any) -> tuple[Came, float]:
    began = time.monotonic()
    came = ask(url, timeout=0.3, **how)
    return came, time.monotonic() - began


def told(came: Came) -> tuple[str, str]:
    return re.sub(r"127\.0\.0\.1:\d+", "HOST", came.message), came.outcome


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize(
    "play",
    [
        hangs,
        drips(reply(200, PICTURE), 0.1),
        drips(reply(200, PICTURE, "x: " + "y" * 90_000), 0.01),
        drips(CONTINUE * 1000, 0.004),
        drips(reply(200, b" " * 200 + PICTURE), 0.002),
    ],
)
def test_an_answer_that_drips_or_never_comes_ends_at_the_deadline_as_unknown(play: Play) -> None:
    with Wires(play) as served:
        came, seconds = timed(served.url)

        assert (told(came), len(served.requests)) == (LATE, 1)
    assert 0.29 < seconds < 1.5


@pytest.mark.parametrize("fault", ["slow:*:30", "slow-headers:*:30", "hang:*"])
def test_the_sandbox_s_slow_answers_end_at_the_deadline(fault: str) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        came, seconds = timed(served.url)

        assert (came.outcome, len(served.requests)) == ("unknown", 1)
    assert seconds < 3


def context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


STARTED, FAILED = (f"http11.send_request_headers.{what}" for what in ("started", "failed"))
POSTED = {"request": httpcore.Request("POST", "https://api.together.ai/")}
CONNECTED = {"request": httpcore.Request("CONNECT", "https://api.together.ai/")}


@pytest.mark.parametrize(
    ("steps", "sent"),
    [
        ([], False),
        ([(STARTED, CONNECTED)], False),
        ([(STARTED, POSTED)], True),
        ([(STARTED, CONNECTED), (STARTED, POSTED)], True),
        # A head that the system did not take, and one that may have gone out in part.
        ([(STARTED, POSTED), (FAILED, {"exception": httpcore.WriteError()})], False),
        ([(STARTED, POSTED), (FAILED, {"exception": httpcore.LocalProtocolError()})], False),
        ([(STARTED, POSTED), (FAILED, {"exception": httpcore.WriteTimeout()})], True),
    ],
)
def test_whether_anything_was_sent_is_known_from_the_steps_of_the_exchange(
    steps: list[tuple[str, dict[str, Any]]], sent: bool
) -> None:
    watch = Watch(Direct(context, 1.0))
    for step in steps:
        follow(watch, *step)

    assert watch.sent == sent


def test_after_its_deadline_a_request_does_not_begin() -> None:
    watch = Watch(Direct(context, 1.0))
    watch.end()

    with pytest.raises(TimeoutError):
        watch.begin()

    assert (watch.sent, watch.late) == (False, True)


def test_an_error_whose_body_drips_is_still_the_error_that_its_status_says() -> None:
    with Wires(drips(reply(422, b"x" * 60_000), 0.001)) as served:
        came = ask(served.url, timeout=2)

    assert came.outcome == "refused"


@pytest.fixture
def full() -> Iterator[str]:
    """A service whose waiting room is full, so that nobody new is connected."""
    with socket.socket() as server, ExitStack() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            guest = waiting.enter_context(socket.socket())
            guest.setblocking(False)
            guest.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def test_a_service_that_cannot_be_connected_to_in_time_was_sent_nothing(full: str) -> None:
    came, seconds = timed(full, retries=0)

    assert told(came) == ("cannot reach HOST: no connection within 0.3 s", "not_sent")
    assert 0.29 < seconds < 1.5


def test_a_handshake_that_never_ends_was_sent_nothing() -> None:
    with Wires(hangs) as served:
        came, seconds = timed(served.url.replace("http:", "https:"), retries=0)

    assert told(came) == ("cannot reach HOST: no connection within 0.3 s", "not_sent")
    assert seconds < 1.5


def test_handshakes_that_never_end_do_not_wait_for_each_other() -> None:
    with Wires(hangs) as served, ThreadPoolExecutor(8) as threads:
        asked = service(served.url.replace("http:", "https:"), timeout=0.3, retries=0)
        began = time.monotonic()
        outcomes = list(threads.map(lambda _: come(asked.generate(FOX)).outcome, range(8)))
        seconds = time.monotonic() - began
        asked.close()

    assert outcomes == ["not_sent"] * 8
    assert seconds < 1.5


def test_a_picture_of_no_said_length_is_not_whole_because_its_time_is_over() -> None:
    endless = b"HTTP/1.1 200 X\r\n\r\nfox"

    def stops(served: Wires, connection: socket.socket) -> None:
        served.request(connection)
        connection.sendall(endless)
        served.ended.wait()

    with Wires(stops, says(reply(200, b"another fox"))) as served:
        came = fetch(served.url, f"{served.url}/a", timeout=0.3)

    assert came.result == b"another fox"


def test_what_is_in_flight_when_all_is_closed_ends_at_once() -> None:
    with Wires(hangs) as served, ThreadPoolExecutor(1) as threads:
        asked = service(served.url, timeout=30, retries=0)
        flying = threads.submit(lambda: come(asked.generate(FOX)).outcome)
        while not served.requests:
            served.ended.wait(0.01)
        asked.close()

        assert flying.result(5) == "unknown"


def test_the_deadline_of_one_request_does_not_end_the_next_on_the_same_connection() -> None:
    with Wires(says(*[reply(200, PICTURE, keep=True)] * 3)) as served:
        asked = service(served.url, timeout=0.3)
        results = [come(asked.generate(FOX)).outcome]
        served.ended.wait(0.35)
        results += [come(asked.generate(FOX)).outcome for _ in range(2)]
        asked.close()

    assert results == ["made"] * 3


def test_after_a_deadline_the_next_request_has_a_new_connection() -> None:
    with Wires(hangs, says(reply(200, PICTURE))) as served:
        asked = service(served.url, timeout=0.3)
        results = [come(asked.generate(FOX)).outcome for _ in range(2)]
        asked.close()

    assert results == ["unknown", "made"]


def test_a_picture_that_drips_is_given_up_and_fetched_again() -> None:
    with Wires(drips(reply(200, b"fo" * 500), 0.002), says(reply(200, b"fox"))) as served:
        came = fetch(served.url, f"{served.url}/a", timeout=0.3)

    assert came.result == b"fox"


def test_the_whole_program_ends_at_its_deadline(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Wires(drips(reply(200, PICTURE), 0.1)) as served:
        monkeypatch.setenv("TOGETHER_BASE_URL", served.url)
        monkeypatch.setenv("TOGETHER_API_KEY", KEY)
        ran = togimg("generate", "fox", "--timeout", "0.3", *SMALL)

    assert (ran.code, names()) == (9, [])
    assert "it took more than 0.3 s; the request may have been billed\n" in ran.stderr


def test_a_timeout_that_no_clock_can_hold_is_no_error() -> None:
    with Wires(says(reply(200, PICTURE))) as served:
        assert [ask(served.url, timeout=t).outcome for t in (1e300, float("inf"))] == ["made"] * 2
