"""The API: a body becomes pictures or an error, an address becomes bytes; obeys the policy."""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote, urljoin

from togimg.addresses import check_picture_url, hidden
from togimg.errors import RefusedError, TogimgError, UnknownOutcome
from togimg.pacing import Halt, Landing, Pace
from togimg.retry import Pause, Policy, TooLong, kind
from togimg.together import answers
from togimg.together.answers import Picture, Reply
from togimg.together.message import LARGEST_REPLY, Received, Request
from togimg.together.setbacks import Setback, is_spurious, last, setback, stopped
from togimg.together.wire import Wire

__all__ = ["Picture", "Reply", "Together"]

T = TypeVar("T")

MOST_REDIRECTS = 5
"""Hops on the way to a picture before togimg gives up."""

LONGEST_SHOWN = 4000
"""Characters of an address in a message: all of any that can be fetched by hand."""

FETCH_TRIES = 5

_HOLDS = frozenset({429, 503, 529})
"""Statuses that concern everyone: their waits hold all requests of the run."""


class Together:
    """The service at `base_url` (the API root, with `/v1`), for any number of threads.

    `timeout` is a deadline in seconds for one request with its whole reply. At most `jobs`
    requests are in flight, and no reply is read beyond `largest` bytes, unpacked. `halt`, once it
    has stopped, ends every wait between tries.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float,
        policy: Policy,
        halt: Halt,
        jobs: int = 64,
        largest: int = LARGEST_REPLY,
    ) -> None:
        self.base_url = base_url
        self._key = key
        self._largest = largest
        self._policy = policy
        self._free = replace(policy, free=True)
        self._wire = Wire(base_url, timeout)
        self._asking = Pace(jobs, halt)
        self._fetching = Pace(jobs, Landing(halt))

    def generate(
        self, body: Mapping[str, Any], accept: Callable[[bytes], object] = bytes
    ) -> Generator[Pause, None, Reply]:
        """Asks for pictures. What may have been billed is not sent again, unless so told.

        Then a reply of which `accept` takes no picture is one more try; it raises UnknownOutcome.

        Raises:
            TogimgError: whose `outcome` says what became of the request.
        """
        content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        url = f"{self.base_url}/images/generations"
        request = Request("POST", url, content, self._key, self._largest)

        def read(it: Received) -> Reply:
            found = answers.reply(it.status, it.headers, it.content, self._key)
            if self._policy.retry_unknown:
                _hold_one(found, accept)
            return found

        def attempt() -> Reply | Setback:
            found = _attempt(lambda: self._wire.exchange(request), read)
            if isinstance(found, Setback):
                # What is left of a bad answer must not be taken for the next one's.
                self._wire.hang_up()
            if isinstance(found, Setback) and is_spurious(found.error, body):
                return replace(found, what="spurious")
            return found

        return (yield from self._persist(attempt, self._policy, self._asking))

    def fetch(
        self, url: str, request_id: str | None, accept: Callable[[bytes], T]
    ) -> Generator[Pause, None, T]:
        """Downloads a picture, without the key, until `accept` takes it; what that makes of it.

        `accept` raises UnknownOutcome for what is no whole picture.

        Raises:
            UnknownOutcome: it cannot be had; the message names the URL and the request.
        """

        def read(it: Received) -> T:
            return accept(answers.picture(it.status, it.content))

        def attempt() -> T | Setback:
            found = _attempt(lambda: self._download(url), read)
            if isinstance(found, Setback) and found.error.status and kind(found.what) != "busy":
                # A link just signed may be refused at first, and asking costs nothing.
                return replace(found, what="unknown")
            return found

        policy = replace(self._free, retries=FETCH_TRIES - 1)
        try:
            return (yield from self._persist(attempt, policy, self._fetching))
        except TogimgError as error:
            shown = hidden(url, self._key)[:LONGEST_SHOWN]
            raise UnknownOutcome(
                f"the picture of request {request_id} cannot be fetched from {shown}: "
                f"{error.message}",
                hint="it was made and may have been billed: fetch it by hand soon, "
                "such links expire",
            ) from error

    def models(self) -> Generator[Pause, None, list[dict[str, Any]]]:
        """The service's own list of models, as it gives it.

        Raises:
            TogimgError: the list cannot be had or read.
        """
        request = Request("GET", f"{self.base_url}/models", key=self._key)

        def read(it: Received) -> list[dict[str, Any]]:
            return answers.listing(it.status, it.headers, it.content, self._key)

        def attempt() -> list[dict[str, Any]] | Setback:
            return _attempt(lambda: self._wire.exchange(request), read)

        return (yield from self._persist(attempt, self._free, self._fetching))

    def close(self) -> None:
        """Closes every connection."""
        self._wire.close()

    def _download(self, url: str) -> Received:
        """What is at the end of the redirects; each hop is checked."""
        hop = url
        for _ in range(MOST_REDIRECTS + 1):
            try:
                check_picture_url(hop, api=self.base_url)
            except ValueError as error:
                raise RefusedError(str(error)) from error
            if hidden(unquote(hop), self._key) != unquote(hop):
                raise RefusedError("the address repeats the key")
            received = self._wire.exchange(Request("GET", hop, largest=self._largest))
            if not 300 <= received.status < 400:  # noqa: PLR2004
                return received
            hop = _joined(hop, received.headers.get("location", ""))
        raise RefusedError(f"more than {MOST_REDIRECTS} redirects")

    def _persist(
        self, attempt: Callable[[], T | Setback], policy: Policy, pace: Pace
    ) -> Generator[Pause, None, T]:
        """Tries until something comes of it, as long as the policy allows."""
        tried: list[Any] = []
        found: T | Setback | None = None
        while True:
            ticket = pace.enter(len(tried))
            if ticket is None:
                raise stopped(tried, found if isinstance(found, Setback) else None)
            try:
                found = attempt()
                if not isinstance(found, Setback):
                    pace.succeeded(ticket)
                    return found
                tried.append(found.what)
                if found.what == 429:  # noqa: PLR2004
                    pace.limited(ticket)
                wait = policy.wait(tried, found.headers, pace.halt.left)
                if wait is None or isinstance(wait, TooLong):
                    raise last(tried, found, wait, free=policy.free) from found.error
                holds = found.what in _HOLDS
                is_news = pace.hold(wait) if holds else True
            finally:
                pace.leave()
            if is_news:
                yield Pause(wait, found.reason, kind(found.what))
            if not holds and not pace.halt.pause(wait):
                raise stopped(tried, found)


def _hold_one(reply: Reply, accept: Callable[[bytes], object]) -> None:
    """Raises what is wrong with the last picture of a reply that holds none."""
    wrong = None
    for picture in reply.pictures:
        if picture.url:
            return
        try:
            accept(picture.data or b"")
        except UnknownOutcome as error:
            wrong = error
        else:
            return
    if wrong:
        raise UnknownOutcome(
            f"{wrong.message}; the request may have been billed",
            hint="look at your usage before you ask again",
        ) from wrong


def _joined(hop: str, target: str) -> str:
    try:
        joined = urljoin(hop, target.strip())
    except ValueError:
        joined = ""
    if not (target and joined):
        raise RefusedError("a redirect leads nowhere")
    return joined


def _attempt(exchange: Callable[[], Received], read: Callable[[Received], T]) -> T | Setback:
    headers: Mapping[str, str] = {}
    cut = None
    try:
        received = exchange()
        cut = received.cut
        # The service asks to wait in replies that are good, too.
        headers = received.headers if received.status != 200 else {}  # noqa: PLR2004
        return read(received)
    except TogimgError as error:
        # Where a reply was cut and cannot be used, that is why.
        return setback(cut or error, headers)
