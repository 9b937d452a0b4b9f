"""Connections past all proxies: h11 finds the words, sockets carry them.

The sockets have no timeouts of their own: for those the system would be asked twice more before
each read, while other threads wait for their turn. The deadline of an exchange shuts its socket.
"""

import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import h11

from togimg.seats import aside
from togimg.together.message import Answer, Request, headers
from togimg.together.watch import Watch

if TYPE_CHECKING:
    import ssl

KEPT_SECONDS = 5.0
"""How long a connection is kept for the next request."""

MOST_KEPT = 4
"""Connections of a thread, each to another host."""

LARGEST_HEAD = 100 * 1024
"""Bytes of a reply before its body, at most."""

_PIECE = 64 * 1024
"""Bytes that are read at once at most by each of the threads that wait."""

_LARGE_PIECE = 256 * 1024
"""Bytes that are read at once at most by those at work: they are few."""

_RECORD = 16 * 1024
"""Bytes that TLS sends as one: of a record that was cut nobody can read anything."""

_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0)

_PORTS = {"http": 80, "https": 443}
_HIGHEST_PORT = 65535
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
            return talk.ask(head, request.content or b"", watch)
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

    def _talk(self, to: Address, watch: Watch) -> "Talk":
        """The connection that there is, if it can be used again, or a new one."""
        host = to.scheme, to.host, to.port
        talk = self._kept.pop(host, None)
        if talk is None or not talk.is_fresh():
            if talk:
                talk.close()
            with aside():
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


class Talk:
    """Requests and replies by turns over one connection."""

    def __init__(self, opened: socket.socket, *, is_plain: bool) -> None:
        self.socket = opened
        self._is_plain = is_plain
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        self._until = 0.0
        self._watch: Watch | None = None

    def ask(self, head: h11.Request, content: bytes, watch: Watch) -> Answer:
        """Sends a request, and waits for the head of the reply."""
        self._until, self._watch = 0.0, watch
        parts = head, h11.Data(data=content), h11.EndOfMessage()
        self._write(b"".join(self._state.send(part) or b"" for part in parts), watch)
        self._wait()
        while not isinstance(event := self._next(), h11.Response):
            # What servers say before they answer.
            pass
        return Answer(event.status_code, _headers(event), self._body(), self._is_alone, self._rest)

    def is_fresh(self) -> bool:
        """Whether another request can go over it: nobody has closed it, and nothing waits in it."""
        return time.monotonic() < self._until and not _is_readable(self.socket)

    def close(self) -> None:
        """Closes it, which is for the thread that uses it alone."""
        self._until = 0.0
        self.socket.close()

    def leave(self) -> None:
        """Closes it if it is not in use, and else breaks off what is sent or read over it."""
        if self._until:
            self.close()
        else:
            shut(self.socket)

    def _write(self, data: bytes, watch: Watch) -> None:
        watch.begin()
        try:
            taken = self.socket.send(data[:_RECORD])
        except OSError:
            watch.sent = False
            raise
        if taken < len(data):
            # Servers that refuse a request may close before they have read all of it.
            with aside(), suppress(OSError):
                self.socket.sendall(memoryview(data)[taken:])

    def _next(self) -> object:
        """What the server says next."""
        while (event := self._state.next_event()) is h11.NEED_DATA:
            self._read()
        return event

    def _read(self) -> None:
        """Takes in what there is."""
        # Of TLS, what is there may be half a record.
        if self._is_plain and _AT_ONCE:
            with suppress(BlockingIOError):
                self._take(self.socket.recv(_LARGE_PIECE, _AT_ONCE))
                return
        self._wait()

    def _wait(self) -> None:
        """Waits for what comes next, and takes it in."""
        with aside():
            data = self.socket.recv(_PIECE)
        self._take(data)

    def _take(self, data: bytes) -> None:
        if not data and self._watch and self._watch.late:
            # It was shut here: what came is no end.
            raise TimeoutError("it was late")
        if not data and self._state.their_state is h11.SEND_RESPONSE:
            raise h11.RemoteProtocolError("server disconnected without sending a response")
        self._state.receive_data(data)

    def _body(self) -> Iterator[bytes]:
        while isinstance(event := self._next(), h11.Data):
            yield event.data

    def _is_alone(self) -> bool:
        return not self._state.trailing_data[0]

    def _rest(self) -> None:
        """Makes ready for the next request, if this one is done with."""
        if self._state.our_state is self._state.their_state is h11.DONE:
            self._state.start_next_cycle()
            self._until = time.monotonic() + KEPT_SECONDS
        else:
            self.close()


@lru_cache(maxsize=256)
def _head(method: str, to: Address, key: str | None, length: int | None) -> h11.Request:
    said = {"host": to.named} | headers(key, has_content=length is not None)
    if length is not None:
        said["content-length"] = str(length)
    return h11.Request(method=method, target=to.target, headers=[*said.items()])


def _headers(response: h11.Response) -> dict[str, str]:
    """The headers by their names, which h11 gives in lower case; of one name joined."""
    found: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("ascii"), _text(raw_value)
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def shut(opened: socket.socket) -> None:
    """Breaks off what is sent or read over a socket, from any thread."""
    # An SSLSocket's own method would pull its state from under whoever reads.
    with suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


def _is_readable(opened: socket.socket) -> bool:
    if opened.fileno() < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([opened], [], [], 0)[0])
    # select() has no room for descriptors above 1023.
    poll = select.poll()
    poll.register(opened, select.POLLIN)
    return bool(poll.poll(0))
