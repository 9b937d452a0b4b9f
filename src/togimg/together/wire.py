"""One exchange: a request goes out, its whole reply comes in, by a deadline."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from togimg.addresses import hidden, is_loopback
from togimg.errors import Outcome, ServiceError, TogimgError, UnknownOutcome, UsageError
from togimg.seats import sit
from togimg.together.deadlines import Deadlines
from togimg.together.direct import Direct, address
from togimg.together.inflate import TooMuchError, bounded, inflated
from togimg.together.message import Answer, Received, Request
from togimg.together.names import Names
from togimg.together.proxies import are_named, check_proxies
from togimg.together.watch import Watch, Way

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 10.0
LONGEST_SECONDS = 7 * 24 * 3600.0

ERROR = 400
LARGEST_ERROR = 4 * 1024 * 1024
"""Bytes of an error's body, unpacked, of which togimg has read enough."""

RAISED = (OSError, ValueError)
"""Everything that an exchange raises."""


class Own(threading.local):
    """What each thread has for itself: its ways, by whether they are direct."""

    def __init__(self) -> None:
        self.ways: dict[bool, Way] = {}


class Wire:
    """The connections of a run, each thread's its own; `timeout` is the deadline in seconds.

    The deadline is for a request with its whole reply.
    """

    def __init__(self, base_url: str, timeout: float) -> None:
        self._timeout = min(timeout, LONGEST_SECONDS)
        self._connect = min(self._timeout, CONNECT_SECONDS)
        # A proxy cannot reach this machine's loopback.
        self._past_proxies = is_loopback(base_url) or not are_named()
        self._deadlines = Deadlines(self._timeout)
        self._names = Names(self._connect)
        self._own = Own()
        self._ways: list[Way] = []
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        self._once = threading.Lock()

    def exchange(self, request: Request) -> Received:
        """Sends a request once, follows no redirect, and reads the reply.

        Raises:
            UnknownOutcome: a POST went out, and no usable answer came.
            ServiceError: nothing of it went out, or it was no POST.
            UsageError: a proxy setting or an address that cannot be used.
        """
        try:
            return self._exchange(request)
        finally:
            sit()

    def _exchange(self, request: Request) -> Received:
        way = self._way(request.url)
        if self._past_proxies:
            # A proxy looks names up itself.
            self._names.look_up(request.url)
        watch = Watch(way)
        with (
            self._deadlines.over(watch),
            self._told(request, watch),
            closing(way.send(request, watch)) as answer,
        ):
            content, error = _body(answer, request)
            if answer.status >= ERROR or not answer.is_alone():
                # Many a server closes after an error without saying so, and a request that meets
                # that is of unknown outcome. What comes after a reply would be the next one's.
                way.shut()
            if error and request.method == "GET" and watch.late:
                # It can be asked for again, and what came may be a picture with more behind it.
                raise error
            cut = self._in_our_words(error, request, watch) if error else None
            return Received(answer.status, answer.headers, content, cut)

    def hang_up(self) -> None:
        """Ends this thread's connections: its next request gets a new one."""
        for way in self._own.ways.values():
            way.shut()

    def close(self) -> None:
        """Closes every connection."""
        for way in self._ways:
            way.close()

    def _way(self, url: str) -> Way:
        """This thread's way to an address."""
        is_direct = self._past_proxies and address(url) is not None
        ways = self._own.ways
        if is_direct not in ways:
            with self._lock:
                ways[is_direct] = self._direct() if is_direct else self._detour()
                self._ways.append(ways[is_direct])
        return ways[is_direct]

    def _direct(self) -> Way:
        return Direct(self._context, self._connect)

    def _detour(self) -> Way:
        from togimg.together.detour import Detour  # noqa: PLC0415  few need httpx

        if not self._past_proxies:
            check_proxies()
        past = self._past_proxies
        return Detour(self._context(), self._timeout, connect=self._connect, past=past)

    def _context(self) -> "ssl.SSLContext":
        from togimg.together.tls import context  # noqa: PLC0415  plain http needs none

        with self._once:
            self._tls = self._tls or context()
            return self._tls

    @contextmanager
    def _told(self, request: Request, watch: Watch) -> Iterator[None]:
        try:
            yield
        except RAISED as error:
            raise self._in_our_words(error, request, watch) from error

    def _in_our_words(self, error: Exception, request: Request, watch: Watch) -> TogimgError:
        seconds = self._timeout if watch.sent else self._connect
        late = seconds if watch.late else None
        return in_our_words(error, request, sent=watch.sent, late=late)


def _body(answer: Answer, request: Request) -> tuple[bytes, Exception | None]:
    """The unpacked body, as much as came, and why that is not all of it.

    Of an error the status says it all. What is too large is raised.
    """
    is_error = answer.status >= ERROR
    largest = min(request.largest, LARGEST_ERROR) if is_error else request.largest
    encoding = answer.headers.get("content-encoding", "")
    body: list[bytes] = []
    try:
        for piece in bounded(inflated(answer.pieces, encoding), largest):
            body.append(piece)  # noqa: PERF402  what came before an error is kept
    except TooMuchError:
        if not is_error:
            raise
    except RAISED as error:
        return b"".join(body), None if is_error else error
    return b"".join(body), None


def in_our_words(
    error: Exception, request: Request, *, sent: bool, late: float | None = None
) -> TogimgError:
    """What was raised as one of togimg's errors: whether anything was `sent` decides the outcome.

    `late` is the time allowed in seconds, when that was what ended the exchange.
    """
    host = urlsplit(request.url).netloc.rpartition("@")[2]
    words = hidden(str(error), request.key).lower().rstrip(".") or type(error).__name__
    if not sent:
        words = words if late is None else f"no connection within {late:g} s"
        if _is_unusable(error):
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


def _is_unusable(error: Exception) -> bool:
    # A certificate that is not trusted is a ValueError as well.
    return isinstance(error, ValueError) and not isinstance(error, OSError)


def _next_step(error: BaseException) -> str:
    import ssl  # noqa: PLC0415  plain http needs none

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "if your network has a certificate of its own, name its file in SSL_CERT_FILE"
        cause = cause.__cause__ or cause.__context__
    return "look at the network, then try again"
