"""Ways to a host that are not straight: proxies, and addresses to be written in other letters.

httpx knows both, and is loaded only where they are met.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Any

from togimg.errors import UsageError
from togimg.seats import PATIENCE, aside
from togimg.together.lean import httpx
from togimg.together.message import Answer, Request, headers
from togimg.together.talk import shut
from togimg.together.watch import Watch

RAISED = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, ValueError)
"""Everything that httpx raises for an exchange; ValueError for names in `idna`."""

_UNUSABLE = (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError, ValueError)
_MOVED = "x-location"
_READER = attrgetter("_stream._httpcore_stream._stream._connection._h11_state")
"""Where a stream has what was read of its connection; it cannot be asked for openly."""


class Detour:
    """A thread's httpx client: by the proxies of the environment, or `past` them.

    `timeout` is in seconds, as is that for a connection, `connect`.
    """

    def __init__(self, tls: ssl.SSLContext, timeout: float, *, connect: float, past: bool) -> None:
        self._timeout = httpx.Timeout(timeout, connect=connect).as_dict()
        self._sockets: list[socket.socket] = []
        try:
            self._client = httpx.Client(
                verify=tls, trust_env=not past, event_hooks={"response": [_stay]}
            )
        except (ValueError, ImportError, httpx.InvalidURL) as error:
            raise UsageError(
                f"a proxy setting cannot be used: {error}",
                hint="look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY",
            ) from error

    def send(self, request: Request, watch: Watch) -> Answer:
        """Sends a request, and waits for the head of the reply; raises as `Way` says."""
        try:
            with aside(PATIENCE):
                response = self._client.send(self._written(request, watch), stream=True)
        except RAISED as error:
            raise plain(error, watch) from error
        headers = dict(response.headers)
        if _MOVED in headers:
            headers["location"] = headers.pop(_MOVED)
        return Answer(
            response.status_code,
            headers,
            _pieces(response, watch),
            partial(_is_alone, response),
            response.close,
        )

    def shut(self) -> None:
        """Breaks off what is being sent or read, from any thread."""
        for known in self._sockets:
            shut(known)

    def close(self) -> None:
        """Closes every connection."""
        self._client.close()

    def _written(self, request: Request, watch: Watch) -> httpx.Request:
        return httpx.Request(
            request.method,
            request.url,
            content=request.content,
            headers=headers(request.key, has_content=request.content is not None),
            extensions={"trace": partial(self._see, watch), "timeout": self._timeout},
        )

    def _see(self, watch: Watch, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore's trace extension tells, step by step.

        https://www.encode.io/httpcore/extensions/#trace
        """
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            new = info["return_value"].get_extra_info("socket")
            self._sockets = [*(known for known in self._sockets if known.fileno() >= 0), new]
        else:
            follow(watch, event, info)


def follow(watch: Watch, event: str, info: Mapping[str, Any]) -> None:
    """Tells the watch, step by step, whether anything of a request was sent."""
    if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
        watch.begin()
    elif event == "http11.send_request_headers.failed":
        # The head is written in one piece: where that fails, for any reason but time, the
        # system took none of it.
        watch.sent = watch.sent and "Timeout" in type(info["exception"]).__name__


def plain(error: Exception, watch: Watch) -> OSError | ValueError:
    """What httpx raised, as connections past it would raise it."""
    watch.late = watch.late or isinstance(error, httpx.TimeoutException)
    words = str(error) or type(error).__name__
    return ValueError(words) if isinstance(error, _UNUSABLE) else ConnectionError(words)


def _pieces(response: httpx.Response, watch: Watch) -> Iterator[bytes]:
    pieces = response.iter_raw()
    try:
        while True:
            with aside(PATIENCE):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece
    except RAISED as error:
        raise plain(error, watch) from error


def _is_alone(response: httpx.Response) -> bool:
    # Anything that comes later httpcore sees itself, before it uses the connection again.
    try:
        return not _READER(response.stream).trailing_data[0]
    except AttributeError:
        return False


def _stay(response: httpx.Response) -> None:
    """Puts aside where a redirect leads: httpx looks at it even when it is not to follow it."""
    if location := response.headers.pop("location", None):
        response.headers[_MOVED] = location
