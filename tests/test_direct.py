"""Connections past all proxies: which addresses they take, and how long they are kept."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import repeat
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import FOX, PICTURE, come, fetch, service
from togimg.together.direct import MOST_KEPT, Address, Direct, address
from togimg.together.message import Request
from togimg.together.talk import Talk
from togimg.together.watch import Watch
from wires import Play, Wires, reply, resets, says

FOUND = reply(200, b"fox", keep=True)


def keeps(served: Wires, connection: socket.socket) -> None:
    """Answers every request of a connection, which it leaves open."""
    says(*repeat(FOUND, 9))(served, connection)


@pytest.fixture
def direct() -> Iterator[Direct]:
    way = Direct(lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 1.0)
    yield way
    way.close()


def get(way: Direct, url: str) -> bytes:
    answer = way.send(Request("GET", url), Watch(way))
    body = b"".join(answer.pieces)
    answer.close()
    return body


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.example", Address("http", "a.example", 80, "/")),
        ("https://a.example/x/y.jpg", Address("https", "a.example", 443, "/x/y.jpg")),
        ("http://127.0.0.1:8080/v1?a=b&c=%2F", Address("http", "127.0.0.1", 8080, "/v1?a=b&c=%2F")),
        ("https://[::1]:9/x", Address("https", "::1", 9, "/x")),
        # what has to be written otherwise before it can be sent, and what leads nowhere
        *((url, None) for url in ("http://", "a.example/x", "ftp://a.example/", "http:///x", "")),
        *((f"http://{host}/", None) for host in ("me:pw@a.example", "füchse.example", "A.EXAMPLE")),
        *((f"http://a.example:{port}/", None) for port in ("0", "65536", "x", "-1", "999999")),
        *((f"http://a.example/{path}", None) for path in ("ä", "a b", "a#b", "../b", "./b", "%zz")),
        *((f"http://a.example/{path}", None) for path in ('"', "<", "a\r\nx: y", "\x00", "{b}")),
        ("http://a.example?x=1", None),
    ],
)
def test_an_address_is_taken_if_it_can_be_sent_as_it_stands(
    url: str, expected: Address | None
) -> None:
    assert address(url) == expected


@given(st.from_regex(r"https?://[a-z0-9.-]{1,20}(:[0-9]{1,6})?(/[ -~]{0,20})?", fullmatch=True))
def test_what_is_taken_is_what_everybody_reads(url: str) -> None:
    found = address(url)
    if found is None:
        return
    parts = urlsplit(url)

    assert (found.scheme, found.host) == (parts.scheme, parts.hostname)
    assert found.port == (parts.port or {"http": 80, "https": 443}[parts.scheme])
    assert found.target == (parts.path or "/") + (f"?{parts.query}" if "?" in url else "")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://a.example/", "a.example"),
        ("https://a.example:443/", "a.example"),
        ("https://a.example:80/", "a.example:80"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://[::1]/", "[::1]"),
    ],
)
def test_a_host_is_named_with_its_port_where_that_is_not_the_usual_one(url: str, name: str) -> None:
    assert getattr(address(url), "named", None) == name


def test_requests_to_one_host_share_a_connection(direct: Direct) -> None:
    connections: list[socket.socket] = []

    def counted(served: Wires, connection: socket.socket) -> None:
        connections.append(connection)
        keeps(served, connection)

    with Wires(counted) as served:
        assert [get(direct, f"{served.url}/{n}") for n in range(3)] == [b"fox"] * 3
        assert (len(connections), len(served.requests)) == (1, 3)


def test_no_more_than_a_few_connections_are_kept(direct: Direct) -> None:
    left: list[int] = []

    def told(number: int) -> Play:
        def play(served: Wires, connection: socket.socket) -> None:
            keeps(served, connection)
            left.append(number)
            served.ended.set()

        return play

    with ExitStack() as open_hosts:
        hosts = [open_hosts.enter_context(Wires(told(n))) for n in range(MOST_KEPT + 1)]
        for host in hosts:
            get(direct, f"{host.url}/a")

        assert hosts[0].ended.wait(5)
        assert left == [0]
        assert get(direct, f"{hosts[1].url}/b") == b"fox"


@pytest.mark.parametrize(
    "first",
    [
        says(reply(200, b"fox")),
        says(b"HTTP/1.0 200 X\r\n\r\nfox"),
        says(FOUND),
        resets(FOUND),
        says(FOUND + b"more of it"),
    ],
)
def test_a_connection_that_cannot_be_used_again_is_not(first: Play) -> None:
    with Wires(first, keeps) as served:
        pictures = [fetch(served.url, f"{served.url}/{n}").result for n in range(2)]

    assert pictures == [b"fox", b"fox"]


def test_a_server_that_answers_before_it_has_read_all_is_heard() -> None:
    def refuses(served: Wires, connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(reply(413, b"too much"))
        while connection.recv(65536):
            pass

    with Wires(refuses) as served:
        asked = service(served.url)
        came = come(asked.generate({**FOX, "reference_images": ["x" * 8_000_000]}))
        asked.close()

    assert (came.outcome, came.error and came.error.status) == ("refused", 413)


def test_a_request_of_which_the_system_took_nothing_was_not_sent(direct: Direct) -> None:
    mine, theirs = socket.socketpair()
    theirs.close()
    watch = Watch(direct)

    with mine, pytest.raises(OSError, match=r"Broken pipe|reset|aborted"):
        Talk(mine, is_plain=True).ask(b"GET / HTTP/1.1\r\n\r\n", watch)

    assert not watch.sent


def test_what_a_server_says_before_its_answer_is_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    with Wires(says(early + early + reply(200, PICTURE))) as served:
        asked = service(served.url)
        came = come(asked.generate(FOX))
        asked.close()

    assert came.outcome == "made"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/ä", b"GET /v1/%C3%A4 HTTP/1.1"),
        ("/a b", b"GET /v1/a%20b HTTP/1.1"),
        ("/b/../c", b"GET /v1/c HTTP/1.1"),
        ("/a%2Fb?c=%20d", b"GET /v1/a%2Fb?c=%20d HTTP/1.1"),
    ],
)
def test_other_addresses_are_written_as_the_wire_wants_them(path: str, sent: bytes) -> None:
    with Wires(says(reply(200, b"fox"))) as served:
        came = fetch(served.url, f"{served.url}{path}")

    assert (came.result, served.requests[0].split(b"\r\n")[0]) == (b"fox", sent)
