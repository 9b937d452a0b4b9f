"""What a connection says is heard as it was meant, in whatever pieces it comes."""

import socket
import ssl
from dataclasses import dataclass, field
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.together.direct import Direct
from togimg.together.talk import LARGEST_HEAD, Talk
from togimg.together.watch import Watch

OK = b"HTTP/1.1 200 OK\r\n"
EARLY = b"HTTP/1.1 103 X\r\nLink: a\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = {
    "a body of a length": OK + b"Content-Length: 3\r\n\r\nfox",
    "no body": OK + b"Content-Length: 0\r\n\r\n",
    "a status without one": b"HTTP/1.1 204 No Content\r\n\r\n",
    "chunks": CHUNKED + b"2\r\nfo\r\n1\r\nx\r\n0\r\n\r\n",
    "chunks with extensions and trailers": CHUNKED + b"3;a=b\r\nfox\r\n0\r\nX-Sum: 7\r\n\r\n",
    "an end that is the connection's": OK + b"\r\nfox",
    "the same of an old server": b"HTTP/1.0 200 OK\r\n\r\nfox",
    "a version that nobody knows": b"HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nfox",
    "a coding that is none": OK + b"Transfer-Encoding: identity\r\n\r\nfox",
    "lines without carriage returns": b"HTTP/1.1 200 OK\nContent-Length: 3\n\nfox",
    "a length said twice": OK + b"Content-Length: 3\r\ncontent-length: 3 \r\nX: a\r\n\r\nfox",
    "a list of one length": OK + b"X: a\r\nContent-Length: 3,3, 3\r\n\r\nfox",
    "a list of one length on two lines": OK + b"Content-Length: 3,\r\n 3\r\n\r\nfox",
    "the same with a line of nothing": OK + b"Content-Length: 3, 3\r\n \r\n\r\nfox",
    "a length and chunks": CHUNKED[:-2] + b"Content-Length: 9\r\n\r\n3\r\nfox\r\n0\r\n\r\n",
    "spaces behind a size": CHUNKED + b"3  \r\nfox\r\n0\r\n\r\n",
    "a header on two lines": OK + b"X: a\r\n b\r\nContent-Length: 3\r\n\r\nfox",
    "a length said twice in such lines": b"HTTP/1.1 200 OK\nContent-Length: 3\n"
    b"Content-Length: 3\n\nfox",
    "something said before": EARLY + OK + b"Content-Length: 3\r\n\r\nfox",
    "something said before as if it were all": b"HTTP/1.0 100 X\r\nConnection: close\r\n\r\n"
    + OK
    + b"Content-Length: 3\r\n\r\nfox",
    "something said before, and a list of one length": EARLY * 2
    + OK
    + b"Content-Length: 3, 3\r\n\r\nfox",
}
BROKEN = {
    "nothing": (b"", "server disconnected without sending a response"),
    "half a head": (OK + b"Content-Le", "server disconnected without sending a response"),
    "half a body": (OK + b"Content-Length: 9\r\n\r\nfox", "before the end of its response"),
    "half a body after a space": (OK + b"Content-Length : 9\r\n\r\nfox", "before the end of its"),
    "half a body of no coding": (
        OK + b"Transfer-Encoding: identity\r\nContent-Length: 9\r\n\r\nfox",
        "before the end of its response",
    ),
    "half a chunk": (CHUNKED + b"9\r\nfox", "before the end of its response"),
    "no end of chunks": (CHUNKED + b"3\r\nfox\r\n", "before the end of its response"),
    "a chunk of no size": (CHUNKED + b"3\r\nfox\r\nzz\r\n", "what came is no HTTP"),
    "other words": (b"SSH-2.0-OpenSSH_9.2\r\n", "what came is no HTTP"),
    "two lengths": (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "no HTTP"),
    "two lengths in one": (OK + b"Content-Length: 3, 4\r\n\r\n", "no HTTP"),
    "another protocol": (
        b"HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        "what came is no HTTP",
    ),
    "a head without end": (OK + b"X: " + b"y" * 2 * LARGEST_HEAD, "its head has no end"),
    "trailers without end": (CHUNKED + b"0\r\nX: " + b"y" * 2 * LARGEST_HEAD, "has no end"),
}
"""Those that are cut or wrong, with what is said of them."""

CUTS = st.lists(st.integers(1, 300), max_size=12)


@dataclass
class Line:
    """A connection from which so many pieces come, and then its end."""

    pieces: list[bytes]
    said: bytes = b""
    closed: bool = field(default=False)

    def send(self, data: bytes) -> int:
        self.said += data
        return len(data)

    def recv(self, _size: int, _flags: int = 0) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Came:
    """What was heard: the status, the body as far as it came, and why no further."""

    status: int
    body: bytes
    error: str = ""
    alone: bool = True


