"""Names of hosts, looked up in time: the system itself breaks no look-up off."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from togimg.errors import ServiceError
from togimg.seats import PATIENCE, aside


class Names:
    """The names that were looked up in this run; each look-up may take `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._found: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def look_up(self, url: str) -> None:
        """Returns when the system knows an answer for the host.

        Raises:
            ServiceError: it takes too long.
        """
        host = urlsplit(url).hostname
        if host and not _is_set(self._answer(host), self._seconds):
            with self._lock:
                self._found.pop(host, None)
            raise ServiceError(
                f"cannot reach {host}: its name was not found within {self._seconds:g} s",
                hint="look at the network, then try again",
            )

    def _answer(self, host: str) -> threading.Event:
        with self._lock:
            found = self._found.get(host)
            if found is None:
                found = self._found[host] = threading.Event()
                threading.Thread(target=_ask, args=(host, found), daemon=True).start()
            return found


def _is_set(answer: threading.Event, seconds: float) -> bool:
    if answer.is_set():
        return True
    with aside(PATIENCE):
        return answer.wait(seconds)


def _ask(host: str, found: threading.Event) -> None:
    # What is wrong with the name is said when it is connected to.
    with suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found.set()
