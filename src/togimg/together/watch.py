"""What is known of an exchange while it lasts: whether anything went out, whether it is late."""

import threading
from typing import Protocol

from togimg.together.message import Answer, Request


class Way(Protocol):
    """How a thread's requests reach a host."""

    def send(self, request: Request, watch: "Watch") -> Answer:
        """Sends a request, and waits for the head of the reply.

        Raises:
            OSError: no reply; `watch` knows whether anything went out.
            ValueError: the request cannot be sent as it is.
        """

    def shut(self) -> None:
        """Breaks off what is being sent or read, from any thread."""

    def close(self) -> None:
        """Closes every connection."""


class Watch:
    """One exchange on its way: whether anything of it went out, and whether it is late."""

    def __init__(self, way: Way) -> None:
        self.sent = False
        self.late = False
        self._over = False
        self._way = way
        self._lock = threading.Lock()

    def begin(self) -> None:
        """From here on something of the request may have gone out.

        Raises:
            TimeoutError: it is late, and must not begin any more.
        """
        with self._lock:
            if self.late:
                raise TimeoutError
            self.sent = True

    def end(self) -> None:
        """The deadline: what is open is shut, and what was not sent yet is not sent any more."""
        with self._lock:
            if self._over:
                return
            self.late = True
            self._way.shut()

    def close(self) -> None:
        """The exchange is over: its deadline must not end the next one on the connection."""
        with self._lock:
            self._over = True