def watch() -> Watch:
    return Watch(Direct(ssl.create_default_context, 1.0))


def talked(*pieces: bytes) -> Came:
    talk = Talk(cast("socket.socket", Line([*filter(None, pieces)])), is_plain=True)
    body = b""
    status = 0
    try:
        answer = talk.ask(b"GET / HTTP/1.1\r\n\r\n", watch())
        status = answer.status
        for piece in answer.pieces:
            body += piece
    except ConnectionError as error:
        return Came(status, body, str(error))
    return Came(status, body, alone=answer.is_alone())


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, and what is left of it in one."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@pytest.mark.parametrize("said", WHOLE.values(), ids=WHOLE)
@given(sizes=CUTS)
def test_a_reply_is_the_same_in_whatever_pieces_it_comes(said: bytes, sizes: list[int]) -> None:
    came = talked(*cut(said, sizes))

    assert (came.status, came.body, came.error) == (*_whole(said), "")


def _whole(said: bytes) -> tuple[int, bytes]:
    return (204, b"") if b" 204 " in said else (200, b"" if b": 0\r\n" in said else b"fox")


@pytest.mark.parametrize(("said", "words"), BROKEN.values(), ids=BROKEN)
@given(sizes=CUTS)
def test_a_reply_that_is_none_is_told_with_what_came_of_it(
    said: bytes, words: str, sizes: list[int]
) -> None:
    came = talked(*cut(said, sizes))

    assert words in came.error
    assert came.body == (b"fox" if b"\r\nfox" in said else b"")


@given(
    sizes=CUTS,
    more=st.sampled_from([b"x", WHOLE["chunks"], b"\x00\xff", OK, b"\r\nx", EARLY]),
)
def test_what_is_sent_behind_a_reply_is_not_part_of_it(sizes: list[int], more: bytes) -> None:
    for said in (WHOLE["a body of a length"], WHOLE["chunks"]):
        pieces = cut(said + more, sizes)
        came = talked(*pieces)

        assert (came.status, came.body, came.error) == (200, b"fox", "")
        if len(pieces[-1]) >= len(said + more):
            assert not came.alone


def test_headers_of_one_name_are_joined_and_may_be_in_any_letters() -> None:
    said = OK + b"X-A: 1 \r\nx-a:\t\xc3\xa4\r\nX-B: \xe4\0\x1b\r\nContent-Length: 0\r\n\r\n"
    talk = Talk(cast("socket.socket", Line([said])), is_plain=True)

    answer = talk.ask(b"", watch())
    assert answer.headers == {"x-a": "1, ä", "x-b": "ä", "content-length": "0"}


def test_headers_are_those_of_the_reply_whatever_is_sent_behind_it() -> None:
    said = OK + b"X-A: 1\r\nContent-Length: 0\r\n\r\n" + EARLY
    talk = Talk(cast("socket.socket", Line([said])), is_plain=True)

    answer = talk.ask(b"", watch())
    assert answer.headers == {"x-a": "1", "content-length": "0"}


@pytest.mark.parametrize(
    ("head", "stays"),
    [
        (OK, True),
        (OK + b"Connection: keep-alive\r\n", True),
        (OK + b"Connection: Close\r\n", False),
        (OK + b"Proxy-Connection: close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
    ],
)
def test_a_connection_is_kept_where_the_server_keeps_it(head: bytes, stays: bool) -> None:
    line = Line([head + b"Content-Length: 3\r\n\r\nfox"])
    talk = Talk(cast("socket.socket", line), is_plain=True)

    answer = talk.ask(b"", watch())
    assert (b"".join(answer.pieces), answer.is_alone()) == (b"fox", True)
    answer.close()
    assert line.closed is not stays


def test_a_connection_is_not_kept_where_the_end_of_the_chunks_closes_it() -> None:
    line = Line([CHUNKED + b"3\r\nfox\r\n0\r\nConnection: close\r\n\r\n"])
    talk = Talk(cast("socket.socket", line), is_plain=True)

    answer = talk.ask(b"", watch())
    assert (b"".join(answer.pieces), answer.is_alone()) == (b"fox", True)
    answer.close()
    assert line.closed


@pytest.mark.parametrize("first", WHOLE.values(), ids=WHOLE)
def test_where_a_connection_is_kept_the_next_reply_is_heard(first: bytes) -> None:
    line = Line([first])
    talk = Talk(cast("socket.socket", line), is_plain=True)
    answer = talk.ask(b"", watch())
    list(answer.pieces)
    answer.close()

    if not line.closed:
        line.pieces = [WHOLE["chunks"]]
        assert b"".join(talk.ask(b"", watch()).pieces) == b"fox"
