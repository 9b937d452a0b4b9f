"""A thin HTTP/1.1 server on loopback: reads requests, and hands answers over in their manner."""

import contextlib
import math
import socket
import struct
import sys
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event
from typing import Any

from togimg.sandbox.application import LARGEST_BODY
from togimg.sandbox.exchange import Answer, Received

PATIENCE = 2.0
PIECE = 65_536


class Server(ThreadingHTTPServer):
    """Serves `application` on an address; `stop` also ends what waits, drips or hangs."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], application: Callable[[Received], Answer]) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.application = application
        self.stopping = Event()
        self.accepted = 0
        self._open: set[socket.socket] = set()
        self._changed = Condition()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Bind without asking the name service for the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def stop(self) -> None:
        """End the loop and every connection."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, PATIENCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that the end of the server is its end too."""
        with self._changed:
            self.accepted += 1
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection when it is closed."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave early are no error of ours; everything else is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, and its requests one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def handle_any(self) -> None:
        """Read the request, ask the application, and hand its answer over."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.read_body(headers)
        answer = self.server.application(Received(self.command, self.path, headers, body))
        MANNERS[answer.manner](self, answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any  # noqa: N815

    def handle_expect_100(self) -> bool:
        """Say that the body may come, at once: the output is buffered."""
        ready = super().handle_expect_100()
        self.wfile.flush()
        return ready

    def read_body(self, headers: dict[str, str]) -> bytes:
        """The body; of one that is too large nothing, though it is taken off the wire."""
        if "transfer-encoding" in headers:
            self.close_connection = True
            return b""
        length = headers.setdefault("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            headers["content-length"], self.close_connection = "0", True
            return b""
        left = int(length)
        if left <= LARGEST_BODY:
            return self.rfile.read(left)
        while left > 0 and (piece := self.rfile.read(min(left, PIECE))):
            left -= len(piece)
        return b""

    def whole(self, answer: Answer) -> None:
        """Everything at once."""
        self.head(answer)
        self.wfile.write(b"" if self.command == "HEAD" else answer.body)

    def chunked(self, answer: Answer) -> None:
        """The body in pieces, each with its own length."""
        self.head(answer, ("transfer-encoding", "chunked"))
        for start in range(0, len(answer.body), PIECE):
            piece = answer.body[start : start + PIECE]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def slow(self, answer: Answer) -> None:
        """The body in twenty drops over the seconds."""
        self.head(answer)
        drop = max(1, math.ceil(len(answer.body) / 20))
        for start in range(0, len(answer.body), drop):
            self.wfile.write(answer.body[start : start + drop])
            self.wfile.flush()
            if self.server.stopping.wait(answer.seconds / 20):
                break

    def cut(self, answer: Answer) -> None:
        """Half of the body, although the head promises all."""
        self.head(answer)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.close_connection = True

    def hang(self, _: Answer) -> None:
        """Nothing, until the server ends."""
        self.server.stopping.wait()
        self.close_connection = True

    def reset(self, _: Answer) -> None:
        """A reset of the connection: closing it with nothing left to linger for."""
        self.close_connection = True
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # Detached, because the base class would end it politely before it closes it.
        socket.close(self.connection.detach())

    def close(self, _: Answer) -> None:
        """A connection closed without a word."""
        self.close_connection = True

    def head(self, answer: Answer, length: tuple[str, str] | None = None) -> None:
        """The status line and the headers."""
        length = length or ("content-length", str(len(answer.body)))
        fixed = [("date", formatdate(usegmt=True)), ("server", "togimg-sandbox"), length]
        if self.close_connection:
            fixed.append(("connection", "close"))
        lines = [f"{name}: {value}\r\n" for name, value in (*fixed, *answer.headers)]
        start = f"HTTP/1.1 {answer.status} {reason(answer.status)}\r\n"
        self.wfile.write("".join((start, *lines, "\r\n")).encode("latin-1", "replace"))

    def log_message(self, *_: object) -> None:
        """Say nothing: requests are kept, not logged."""


def reason(status: int) -> str:
    """The words beside a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


MANNERS: dict[str, Callable[[Handler, Answer], None]] = {
    "whole": Handler.whole,
    "chunked": Handler.chunked,
    "slow": Handler.slow,
    "cut": Handler.cut,
    "hang": Handler.hang,
    "reset": Handler.reset,
    "close": Handler.close,
}
