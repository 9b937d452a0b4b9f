"""References as the API takes them: each is read once, however many jobs use it."""

import sys
import threading

from togimg import pictures
from togimg.errors import UsageError
from togimg.pictures import Reference
from togimg.request import Source
from togimg.together.reading import decode

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of references that are kept ready; what was used longest ago is read again."""


class References:
    """The reference pictures of a run, ready to send, by their source; at most `most` bytes."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._bytes = 0
        # The last used last.
        self._ready: dict[Source, Reference] = {}
        self._lock = threading.Lock()

    def uri(self, source: Source) -> str:
        """The URL itself, or a `data:` URI of the picture made ready to send.

        Raises:
            UsageError: it cannot be read, or is no picture.
        """
        return source.text if source.kind == "url" else self.ready(source).uri

    def digest(self, source: Source) -> str:
        """The URL itself, or the checksum of what is sent of the picture.

        Raises:
            UsageError: it cannot be read, or is no picture.
        """
        return source.text if source.kind == "url" else self.ready(source).sha256

    def ready(self, source: Source) -> Reference:
        """The local picture behind a path, a `data:` URI or stdin, upright and free of metadata.

        Raises:
            UsageError: it cannot be read, or is no picture.
        """
        with self._lock:
            found = self._ready.pop(source, None)
            if found is None:
                found = pictures.reference(_read(source), _name(source))
                self._bytes += len(found.uri)
            self._ready[source] = found
            if self._bytes > self._most:
                self._forget()
            return found

    def _forget(self) -> None:
        # What came through stdin comes once; the last one is being used.
        for source in [source for source in self._ready if source.kind != "stdin"][:-1]:
            if self._bytes <= self._most:
                return
            self._bytes -= len(self._ready.pop(source).uri)


def _read(source: Source) -> bytes:
    if source.kind == "stdin":
        return sys.stdin.buffer.read(pictures.LARGEST_REFERENCE + 1)
    if source.kind == "data":
        data = decode(source.text)
        if data is None:
            raise UsageError(
                "the data: URI of a reference cannot be decoded",
                hint="write data:image/png;base64,… or name a file",
            )
        return data
    return pictures.read_reference(source.text)


def _name(source: Source) -> str:
    return {"stdin": "the picture on stdin", "data": "the data: URI"}.get(source.kind, source.text)
