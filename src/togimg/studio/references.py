"""References as the API takes them: each is read once, however many jobs use it."""

import sys
import threading

from togimg import pictures
from togimg.errors import UsageError
from togimg.pictures import Reference
from togimg.request import Source
from togimg.together.reading import decode


class References:
    """The reference pictures of a run, ready to send, by their source."""

    def __init__(self) -> None:
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
            if source not in self._ready:
                self._ready[source] = pictures.reference(_read(source), _name(source))
            return self._ready[source]


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
