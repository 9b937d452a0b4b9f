import re
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from asking import FOX, PICTURE, Came, ask, come, service
from running import KEY
from togimg.errors import TogimgError
from togimg.retry import Policy
from togimg.sandbox import Sandbox, parse
from togimg.together.answers import reply as read
from togimg.together.detour import plain
from togimg.together.direct import Direct
from togimg.together.message import Request
from togimg.together.setbacks import setback
from togimg.together.watch import Watch
from togimg.together.wire import in_our_words
from wires import Play, Wires, drips, hangs, reply, resets, says

POST = Request("POST", "https://api.together.ai/v1/images/generations", b"{}", KEY)
AGAIN, NEVER = True, False
NOT_SENT = ("not_sent", 5, AGAIN)
UNUSABLE = ("not_sent", 2, NEVER)

OUTCOMES: dict[str | type[Exception], tuple[str, int, bool]] = {
    # what happened: its outcome, the exit code, and whether the POST is sent again
    "100-199": ("unknown", 9, NEVER),
    "200": ("made", 0, NEVER),
    "201-399": ("unknown", 9, NEVER),
    "400": ("refused", 4, NEVER),
    "401-403": ("refused", 3, NEVER),
    "404-407": ("refused", 4, NEVER),
    "408": ("refused", 5, AGAIN),
    "409-428": ("refused", 4, NEVER),
    "429": ("refused", 5, AGAIN),
    "430-499": ("refused", 4, NEVER),
    "500": ("failed", 5, AGAIN),
    "501": ("unknown", 9, NEVER),
    "502": ("failed", 5, AGAIN),
    "503": ("refused", 5, AGAIN),
    "504-519": ("unknown", 9, NEVER),
    "520": ("failed", 5, AGAIN),
    "521-523": ("refused", 5, AGAIN),
    "524-528": ("unknown", 9, NEVER),
    "529": ("refused", 5, AGAIN),
    "530-599": ("unknown", 9, NEVER),
    # before anything of the request went out; once something has, each of them is unknown
    httpx.HTTPError: NOT_SENT,
    httpx.HTTPStatusError: NOT_SENT,
    httpx.RequestError: NOT_SENT,
    httpx.TransportError: NOT_SENT,
    httpx.TimeoutException: NOT_SENT,
    httpx.ConnectTimeout: NOT_SENT,
    httpx.PoolTimeout: NOT_SENT,
    httpx.ReadTimeout: NOT_SENT,
    httpx.WriteTimeout: NOT_SENT,
    httpx.NetworkError: NOT_SENT,
    httpx.ConnectError: NOT_SENT,
    httpx.ReadError: NOT_SENT,
    httpx.WriteError: NOT_SENT,
    httpx.CloseError: NOT_SENT,
    httpx.ProxyError: NOT_SENT,
    httpx.ProtocolError: NOT_SENT,
    httpx.RemoteProtocolError: NOT_SENT,
    httpx.LocalProtocolError: UNUSABLE,
    httpx.UnsupportedProtocol: UNUSABLE,
    httpx.InvalidURL: UNUSABLE,
    httpx.CookieConflict: NOT_SENT,
    httpx.DecodingError: NOT_SENT,
    httpx.TooManyRedirects: NOT_SENT,
    httpx.StreamError: NOT_SENT,
    httpx.StreamConsumed: NOT_SENT,
    httpx.StreamClosed: NOT_SENT,
    httpx.ResponseNotRead: NOT_SENT,
    httpx.RequestNotRead: NOT_SENT,
    ConnectionRefusedError: NOT_SENT,
    TimeoutError: NOT_SENT,
    socket.gaierror: NOT_SENT,
    ssl.SSLError: NOT_SENT,
    ssl.SSLCertVerificationError: NOT_SENT,
    ValueError: UNUSABLE,
    UnicodeError: UNUSABLE,
}


