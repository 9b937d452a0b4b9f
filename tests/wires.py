"""A server on loopback that does to each connection exactly what a test says."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

Play = Callable[["Wires", socket.socket], None]


class Wires:
    """Serves in a `with` block; each connection meets the next of `plays`, the rest the last."""

    def __init__(self, *plays: Play) -> None:
        self._plays = list(plays)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def request(self, connection: socket.socket) -> bytes:
        """The next request on the connection, whole; nothing when there is none."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if b"content-length:" in line]
        left = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
        while left > 0:
            piece = connection.recv(65536)
            data, left = data + piece, left - len(piece)
        self.requests.append(data)
        return data

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                play = self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]
                thread = threading.Thread(target=self._play, args=(play, connection), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _play(self, play: Play, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            play(self, connection)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


def reply(
    status: int, body: bytes = b"", *headers: str, length: int | None = None, keep: bool = False
) -> bytes:
    """An HTTP answer, with a length of its own or another; the last, unless told to `keep`."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body) if length is None else length}"]
    lines += [] if keep else ["connection: close"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def says(*answers: bytes) -> Play:
    """Answers so many requests of a connection with these bytes, then closes it."""

    def play(served: Wires, connection: socket.socket) -> None:
        for answer in answers:
            if not served.request(connection):
                return
            connection.sendall(answer)

    return play


def resets(answer: bytes = b"") -> Play:
    """Reads a request, sends some of an answer, and resets the connection."""

    def play(served: Wires, connection: socket.socket) -> None:
        served.request(connection)
        connection.sendall(answer)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return play


def drips(answer: bytes, seconds: float) -> Play:
    """Sends an answer byte by byte, with so many seconds between them."""

    def play(served: Wires, connection: socket.socket) -> None:
        served.request(connection)
        for byte in answer:
            connection.sendall(bytes((byte,)))
            if served.ended.wait(seconds):
                return

    return play


def hangs(served: Wires, connection: socket.socket) -> None:
    """Reads a request and never answers."""
    served.request(connection)
    served.ended.wait()
