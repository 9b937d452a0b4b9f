"""Sockets without timeouts of their own: the deadline of a whole exchange ends what is too slow."""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

from togimg.together.lean import httpx


class Straight(httpx.HTTPTransport):
    """Requests past all proxies, over connections that one thread uses.

    A timeout for each read would have the system asked twice more before it, while other threads
    wait for their turn.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, keepalive_expiry=5.0, network_backend=_Backend()
        )


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        opened = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(opened)


class _Stream(httpcore.NetworkStream):
    def __init__(self, opened: httpcore.NetworkStream) -> None:
        self._opened = opened
        self._socket = opened.get_extra_info("socket")
        self._socket.settimeout(None)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        with _told(httpcore.ReadError):
            received: bytes = self._socket.recv(max_bytes)
            return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        with _told(httpcore.WriteError):
            self._socket.sendall(buffer)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._opened.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._opened.get_extra_info(info)

    def close(self) -> None:
        self._opened.close()


@contextmanager
def _told(kind: type[httpcore.NetworkError]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise kind(error) from error