def family(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


def raised(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("POST", POST.url)
        return httpx.HTTPStatusError("no", request=request, response=httpx.Response(500))
    return kind() if kind in SILENT else kind("no")


def is_of_httpx(kind: type[Exception]) -> bool:
    return kind.__module__.partition(".")[0] == "httpx"


def as_told(error: Exception) -> Exception:
    """An exception of httpx as it comes out of the detour; any other as it is."""
    watch = Watch(Direct(ssl.create_default_context, 1.0))
    return plain(error, watch) if is_of_httpx(type(error)) else error


def told(status: int) -> tuple[str, int, bool]:
    try:
        read(status, {}, PICTURE if status == 200 else b"", KEY)
    except TogimgError as error:
        return row(error)
    return "made", 0, NEVER


SILENT = {httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead, httpx.RequestNotRead}
STATUSES = {key: row for key, row in OUTCOMES.items() if isinstance(key, str)}
EXCEPTIONS = {key: row for key, row in OUTCOMES.items() if not isinstance(key, str)}


def row(error: TogimgError) -> tuple[str, int, bool]:
    again = Policy(jitter=lambda: 0.0).wait([setback(error, {}).what]) is not None
    return error.outcome, error.exit_code, again


@pytest.mark.parametrize("statuses", STATUSES)
def test_every_status_has_its_outcome(statuses: str) -> None:
    first, _, last = statuses.partition("-")

    rows = {told(status) for status in range(int(first), int(last or first) + 1)}

    assert rows == {STATUSES[statuses]}


def test_the_table_has_every_status_and_every_exception_of_httpx() -> None:
    spans = (re.findall(r"\d+", statuses) for statuses in STATUSES)
    others = (httpx.InvalidURL, httpx.CookieConflict)

    assert [n for s in spans for n in range(int(s[0]), int(s[-1]) + 1)] == list(range(100, 600))
    of_httpx = {*family(httpx.HTTPError), *family(httpx.StreamError), *others}
    assert set(filter(is_of_httpx, EXCEPTIONS)) == of_httpx


@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_every_exception_has_its_outcome(kind: type[Exception]) -> None:
    before = in_our_words(as_told(raised(kind)), POST, sent=False)
    after = in_our_words(as_told(raised(kind)), POST, sent=True)

    assert (row(before), row(after)) == (EXCEPTIONS[kind], ("unknown", 9, NEVER))


GOOD = reply(200, PICTURE)


@pytest.mark.parametrize(
    ("fault", "outcome", "posts"),
    [
        *((str(status), "refused", 1) for status in (400, 401, 402, 403, 404, 413, 422)),
        *((f"{status}:2", "made", 3) for status in (408, 521, 522, 523, 500, 502, 520)),
        *((f"{status}:2:0", "made", 3) for status in (429, 503, 529)),
        *((f"{status}:*", "failed", 3) for status in (500, 502, 520)),
        *((f"{status}:*:0", "refused", 5) for status in (408, 429, 503, 521, 529)),
        *((str(status), "unknown", 1) for status in (204, 302, 501, 504, 524, 599)),
        *((f"{name}:*", "unknown", 1) for name in ("reset", "close", "close-in-headers")),
        *((f"{name}:*", "unknown", 1) for name in ("close-in-body", "redirect")),
        *((f"{name}:*", "unknown", 1) for name in ("double-length", "short-length", "cut-json")),
        *((f"{name}:*", "unknown", 1) for name in ("empty", "no-data", "error-in-200")),
        *((name, "made", 1) for name in ("no-length", "gzip", "chunked", "stale")),
        *((name, "made", 1) for name in ("wrong-length", "unended", "not-gzip", "twice")),
    ],
)
def test_what_the_service_does_has_its_outcome_and_its_number_of_requests(
    fault: str, outcome: str, posts: int
) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        came = ask(served.url)

        assert (came.outcome, len(served.requests)) == (outcome, posts)


@pytest.mark.parametrize(
    "play",
    [
        resets(),
        resets(b"HTTP/1.1 200 OK\r\ncontent-le"),
        says(b"nonsense\r\n\r\n"),
        says(reply(200, PICTURE[:-9], length=900)),
        says(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n"),
        says(b"HTTP/1.1 100 Continue\r\n\r\n"),
        says(reply(200, PICTURE, "content-encoding: br")),
        says(reply(200, PICTURE[:9], "content-encoding: gzip")),
    ],
)
def test_a_request_that_went_out_and_had_no_usable_answer_is_never_sent_again(play: Play) -> None:
    with Wires(play) as served:
        came = ask(served.url)

    assert (came.outcome, len(served.requests), came.pauses) == ("unknown", 1, [])


def test_a_kept_connection_that_closes_before_an_answer_is_not_asked_again() -> None:
    with Wires(says(reply(200, PICTURE, keep=True), b""), says(GOOD)) as served:
        asked = service(served.url)
        outcomes = [come(asked.generate(FOX)).outcome for _ in range(2)]
        asked.close()

    assert (outcomes, len(served.requests)) == (["made", "unknown"], 2)


STRAY = reply(500, b"late", keep=True)
FOXES = [b'{"data":[{"b64_json":"%s"}]}' % fox for fox in (b"Zm94", b"Zm95", b"Zm96", b"Zm97")]


def leaves(left: bytes) -> Play:
    """Answers every request of a connection with the next fox, and leaves more behind it."""

    def play(served: Wires, connection: socket.socket) -> None:
        while served.request(connection):
            fox = FOXES[len(served.requests) - 1]
            connection.sendall(reply(200, fox, keep=True) + left)

    return play


@pytest.mark.parametrize(
    "left", [STRAY, reply(200, PICTURE, keep=True), b"HTTP/1.1 2", b"x", b"\r\n\r\n", PICTURE]
)
def test_what_a_server_leaves_behind_an_answer_is_not_taken_for_the_next_one(left: bytes) -> None:
    with Wires(leaves(left)) as served:
        asked = service(served.url)
        came = [come(asked.generate(FOX)) for _ in FOXES]
        asked.close()

    assert [one.message for one in came] == [""] * 4
    assert [one.result.pictures[0].data for one in came] == [
        *(b"fox", b"foy", b"foz", b"fo{"),
    ]
    assert len(served.requests) == 4


def test_what_a_server_leaves_behind_later_is_not_taken_for_the_next_one_either() -> None:
    went = threading.Event()

    def play(served: Wires, connection: socket.socket) -> None:
        while served.request(connection):
            went.clear()
            connection.sendall(reply(200, PICTURE, keep=True))
            served.ended.wait(0.02)
            connection.sendall(STRAY)
            went.set()

    with Wires(play) as served:
        asked = service(served.url)
        came = []
        for _ in range(3):
            came.append(come(asked.generate(FOX)))
            went.wait(5)
        asked.close()

    assert ([one.outcome for one in came], len(served.requests)) == (["made"] * 3, 3)


def test_a_connection_with_nothing_left_on_it_is_used_again() -> None:
    with Sandbox() as served:
        asked = service(served.url)
        outcomes = [come(asked.generate(FOX)).outcome for _ in range(3)]
        asked.close()

        assert (outcomes, served.connections) == (["made"] * 3, 1)


def test_after_an_error_a_new_connection_is_used_for_the_old_one_may_close_unsaid() -> None:
    with Wires(says(reply(429, b"", "retry-after: 0", keep=True), b""), says(GOOD)) as served:
        came = ask(served.url)

    assert (came.outcome, len(served.requests)) == ("made", 2)


def test_the_status_of_an_error_counts_even_when_its_body_is_cut() -> None:
    cut = reply(429, b'{"error"', "retry-after: 0", length=900)
    with Wires(says(cut), says(GOOD)) as served:
        came = ask(served.url)

    assert (came.outcome, len(served.requests)) == ("made", 2)


def test_where_nobody_listens_nothing_was_sent_and_the_tries_are_used_up() -> None:
    with Wires(hangs) as served:
        url = served.url

    came = ask(url)

    assert (came.outcome, len(came.pauses), served.requests) == ("not_sent", 4, [])
    assert came.message.startswith("cannot reach 127.0.0.1:")


@pytest.mark.parametrize("fault", ["reset-at-accept", "close-at-accept"])
def test_a_connection_that_ends_as_it_begins_is_never_paid_for_twice(fault: str) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        came = ask(served.url)

        # Whether the request was out by then is a matter of microseconds: both are honest.
        assert (came.outcome, served.paid) in {("unknown", 0), ("made", 1)}


API = "https://api.together.ai/v1"


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (says(reply(502)), "502 x"),
        (says(reply(407)), "407 x"),
        (says(b""), "server disconnected without sending a response"),
        # It hangs up while it is talked to: what of that is met first is a matter of microseconds.
        (says(b"HTTP/1.1 200 OK\r\n\r\nno handshake"), "ssl|reset"),
        (drips(reply(200), 0.1), "no connection within 0.3 s"),
    ],
)
def test_a_proxy_that_lets_nothing_through_was_sent_nothing(
    monkeypatch: pytest.MonkeyPatch, play: Play, words: str
) -> None:
    with Wires(play) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        came = ask(API, timeout=0.3 if words.endswith("0.3 s") else 5.0)

    assert (came.outcome, len(came.pauses)) == ("not_sent", 4)
    assert re.search(words, came.message)
    assert {request.split(b" ")[0] for request in proxy.requests} == {b"CONNECT"}
    assert not [request for request in proxy.requests if KEY.encode() in request]


SIZE = b"""{"error":{"message":"Invalid value for 'width' parameter. Image width must be an
 integer value between 512 and 2048.","code":null}}""".replace(b"\n", b"")


@pytest.mark.parametrize(
    ("plays", "body", "outcome", "pauses"),
    [
        ([says(reply(400, SIZE)), says(GOOD)], {"width": 1024}, "made", [0.25]),
        ([says(reply(400, SIZE))], {"width": 1024}, "refused", [0.25]),
        ([says(reply(400, SIZE))], {"width": 17}, "refused", []),
        ([says(reply(400, SIZE))], {"model": "who/knows", "width": 1024}, "refused", []),
        ([says(reply(400, b'{"error":{"message":"no"}}'))], {"width": 1024}, "refused", []),
    ],
)
def test_a_size_that_the_model_takes_and_the_service_refuses_is_asked_for_once_more(
    plays: list[Play], body: dict[str, object], outcome: str, pauses: list[float]
) -> None:
    with Wires(*plays) as served:
        came = ask(served.url, {"model": "black-forest-labs/FLUX.1-schnell"} | body)

    assert (came.outcome, [pause.seconds for pause in came.pauses]) == (outcome, pauses)


def last_words(*plays: Play, **how: Any) -> tuple[str, str]:
    with Wires(*plays) as served:
        came: Came = ask(served.url, **how)
    return came.outcome, re.sub(r"127\.0\.0\.1:\d+", "HOST", came.message)


def test_the_last_words_tell_what_the_tries_before_may_have_cost() -> None:
    failed, refused, cut = says(reply(500)), says(reply(422)), says(b"")
    billed = "may have been billed"

    no = "the service refused the request: 422"
    assert [
        last_words(failed, refused),
        last_words(failed, failed, failed),
        last_words(cut, refused, retry_unknown=True),
    ] == [
        ("failed", f"{no}; 1 failed try {billed}"),
        ("failed", f"the service failed: 500; 3 failed tries {billed}"),
        ("unknown", f"{no}; an earlier try had no usable answer and {billed}"),
    ]
