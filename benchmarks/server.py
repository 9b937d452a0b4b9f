"""A stand-in for the API that is never the bottleneck: one reply, made before the first request.

`python -m benchmarks.server` prints its port. What it counted is at `/counts`.
"""

import argparse
import asyncio
import io
import json
import random
import socket
from base64 import b64encode
from dataclasses import dataclass, field

from PIL import Image

HEAD_END = b"\r\n\r\n"
SMALL, LARGE = (512, 512), (2000, 2000)
SMALL_QUALITY = 92


def small() -> bytes:
    """A JPEG of 512x512 pixels and about 120 KB."""
    grain = Image.frombytes("L", SMALL, random.Random(1).randbytes(SMALL[0] * SMALL[1]))  # noqa: S311
    sky = Image.linear_gradient("L").resize(SMALL)
    picture = Image.merge("RGB", (sky, Image.blend(sky, grain, 0.25), sky))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=SMALL_QUALITY)
    return file.getvalue()


def large() -> bytes:
    """A PNG of four megapixels and 12 MB."""
    picture = Image.frombytes("RGB", LARGE, random.Random(1).randbytes(LARGE[0] * LARGE[1] * 3))  # noqa: S311
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


@dataclass
class Counts:
    """What the server has seen of generations: `flying` now, at most `together` at once."""

    connections: int = 0
    requests: int = 0
    limited: int = 0
    flying: int = 0
    together: int = 0


@dataclass
class Stand:
    """What is answered, `latency` seconds late; all but `most` at once are told 429."""

    reply: bytes
    picture: bytes
    latency: float
    most: int | None = None
    counts: Counts = field(default_factory=Counts)


class Talk(asyncio.Protocol):
    """One connection, kept alive; its requests come one after the other."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._unread = bytearray()
        self._asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  a TCP connection is one
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every whole request."""
        self._unread += data
        while (end := self._unread.find(HEAD_END)) >= 0:
            head = bytes(self._unread[:end])
            whole = end + len(HEAD_END) + _length(head)
            if len(self._unread) < whole:
                return
            del self._unread[:whole]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        stand, counts = self._stand, self._stand.counts
        if head.startswith(b"POST ") and not self._asked:
            self._asked = True
            counts.connections += 1
        if head.startswith(b"GET /counts"):
            self._transport.write(_http(json.dumps(vars(counts)).encode(), "application/json"))
        elif head.startswith(b"GET "):
            self._transport.write(stand.picture)
        elif stand.most is not None and counts.flying >= stand.most:
            counts.limited += 1
            self._transport.write(_LIMITED)
        else:
            counts.flying += 1
            counts.requests += 1
            counts.together = max(counts.together, counts.flying)
            asyncio.get_running_loop().call_later(stand.latency, self._deliver)

    def _deliver(self) -> None:
        self._stand.counts.flying -= 1
        self._transport.write(self._stand.reply)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _http(body: bytes, kind: str, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_LIMITED = _http(
    b'{"error": {"message": "rate limit", "type": "rate_limit"}}',
    "application/json",
    "429 Too Many Requests",
)


async def _serve(asked: argparse.Namespace) -> None:
    picture = large() if asked.large else small()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    link = {"url": f"http://127.0.0.1:{port}/picture"}
    entry = link if asked.urls else {"b64_json": b64encode(picture).decode()}
    pictures = [
        {"index": index, "type": next(iter(entry)), **entry} for index in range(asked.pictures)
    ]
    answer = {
        "id": "stand-in",
        "model": "stand-in/one",
        "object": "list",
        "data": pictures,
    }
    stand = Stand(
        reply=_http(json.dumps(answer).encode(), "application/json"),
        picture=_http(picture, "image/png" if asked.large else "image/jpeg"),
        latency=asked.latency,
        most=asked.most,
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Talk(stand), sock=listener)
    print(port, flush=True)
    await server.serve_forever()


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds until an answer")
    parser.add_argument("--pictures", type=int, default=1, help="pictures in every answer")
    parser.add_argument("--large", action="store_true", help="pictures of 12 MB, not 120 KB")
    parser.add_argument("--urls", action="store_true", help="answer with addresses")
    parser.add_argument("--most", type=int, help="requests at once before it says 429")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
