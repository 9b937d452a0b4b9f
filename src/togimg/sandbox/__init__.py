"""An emulator of the API on loopback: stand-in pictures, real refusals, faults on request.

It shares no code with the client but the setting of letters, so that a misreading of the API cannot
hide in both.
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
from togimg.sandbox.gates import Gates

if TYPE_CHECKING:
    from types import TracebackType

    from togimg.sandbox.server import Server

__all__ = ["FAULTS", "Answer", "Fault", "Received", "Sandbox", "answer", "parse"]

KEPT_REQUESTS = 10_000
NO_REQUEST = Received("", "", {})


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
        faults = tuple(faults)
        self._script = Script(faults)
        self._gates = Gates(faults)
        self._links: Links = {}
        self._requests: deque[Received] = deque(maxlen=KEPT_REQUESTS)
        self._elsewhere: list[Received] = []
        self._paid = 0
        self._lock = Lock()
        self._ended = Event()
        self._server: Server | None = None
        self._stranger: Server | None = None

    def __enter__(self) -> Self:
        from togimg.sandbox.server import Server  # noqa: PLC0415  help texts need no server

        self._server = _started(Server(self._address, self.answer, self._greeting))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        self._ended.set()
        self._running.stop()
        if self._stranger:
            self._stranger.stop()

    @property
    def url(self) -> str:
        """The root of the API, such as http://127.0.0.1:49152/v1."""
        return f"http://{_authority(self._running)}/v1"

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
    def elsewhere(self) -> tuple[Received, ...]:
        """What came to the other origin, where `redirect-away` and `picture-away` lead."""
        with self._lock:
            return tuple(self._elsewhere)

    @property
    def connections(self) -> int:
        """TCP connections accepted so far."""
        return self._running.accepted

    def answer(self, received: Received) -> Answer:
        """The answer to one request, faults and latency included."""
        due = time.monotonic() + (self._latency if received.method == "POST" else 0.0)
        with self._lock:
            self._requests.append(received)
        with self._gates.passing(received) as shut:
            fault = shut or self._script.next_for(received)
            made = self._played(fault, received) if fault else answer(received, self._links)
            with self._lock:
                self._paid += made.paid
            self._ended.wait(max(0.0, due - time.monotonic()))
        return made

    def _played(self, fault: Fault, received: Received) -> Answer:
        def make(*, recast: Recast | None = None, also: Mapping[str, Any] | None = None) -> Answer:
            return answer(enriched(received, also or {}), self._links, recast)

        if fault.kind.leads_away:
            received = replace(received, elsewhere=self._other_origin())
        return fault.kind.play(fault, make, received)

    def _greeting(self) -> Answer | None:
        fault = self._script.next_for_connection()
        return fault.kind.play(fault, _nothing_made, NO_REQUEST) if fault else None

    def _other_origin(self) -> str:
        """HOST:PORT of a server that is opened when the first client is sent there."""
        from togimg.sandbox.server import Server  # noqa: PLC0415  help texts need no server

        with self._lock:
            if not self._stranger:
                self._stranger = _started(Server((self._address[0], 0), self._answer_elsewhere))
            return _authority(self._stranger)

    def _answer_elsewhere(self, received: Received) -> Answer:
        with self._lock:
            self._elsewhere.append(received)
        return answer(received, self._links)

    @property
    def _running(self) -> "Server":
        if self._server is None:
            raise RuntimeError("the sandbox serves inside its `with` block only")
        return self._server


def _started(server: "Server") -> "Server":
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def _authority(server: "Server") -> str:
    host, port = server.server_name, server.server_port
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _nothing_made(**_: object) -> Answer:
    return Answer(0)


def enriched(received: Received, also: Mapping[str, Any]) -> Received:
    """The request with more in its body; one that is no JSON object stays as it is."""
    if not also:
        return received
    try:
        return replace(received, body=json.dumps(json.loads(received.body) | also).encode())
    except (ValueError, TypeError):
        return received
