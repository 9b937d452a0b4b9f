"""What the sandbox's tests share: a request to vary, and ways to send it."""

import json
import ssl
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from togimg.sandbox import Answer, Received, Sandbox, answer

Body = dict[str, Any]


@pytest.fixture
def asked() -> Callable[..., Body]:
    """A small request that is served; keywords change it, and None leaves a field out."""

    def build(**changes: Any) -> Body:
        plain = {
            "model": "black-forest-labs/FLUX.1-schnell",
            "prompt": "a lighthouse at dusk",
            "width": 64,
            "height": 64,
            "seed": 7,
            "response_format": "base64",
        }
        return {name: value for name, value in (plain | changes).items() if value is not None}

    return build


@pytest.fixture
def ask(asked: Callable[..., Body]) -> Callable[..., Answer]:
    """Asks for pictures in-process; `body` sends those bytes, `links` keeps the pictures."""

    def send(
        *, key: str | None = "a-key", body: bytes | None = None, links: Any = None, **changes: Any
    ) -> Answer:
        headers = {"host": "127.0.0.1:8000"} | ({"authorization": f"Bearer {key}"} if key else {})
        content = json.dumps(asked(**changes)).encode() if body is None else body
        return answer(Received("POST", "/v1/images/generations", headers, content), links)

    return send


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Made once: httpx makes one for every request, and that takes longer than the request."""
    return ssl.create_default_context()


@pytest.fixture
def get() -> Callable[..., Answer]:
    """Gets a path in-process."""

    def send(path: str, headers: Mapping[str, str], links: Any = None) -> Answer:
        return answer(Received("GET", path, headers), links)

    return send


@pytest.fixture
def post(asked: Callable[..., Body], tls: ssl.SSLContext) -> Callable[..., httpx.Response]:
    """Asks a running sandbox for pictures."""

    def send(sandbox: Sandbox, *, key: str = "a-key", **changes: Any) -> httpx.Response:
        return httpx.post(
            f"{sandbox.url}/images/generations",
            json=asked(**changes),
            headers={"authorization": f"Bearer {key}"},
            verify=tls,
        )

    return send
