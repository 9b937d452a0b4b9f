"""The API: a body becomes pictures or an error, an address becomes bytes; obeys the policy."""

import json
import ssl
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from togimg import __version__
from togimg.addresses import check_picture_url, is_loopback
from togimg.errors import ServiceError, TogimgError, UnknownOutcome, UsageError
from togimg.pacing import Halt
from togimg.retry import FREE_STATUSES, SAFE_STATUSES, Pause, Policy
from togimg.together import answers
from togimg.together.answers import Picture, Reply
from togimg.together.tls import context

__all__ = ["Picture", "Reply", "Together"]

USER_AGENT = f"togimg/{__version__}"
CONNECT_SECONDS = 10.0
LARGEST_REPLY = 512 * 1024 * 1024
MOST_REDIRECTS = 5
"""Bytes of a reply's body, and hops on the way to a picture, before togimg gives up."""


@dataclass(frozen=True, slots=True)
class Received:
    """A whole HTTP reply: status, headers with lower-case names, body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Together:
    """The service at `base_url` (the API root, with `/v1`), for any number of threads.

    Each thread has its own connection. `timeout` is a deadline in seconds for one request with
    its whole reply. `halt`, once it has stopped, ends every wait between tries.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout: float,
        policy: Policy,
        halt: Halt,
    ) -> None:
        self.base_url = base_url
        self._key = key
        self._timeout = timeout
        self._policy = policy
        self._halt = halt
        self._local = threading.local()
        self._clients: list[httpx.Client] = []
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def generate(self, body: Mapping[str, Any]) -> Generator[Pause, None, Reply]:
        """Asks for pictures. What may have been billed is never sent again.

        Raises:
            TogimgError: whose `outcome` says what became of the request.
        """
        content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
        request = ("POST", f"{self.base_url}/images/generations", content)
        received = yield from self._persist(request, SAFE_STATUSES, with_key=True)
        return answers.reply(received.status, received.headers, received.content, self._key)

    def fetch(self, url: str, request_id: str | None) -> Generator[Pause, None, bytes]:
        """Downloads a picture, without the key; each hop of a redirect is checked.

        Raises:
            UnknownOutcome: it cannot be had; the message names the URL and the request.
        """
        hop = url
        try:
            for _ in range(MOST_REDIRECTS + 1):
                check_picture_url(hop, api=self.base_url)
                received = yield from self._persist(("GET", hop, None), FREE_STATUSES)
                target = received.headers.get("location")
                if not (300 <= received.status < 400 and target):  # noqa: PLR2004
                    return answers.picture(received.status, received.content)
                hop = str(httpx.URL(hop).join(target))
            reason = f"more than {MOST_REDIRECTS} redirects"
        except (TogimgError, httpx.InvalidURL, ValueError) as error:
            reason = str(error)
        raise UnknownOutcome(
            f"the picture of request {request_id} cannot be fetched from {url}: {reason}",
            hint="it was made and may have been billed: fetch it by hand soon, such links expire",
        )

    def models(self) -> Generator[Pause, None, list[dict[str, Any]]]:
        """The service's own list of models, as it gives it.

        Raises:
            TogimgError: the list cannot be had or read.
        """
        received = yield from self._persist(
            ("GET", f"{self.base_url}/models", None), FREE_STATUSES, with_key=True
        )
        return answers.listing(received.status, received.headers, received.content, self._key)

    def close(self) -> None:
        """Closes every connection."""
        for client in self._clients:
            client.close()

    def _persist(
        self,
        request: tuple[str, str, bytes | None],
        again: frozenset[int],
        *,
        with_key: bool = False,
    ) -> Generator[Pause, None, Received]:
        """Tries until there is a reply worth reading, as long as the policy allows."""
        attempt = 1
        while True:
            try:
                received = self._send(*request, with_key=with_key)
            except ServiceError as error:
                wait = self._wait(attempt, {})
                if wait is None:
                    raise
                reason = error.message
            else:
                if received.status not in again:
                    return received
                wait = self._wait(attempt, received.headers)
                if wait is None:
                    return received
                reason = answers.why_wait(received.status)
            yield Pause(wait, reason)
            if not self._halt.pause(wait):
                raise ServiceError(f"stopped while waiting: {reason}")
            attempt += 1

    def _wait(self, attempt: int, headers: Mapping[str, str]) -> float | None:
        wait = self._policy.wait(attempt, headers)
        return None if wait is None or not self._halt.allows(wait) else wait

    def _send(self, method: str, url: str, content: bytes | None, *, with_key: bool) -> Received:
        headers = {"content-type": "application/json"} if content is not None else {}
        if with_key:
            headers["authorization"] = f"Bearer {self._key}"
        deadline = time.monotonic() + self._timeout
        client = self._client()
        with (
            _in_our_words(url, may_be_billed=content is not None),
            client.stream(method, url, content=content, headers=headers) as response,
        ):
            body = b"".join(_bounded(response, deadline))
            return Received(response.status_code, dict(response.headers), body)

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = self._new_client()
        return client

    def _new_client(self) -> httpx.Client:
        with self._lock:
            if self._tls is None:
                self._tls = context(self.base_url)
            try:
                client = httpx.Client(
                    verify=self._tls,
                    headers={"user-agent": USER_AGENT},
                    timeout=httpx.Timeout(self._timeout, connect=CONNECT_SECONDS),
                    # A proxy cannot reach this machine's loopback.
                    trust_env=not is_loopback(self.base_url),
                )
            except (ValueError, ImportError, httpx.InvalidURL) as error:
                raise UsageError(
                    f"a proxy setting cannot be used: {error}",
                    hint="look at HTTP_PROXY, HTTPS_PROXY and ALL_PROXY",
                ) from error
            self._clients.append(client)
            return client


@contextmanager
def _in_our_words(url: str, *, may_be_billed: bool) -> Iterator[None]:
    """Turns what httpx raises into togimg's errors, with the outcome each one has."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        raise ServiceError(
            f"cannot reach {host}: {_words(error)}", hint="look at the network, then try again"
        ) from error
    except httpx.UnsupportedProtocol as error:
        raise UsageError(f"cannot reach {host}: {_words(error)}") from error
    except httpx.HTTPError as error:
        if may_be_billed:
            raise UnknownOutcome(
                f"no usable answer from {host}: {_words(error)}; the request may have been billed",
                hint="look at your usage before you ask again",
            ) from error
        raise ServiceError(f"no usable answer from {host}: {_words(error)}") from error


def _words(error: Exception) -> str:
    return str(error).lower().rstrip(".") or type(error).__name__


def _bounded(response: httpx.Response, deadline: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > LARGEST_REPLY:
            raise httpx.ReadError(f"the answer is larger than {LARGEST_REPLY} bytes")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer took longer than --timeout allows")
        yield chunk
