"""One exchange: a request goes out, its whole reply comes in, by a deadline; names httpx."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from togimg import __version__
from togimg.addresses import hidden, is_loopback
from togimg.errors import Outcome, ServiceError, TogimgError, UnknownOutcome, UsageError
from togimg.together.deadlines import Deadlines
from togimg.together.inflate import ACCEPTED, TooMuchError, bounded, inflated
from togimg.together.lean import httpx
from togimg.together.message import MOVED, Received, Request
from togimg.together.names import Names
from togimg.together.proxies import check_proxies
from togimg.together.sockets import Straight
from togimg.together.tls import context

CONNECT_SECONDS = 10.0
LONGEST_SECONDS = 7 * 24 * 3600.0

ERROR = 400
LARGEST_ERROR = 4 * 1024 * 1024
"""Bytes of an error's body, unpacked, of which togimg has read enough."""

RAISED = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, ValueError)
"""Everything that httpx raises for an exchange; ValueError for bodies, and names in `idna`."""

_READER = attrgetter("_httpcore_stream._stream._connection._h11_state")
"""Where a response has what was read of its connection; it cannot be asked for openly."""

_UNUSABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError, ValueError)
_HEADERS = {
    "accept": "*/*",
    "accept-encoding": ACCEPTED,
    "connection": "keep-alive",
    "user-agent": f"togimg/{__version__}",
}
_url = lru_cache(maxsize=16)(httpx.URL)


class Wire:
    """The connections of a run, each thread's its own; `timeout` is the deadline in seconds.

    The deadline is for a request with its whole reply.
    """

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base_url = base_url
        self._timeout = min(timeout, LONGEST_SECONDS)
        self._deadlines = Deadlines(self._timeout)
        self._names = Names(min(self._timeout, CONNECT_SECONDS))
        self._local = threading.local()
        self._lines: list[Line] = []
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def exchange(self, request: Request) -> Received:
        """Sends a request once, follows no redirect, and reads the reply.

        Raises:
            UnknownOutcome: a POST went out, and no usable answer came.
            ServiceError: nothing of it went out, or it was no POST.
            UsageError: a proxy setting or an address that cannot be used.
        """
        line = self._line()
        self._names.look_up(request.url)
        watch = Watch(line)
        with (
            self._deadlines.over(watch),
            _told(request, watch, self._timeout),
            closing(line.send(self._written(request, watch))) as response,
        ):
            content, error = _body(response, request)
            if response.status_code >= ERROR or not _is_at_its_end(response):
                # Many a server closes after an error without saying so, and a request that meets
                # that is of unknown outcome. What comes after a reply would be the next one's.
                line.shut()
            if error and request.method == "GET" and watch.is_late(error):
                # It can be asked for again, and what came may be a picture with more behind it.
                raise error
            cut = _in_our_words(error, request, watch, self._timeout) if error else None
            return Received(response.status_code, dict(response.headers), content, cut)

    def _written(self, request: Request, watch: "Watch") -> httpx.Request:
        connect = min(self._timeout, CONNECT_SECONDS)
        timeout = httpx.Timeout(self._timeout, connect=connect).as_dict()
        return httpx.Request(
            request.method,
            _url(request.url),
            content=request.content,
            headers=_HEADERS | request.headers,
            extensions={"trace": watch.see, "timeout": timeout},
        )

    def hang_up(self) -> None:
        """Ends this thread's connection: its next request gets a new one."""
        self._line().shut()

    def close(self) -> None:
        """Closes every connection."""
        for line in self._lines:
            line.client.close()

    def _line(self) -> "Line":
        line: Line | None = getattr(self._local, "line", None)
        if line is None:
            with self._lock:
                line = self._local.line = self._new()
                self._lines.append(line)
        return line

    def _new(self) -> "Line":
        self._tls = self._tls or context(self._base_url)
        # A proxy cannot reach this machine's loopback.
        if is_loopback(self._base_url) or not getproxies():
            straight = Straight(self._tls)
            return Line(
                httpx.Client(transport=straight, event_hooks={"response": [_stay]}), straight
            )
        check_proxies()
        try:
            return Line(httpx.Client(verify=self._tls, event_hooks={"response": [_stay]}))
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise UsageError(
                f"a proxy setting cannot be used: {error}",
                hint="look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY",
            ) from error


@dataclass(slots=True)
class Line:
    """A thread's client, and the sockets that it opened; `straight` goes past all proxies."""

    client: httpx.Client
    straight: httpx.HTTPTransport | None = None
    sockets: list[socket.socket] = field(default_factory=list)

    def send(self, request: httpx.Request) -> httpx.Response:
        """Sends it; the body of the reply is still to be read."""
        if self.straight is None or request.url.userinfo:
            return self.client.send(request, stream=True)
        # What a client does besides, for cookies and redirects, is a third of an exchange.
        response = self.straight.handle_request(request)
        _stay(response)
        return response

    def opened(self, new: socket.socket) -> None:
        """One more; those that were closed are forgotten."""
        self.sockets = [*(known for known in self.sockets if known.fileno() >= 0), new]

    def shut(self) -> None:
        """Ends all of them, whatever is being sent or read."""
        for known in self.sockets:
            # An SSLSocket's own method would pull its state from under whoever reads.
            with suppress(OSError):
                socket.socket.shutdown(known, socket.SHUT_RDWR)


