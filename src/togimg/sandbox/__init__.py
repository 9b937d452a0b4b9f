"""An emulator of the API on loopback: stand-in pictures, real refusals, faults on request.

It shares no code with the client, so that a misreading of the API cannot hide in both.
"""

import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from togimg.sandbox.application import Links, Recast, answer
from togimg.sandbox.exchange import Answer, Received
from togimg.sandbox.faults import FAULTS, Fault, Script, parse

if TYPE_CHECKING:
    from types import TracebackType

    from togimg.sandbox.server import Server

__all__ = ["FAULTS", "Answer", "Fault", "Received", "Sandbox", "answer", "parse"]

KEPT_REQUESTS = 10_000


class Sandbox:
    """A server for the length of a `with` block.

    Args:
        host: Where it listens; loopback, unless other machines are to reach it.
        port: Its port; 0 takes a free one.
        faults: What goes wrong, in this order.
        latency: The least time from a POST to its answer, in seconds.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Iterable[Fault] = (),
        latency: float = 0.0,
    ) -> None:
        self._address = (host, port)
        self._latency = latency
        self._script = Script(faults)
        self._links: Links = {}
        self._requests: deque[Received] = deque(maxlen=KEPT_REQUESTS)
        self._paid = 0
        self._lock = Lock()
        self._ended = Event()
        self._server: Server | None = None

    def __enter__(self) -> Self:
        from togimg.sandbox.server import Server  # noqa: PLC0415  help texts need no server

        self._server = Server(self._address, self.answer)
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        self._ended.set()
        self._running.stop()

    @property
    def url(self) -> str:
        """The root of the API, such as http://127.0.0.1:49152/v1."""
        host, port = self._running.server_name, self._running.server_port
        return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"

    @property
    def requests(self) -> tuple[Received, ...]:
        """The requests so far, in order of arrival; of very many, the last ten thousand."""
        with self._lock:
            return tuple(self._requests)

    @property
    def paid(self) -> int:
        """Pictures billed so far: counted when made, whatever becomes of the answer."""
        with self._lock:
            return self._paid

    @property
    def connections(self) -> int:
        """TCP connections accepted so far."""
        return self._running.accepted

    def wait(self) -> None:
        """Block until another thread ends the sandbox, or an interrupt is raised here."""
        # An endless wait cannot be interrupted everywhere.
        while not self._ended.wait(0.5):
            pass

    def answer(self, received: Received) -> Answer:
        """The answer to one request, faults and latency included."""
        due = time.monotonic() + (self._latency if received.method == "POST" else 0.0)
        with self._lock:
            self._requests.append(received)
        fault = self._script.next_for(received)
        made = self._played(fault, received) if fault else answer(received, self._links)
        with self._lock:
            self._paid += made.paid
        self._ended.wait(max(0.0, due - time.monotonic()))
        return made

    def _played(self, fault: Fault, received: Received) -> Answer:
        def make(*, recast: Recast | None = None, also: Mapping[str, Any] | None = None) -> Answer:
            return answer(enriched(received, also or {}), self._links, recast)

        return fault.kind.play(fault, make, received)

    @property
    def _running(self) -> "Server":
        if self._server is None:
            raise RuntimeError("the sandbox serves inside its `with` block only")
        return self._server


def enriched(received: Received, also: Mapping[str, Any]) -> Received:
    """The request with more in its body; one that is no JSON object stays as it is."""
    if not also:
        return received
    try:
        return replace(received, body=json.dumps(json.loads(received.body) | also).encode())
    except (ValueError, TypeError):
        return received
