"""Connections past all proxies: which there are, and where a request goes."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from togimg.seats import PATIENCE, aside
from togimg.together.message import Answer, Request, headers
from togimg.together.talk import Talk, shut
from togimg.together.watch import Watch

if TYPE_CHECKING:
    import ssl

MOST_KEPT = 4
"""Connections of a thread, each to another host."""

_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
_LINE = re.compile(r"[\t -~]*")
_URL = re.compile(
    r"(https?)://([a-z0-9.-]+|\[[0-9a-f.]*:[0-9a-f:.]*\])(?::([0-9]{1,5}))?"
    r"((?!.*/\.)/(?:[A-Za-z0-9_.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes: `target` is what the host is asked for."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def named(self) -> str:
        """The host as it is named to itself."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


@lru_cache(maxsize=64)
def address(url: str) -> Address | None:
    """Where a URL leads; None for one that cannot be sent letter by letter as it stands."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme, host, port, target = found.groups()
    number = int(port or _PORTS[scheme])
    if not 0 < number <= _HIGHEST_PORT:
        return None
    return Address(scheme, host.strip("[]"), number, target or "/")


class Direct:
    """One thread's connections; each is kept for the next request to its host.

    `tls` gives the context for https. A host's addresses are tried one after another: for each
    a connection may take `seconds`.
    """

    def __init__(self, tls: Callable[[], "ssl.SSLContext"], seconds: float) -> None:
        self._tls = tls
        self._seconds = seconds
        self._kept: dict[tuple[str, str, int], Talk] = {}
        self._busy: socket.socket | None = None

    def send(self, request: Request, watch: Watch) -> Answer:
        """Sends a request, and waits for the head of the reply; raises as `Way` says."""
        to = address(request.url)
        if to is None:
            raise ValueError("it is no address")
        length = None if request.content is None else len(request.content)
        head = _head(request.method, to, request.key, length)
        talk = self._talk(to, watch)
        try:
            return talk.ask(head + (request.content or b""), watch)
        except BaseException:
            talk.close()
            raise

    def shut(self) -> None:
        """Breaks off what is being sent or read, from any thread."""
        if self._busy:
            shut(self._busy)

    def close(self) -> None:
        """Closes every connection; one that another thread still uses is shut, and its to close."""
        for talk in list(self._kept.values()):
            talk.leave()

    def _talk(self, to: Address, watch: Watch) -> Talk:
        """The connection that there is, if it can be used again, or a new one."""
        host = to.scheme, to.host, to.port
        talk = self._kept.pop(host, None)
        if talk is None or not talk.is_fresh():
            if talk:
                talk.close()
            with aside(PATIENCE):
                talk = Talk(self._connected(to, watch), is_plain=to.scheme == "http")
        self._busy = talk.socket
        self._kept[host] = talk
        if len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept))).close()
        return talk

    def _connected(self, to: Address, watch: Watch) -> socket.socket:
        self._busy = None
        try:
            opened = self._busy = socket.create_connection((to.host, to.port), self._seconds)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if to.scheme == "https":
                opened = self._secured(opened, to, watch)
        except BaseException as error:
            watch.late = watch.late or isinstance(error, TimeoutError)
            if self._busy:
                self._busy.close()
            raise
        opened.settimeout(None)
        return opened

    def _secured(self, opened: socket.socket, to: Address, watch: Watch) -> "ssl.SSLSocket":
        from togimg.together.tls import VERIFIES_IN_WRAP  # noqa: PLC0415  plain http needs none

        secured = self._busy = self._tls().wrap_socket(
            opened, server_hostname=to.host, do_handshake_on_connect=VERIFIES_IN_WRAP
        )
        if watch.late:
            # The deadline has met the socket that this one has taken the place of.
            raise TimeoutError
        if not VERIFIES_IN_WRAP:
            secured.do_handshake()
        return secured


@lru_cache(maxsize=256)
def _head(method: str, to: Address, key: str | None, length: int | None) -> bytes:
    said = {"host": to.named} | headers(key, has_content=length is not None)
    if length is not None:
        said["content-length"] = str(length)
    lines = f"{method} {to.target} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items())
    if not all(map(_LINE.fullmatch, lines)):
        raise ValueError("a header has characters that no header can have")
    return "\r\n".join([*lines, "", ""]).encode()
