"""The ways in which an answer goes out over the wire, good and bad."""

import math
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from togimg.sandbox.exchange import Answer, Manner

if TYPE_CHECKING:
    from togimg.sandbox.server import Handler

PIECE = 65_536
DROPS = 20
ENDLESS = 4 * 1024**3
BODILESS = (204, 304)

Headers = tuple[tuple[str, str], ...]


def whole(handler: "Handler", answer: Answer) -> None:
    """Everything at once."""
    handler.wfile.write(_whole(handler, answer))


def chunked(handler: "Handler", answer: Answer) -> None:
    """The body in pieces, each with its own length."""
    handler.wfile.write(_head(handler, answer, (("transfer-encoding", "chunked"),)))
    for start in range(0, len(answer.body), PIECE):
        handler.wfile.write(_chunk(answer.body[start : start + PIECE]))
    handler.wfile.write(_chunk(b""))


def unended(handler: "Handler", answer: Answer) -> None:
    """The body in pieces, and then the end of the connection in place of the last one's."""
    handler.wfile.write(_head(handler, answer, (("transfer-encoding", "chunked"),)))
    handler.wfile.write(_chunk(answer.body))
    handler.close_connection = True


def endless(handler: "Handler", answer: Answer) -> None:
    """The body again and again, up to 4 GB."""
    handler.wfile.write(_head(handler, answer, (("transfer-encoding", "chunked"),)))
    piece = _chunk((answer.body * (PIECE // max(1, len(answer.body)) + 1))[:PIECE])
    for _ in range(ENDLESS // PIECE):
        if handler.server.stopping.is_set():
            break
        handler.wfile.write(piece)
    handler.close_connection = True


def slow(handler: "Handler", answer: Answer) -> None:
    """The body in twenty drops over the seconds."""
    handler.wfile.write(_head(handler, answer, _length(len(answer.body))))
    _drip(handler, answer.body, answer.seconds)


def slow_head(handler: "Handler", answer: Answer) -> None:
    """The head in twenty drops over the seconds, then the body at once."""
    _drip(handler, _head(handler, answer, _length(len(answer.body))), answer.seconds)
    handler.wfile.write(answer.body)


def cut(handler: "Handler", answer: Answer) -> None:
    """Half of the body, although the head promises all."""
    handler.wfile.write(_head(handler, answer, _length(len(answer.body))))
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.close_connection = True


def cut_head(handler: "Handler", answer: Answer) -> None:
    """Half of the head."""
    head = _head(handler, answer, _length(len(answer.body)))
    handler.wfile.write(head[: len(head) // 2])
    handler.close_connection = True


def too_long(handler: "Handler", answer: Answer) -> None:
    """The whole body under a length that promises a hundred bytes more."""
    handler.wfile.write(_head(handler, answer, _length(len(answer.body) + 100)))
    handler.wfile.write(answer.body)
    handler.close_connection = True


def too_short(handler: "Handler", answer: Answer) -> None:
    """The whole body under a length that is half of it."""
    handler.wfile.write(_head(handler, answer, _length(len(answer.body) // 2)))
    handler.wfile.write(answer.body)
    handler.close_connection = True


def two_lengths(handler: "Handler", answer: Answer) -> None:
    """The whole body under two lengths, of which one is wrong."""
    lengths = (*_length(len(answer.body)), *_length(len(answer.body) + 1))
    handler.wfile.write(_head(handler, answer, lengths))
    handler.wfile.write(answer.body)
    handler.close_connection = True


def no_length(handler: "Handler", answer: Answer) -> None:
    """The body without any length: it ends with the connection."""
    handler.close_connection = True
    handler.wfile.write(_head(handler, answer, ()))
    handler.wfile.write(answer.body)


def stale(handler: "Handler", answer: Answer) -> None:
    """Everything at once, and then a connection that is closed though nobody said so."""
    if cork := getattr(socket, "TCP_CORK", 0):
        # The end comes in one piece with the answer, and not when this thread goes on.
        handler.connection.setsockopt(socket.IPPROTO_TCP, cork, 1)
    whole(handler, answer)
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_WR)
    handler.close_connection = True


def twice(handler: "Handler", answer: Answer) -> None:
    """Everything at once, and once more."""
    handler.wfile.write(2 * _whole(handler, answer))


def strayed(handler: "Handler", answer: Answer) -> None:
    """Everything at once, and a failure that nobody asked about."""
    handler.wfile.write(_whole(handler, answer) + _whole(handler, Answer(500)))


def hang(handler: "Handler", _: Answer) -> None:
    """Nothing, until the server ends."""
    handler.server.stopping.wait()
    handler.close_connection = True


def reset(handler: "Handler", _: Answer) -> None:
    """A reset of the connection: closing it with nothing left to linger for."""
    handler.close_connection = True
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    # Detached, because the base class would end it politely before it closes it.
    socket.close(handler.connection.detach())


def close(handler: "Handler", _: Answer) -> None:
    """A connection closed without a word."""
    handler.close_connection = True


MANNERS: dict[Manner, Callable[["Handler", Answer], None]] = {
    "whole": whole,
    "chunked": chunked,
    "unended": unended,
    "endless": endless,
    "slow": slow,
    "slow-head": slow_head,
    "cut": cut,
    "cut-head": cut_head,
    "too-long": too_long,
    "too-short": too_short,
    "two-lengths": two_lengths,
    "no-length": no_length,
    "stale": stale,
    "twice": twice,
    "strayed": strayed,
    "hang": hang,
    "reset": reset,
    "close": close,
}


def _whole(handler: "Handler", answer: Answer) -> bytes:
    length = () if answer.status in BODILESS else _length(len(answer.body))
    body = b"" if handler.command == "HEAD" or not length else answer.body
    return _head(handler, answer, length) + body


def _head(handler: "Handler", answer: Answer, length: Headers) -> bytes:
    """The status line and the headers."""
    fixed = (("date", formatdate(usegmt=True)), ("server", "togimg-sandbox"), *length)
    if handler.close_connection:
        fixed += (("connection", "close"),)
    lines = [f"{name}: {value}\r\n" for name, value in (*fixed, *answer.headers)]
    start = f"HTTP/1.1 {answer.status} {_reason(answer.status)}\r\n"
    return "".join((start, *lines, "\r\n")).encode("latin-1", "replace")


def _length(size: int) -> Headers:
    return (("content-length", str(size)),)


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def _drip(handler: "Handler", data: bytes, seconds: float) -> None:
    for drop in _drops(data):
        handler.wfile.write(drop)
        handler.wfile.flush()
        if handler.server.stopping.wait(seconds / DROPS):
            break


def _drops(data: bytes) -> Iterator[bytes]:
    size = max(1, math.ceil(len(data) / DROPS))
    return (data[start : start + size] for start in range(0, len(data), size))


def _reason(status: int) -> str:
    """The words beside a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
