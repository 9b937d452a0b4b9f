"""Asking a service through the client alone, with whatever comes of it as a value."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from running import KEY
from togimg.errors import TogimgError, UnknownOutcome
from togimg.pacing import Halt
from togimg.retry import Pause, Policy
from togimg.together import Together

T = TypeVar("T")

FOX: Mapping[str, Any] = {
    "model": "black-forest-labs/FLUX.1-schnell",
    "prompt": "fox",
    "width": 64,
    "height": 64,
    "seed": 7,
}
PICTURE = b'{"data":[{"b64_json":"Zm94"}]}'


@dataclass(frozen=True)
class Came:
    """What a request came to, and the waits on the way."""

    result: Any
    error: TogimgError | None
    pauses: list[Pause]

    @property
    def outcome(self) -> str:
        return self.error.outcome if self.error else "made"

    @property
    def message(self) -> str:
        return self.error.message if self.error else ""


def service(url: str, *, timeout: float = 5.0, halt: Halt | None = None, **policy: Any) -> Together:
    """The client, which does not wait between tries unless the service asks it to."""
    quick = Policy(jitter=lambda: 0.0, **policy)
    return Together(url, KEY, timeout=timeout, policy=quick, halt=halt or Halt())


def come(steps: Generator[Pause, None, T]) -> Came:
    """Everything that the steps come to."""
    pauses = []
    try:
        while True:
            pauses.append(next(steps))
    except StopIteration as done:
        return Came(done.value, None, pauses)
    except TogimgError as error:
        return Came(None, error, pauses)


def ask(url: str, body: Mapping[str, Any] = FOX, **how: Any) -> Came:
    """Asks for pictures once."""
    asked = service(url, **how)
    try:
        return come(asked.generate(body))
    finally:
        asked.close()


def fetch(api: str, url: str, **how: Any) -> Came:
    """Downloads a picture, which is whole when it ends as `fox` does."""
    asked = service(api, **how)
    try:
        return come(asked.fetch(url, "r-1", whole))
    finally:
        asked.close()


def whole(data: bytes) -> bytes:
    """The bytes, unless they are a part of a fox."""
    if b"fo" in data and not data.endswith(b"x"):
        raise UnknownOutcome("not whole")
    return data
