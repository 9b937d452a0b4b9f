"""What goes out and what comes back: a request, and the reply to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from togimg import __version__
from togimg.errors import TogimgError
from togimg.together.inflate import ACCEPTED

LARGEST_REPLY = 512 * 1024 * 1024
"""Bytes of a body, unpacked, before togimg gives up."""

_ALWAYS = {
    "accept": "*/*",
    "accept-encoding": ACCEPTED,
    "connection": "keep-alive",
    "user-agent": f"togimg/{__version__}",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out; `key` only to the API itself. `largest` is in bytes of the reply's body."""

    method: str
    url: str
    content: bytes | None = None
    key: str | None = None
    largest: int = LARGEST_REPLY


def headers(key: str | None, *, has_content: bool) -> dict[str, str]:
    """The headers of a request, but those for the host and for the length of the content."""
    kind = {"content-type": "application/json"} if has_content else {}
    return _ALWAYS | kind | ({"authorization": f"Bearer {key}"} if key else {})


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply whose body is still to come, in `pieces`, as it was sent.

    `is_alone` tells, once they have come, whether nothing was read behind them. `close` ends it,
    and keeps its connection for the next one if it can.
    """

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]
    is_alone: Callable[[], bool]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Received:
    """An HTTP reply: status, headers with lower-case names, body.

    `cut` is the error of a reply that promised more, or something else, than the body that came.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    cut: TogimgError | None = None