class Watch:
    """What is known of one exchange: whether anything of it went out, and whether it is late."""

    def __init__(self, line: Line) -> None:
        self.sent = False
        self.late = False
        self._over = False
        self._line = line
        self._lock = threading.Lock()

    def see(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore's trace extension tells, step by step.

        https://www.encode.io/httpcore/extensions/#trace
        """
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._line.opened(info["return_value"].get_extra_info("socket"))
        elif event == "http11.send_request_headers.started":
            self._begin(info["request"].method)
        elif event == "http11.send_request_headers.failed":
            # The head is written in one piece: where that fails, for any reason but time, the
            # system took none of it.
            self.sent = self.sent and "Timeout" in type(info["exception"]).__name__

    def is_late(self, error: Exception) -> bool:
        """Whether it was the deadline that ended the exchange with this error."""
        return self.late or isinstance(error, httpx.TimeoutException)

    def end(self) -> None:
        """The deadline: what is open is shut, and what was not sent yet is not sent any more."""
        with self._lock:
            if self._over:
                return
            self.late = True
            self._line.shut()

    def close(self) -> None:
        """The exchange is over: its deadline must not end the next one on the connection."""
        with self._lock:
            self._over = True

    def _begin(self, method: bytes) -> None:
        if method == b"CONNECT":
            return
        with self._lock:
            if self.late:
                raise httpx.ConnectTimeout("")
            self.sent = True


def _stay(response: httpx.Response) -> None:
    """Puts aside where a redirect leads: httpx looks at it even when it is not to follow it."""
    if location := response.headers.pop("location", None):
        response.headers[MOVED] = location


def _body(response: httpx.Response, request: Request) -> tuple[bytes, Exception | None]:
    """The unpacked body, as much as came, and why that is not all of it.

    Of an error the status says it all. What is too large is raised.
    """
    is_error = response.status_code >= ERROR
    largest = min(request.largest, LARGEST_ERROR) if is_error else request.largest
    encoding = response.headers.get("content-encoding", "")
    body = BytesIO()
    try:
        for piece in bounded(inflated(response.iter_raw(), encoding), largest):
            body.write(piece)
    except TooMuchError:
        if not is_error:
            raise
    except RAISED as error:
        return body.getvalue(), None if is_error else error
    return body.getvalue(), None


def _is_at_its_end(response: httpx.Response) -> bool:
    """Whether nothing was read of the connection that does not belong to this reply.

    Anything that comes later httpcore sees itself, before it uses the connection again.
    """
    try:
        return not _READER(getattr(response.stream, "_stream", response.stream)).trailing_data[0]
    except AttributeError:
        return False


@contextmanager
def _told(request: Request, watch: Watch, seconds: float) -> Iterator[None]:
    try:
        yield
    except RAISED as error:
        raise _in_our_words(error, request, watch, seconds) from error


def _in_our_words(error: Exception, request: Request, watch: Watch, seconds: float) -> TogimgError:
    late = seconds if watch.is_late(error) else None
    return in_our_words(error, request, sent=watch.sent, late=late)


def in_our_words(
    error: Exception, request: Request, *, sent: bool, late: float | None = None
) -> TogimgError:
    """What httpx raised as one of togimg's errors: whether anything was `sent` decides the outcome.

    `late` is the deadline in seconds, when that was what ended the exchange.
    """
    host = urlsplit(request.url).netloc.rpartition("@")[2]
    words = hidden(str(error), request.key).lower().rstrip(".") or type(error).__name__
    if not sent:
        words = words if late is None else f"no connection within {late:g} s"
        if isinstance(error, _UNUSABLE):
            return UsageError(f"cannot reach {host}: {words}", hint="look at the address")
        return ServiceError(f"cannot reach {host}: {words}", hint=_next_step(error))
    words = words if late is None else f"it took more than {late:g} s"
    if request.method == "POST":
        return UnknownOutcome(
            f"no usable answer from {host}: {words}; the request may have been billed",
            hint="look at your usage before you ask again",
        )
    # Too much is too much the next time as well.
    outcome: Outcome = "refused" if isinstance(error, TooMuchError) else "unknown"
    return ServiceError(f"no usable answer from {host}: {words}", outcome=outcome)


def _next_step(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "if your network has a certificate of its own, name its file in SSL_CERT_FILE"
        cause = cause.__cause__ or cause.__context__
    return "look at the network, then try again"
