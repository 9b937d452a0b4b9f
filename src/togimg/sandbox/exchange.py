"""One request as it arrived, and one answer with the way it is handed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Manner = Literal[
    "whole",
    "chunked",
    "unended",
    "endless",
    "slow",
    "slow-head",
    "cut",
    "cut-head",
    "too-long",
    "too-short",
    "two-lengths",
    "no-length",
    "stale",
    "twice",
    "strayed",
    "hang",
    "reset",
    "close",
]
"""How an answer goes out: at once, in pieces, in drops, cut, under a wrong length, or never.

Twice, or with a stray one behind it, it leaves something that belongs to no request.
"""


@dataclass(frozen=True, slots=True)
class Received:
    """A request: its headers by lower-case name, its body as bytes.

    Attributes:
        elsewhere: Another origin that a fault may lead to, as HOST:PORT.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    elsewhere: str = ""

    @property
    def key(self) -> str:
        """The API key, or nothing."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""

    @property
    def host(self) -> str:
        """Where the client found this server, as HOST:PORT."""
        return self.headers.get("host", "127.0.0.1")

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers, a body, and how they are handed over.

    Attributes:
        paid: Pictures made and billed, whatever becomes of the answer.
        seconds: How long a slow answer takes.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    manner: Manner = "whole"
    paid: int = 0
    seconds: float = 0.0
