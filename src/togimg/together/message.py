"""What goes out and what comes back: a request, and the reply to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from togimg.errors import TogimgError

MOVED = "x-location"
"""The header of a reply that has what came as `Location`."""

LARGEST_REPLY = 512 * 1024 * 1024
"""Bytes of a body, unpacked, before togimg gives up."""


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out; `key` only to the API itself. `largest` is in bytes of the reply's body."""

    method: str
    url: str
    content: bytes | None = None
    key: str | None = None
    largest: int = LARGEST_REPLY

    @property
    def headers(self) -> dict[str, str]:
        """The headers that are this request's own."""
        kind = {} if self.content is None else {"content-type": "application/json"}
        return kind | ({"authorization": f"Bearer {self.key}"} if self.key else {})


@dataclass(frozen=True, slots=True)
class Received:
    """An HTTP reply: status, headers with lower-case names, body.

    `cut` is the error of a reply that promised more, or something else, than the body that came.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    cut: TogimgError | None = None
