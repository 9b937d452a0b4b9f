"""A thin HTTP/1.1 server on loopback: reads requests, and hands answers over in their manner."""

import contextlib
import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event
from typing import Any

from togimg.sandbox.application import LARGEST_BODY
from togimg.sandbox.exchange import Answer, Received
from togimg.sandbox.manners import MANNERS, PIECE

PATIENCE = 2.0

Application = Callable[[Received], Answer]
Greeting = Callable[[], Answer | None]


class Server(ThreadingHTTPServer):
    """Serves `application` on an address; `stop` also ends what waits, drips or hangs.

    `greeting`, where it has an answer, is what a new connection gets before it is read.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self,
        address: tuple[str, int],
        application: Application,
        greeting: Greeting = lambda: None,
    ) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        self.application = application
        self.greeting = greeting
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

    def handle(self) -> None:
        """Read requests until the connection ends, unless it is greeted with its end."""
        greeting = self.server.greeting()
        if greeting:
            MANNERS[greeting.manner](self, greeting)
        else:
            super().handle()

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

    def log_message(self, *_: object) -> None:
        """Say nothing: requests are kept, not logged."""
