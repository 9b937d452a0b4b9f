"""Requests and replies by turns over one connection: llhttp finds the words, a socket carries them.

The sockets have no timeouts of their own: for those the system would be asked twice more before
each read, while other threads wait for their turn. The deadline of an exchange shuts its socket.
"""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from togimg.seats import PATIENCE, aside
from togimg.together import lengths
from togimg.together.message import Answer
from togimg.together.watch import Watch

KEPT_SECONDS = 5.0
"""How long a connection is kept for the next request."""

LARGEST_HEAD = 100 * 1024
"""Bytes that a reply has before, between or behind the pieces of its body, at most."""

_PIECE = 64 * 1024
"""Bytes that are read at once at most by each of the threads that wait."""

_LARGE_PIECE = 256 * 1024
"""Bytes that are read at once at most by those at work: they are few."""

_RECORD = 16 * 1024
"""Bytes that TLS sends as one: of a record that was cut nobody can read anything."""

_AT_ONCE = getattr(socket, "MSG_DONTWAIT", 0)
_FINAL = 200


@dataclass(slots=True)
class Heard:
    """What was heard of a reply: a `status` of 0 until its head is whole, and parts of its body.

    `said` is what came before that, as it came, and `early` counts the heads in it that are none.
    `overhead` counts the bytes since the last part. `is_last` tells whether the server closes the
    connection behind it, `broken` why nothing more can be made out.
    """

    said: bytes = b""
    early: int = 0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    overhead: int = 0
    is_done: bool = False
    is_alone: bool = True
    is_last: bool = False
    broken: OSError | None = None


class Talk:
    """One connection, which is plain or has TLS between; what is said on it, and what is heard."""

    def __init__(self, opened: socket.socket, *, is_plain: bool) -> None:
        self.socket = opened
        self._is_plain = is_plain
        self._parser = self._new_parser()
        self._until = 0.0
        self._watch: Watch | None = None
        self._heard = Heard()

    def ask(self, request: bytes, watch: Watch) -> Answer:
        """Sends a request, and waits for the head of the reply.

        Raises:
            OSError: there is none, or none that can be read.
        """
        self._until, self._watch = 0.0, watch
        self._heard = Heard()
        self._write(request, watch)
        self._wait()
        while not self._heard.status:
            self._read()
        heard = self._heard
        alone = partial(getattr, heard, "is_alone")
        return Answer(heard.status, heard.headers, self._body(heard), alone, self._rest)

    def is_fresh(self) -> bool:
        """Whether another request can go over it: nobody has closed it, and nothing waits in it."""
        return time.monotonic() < self._until and not _is_readable(self.socket)

    def close(self) -> None:
        """Closes it, which is for the thread that uses it alone."""
        self._until = 0.0
        self.socket.close()

    def leave(self) -> None:
        """Closes it if it is not in use, and else breaks off what is sent or read over it."""
        if self._until:
            self.close()
        else:
            shut(self.socket)

    def on_message_begin(self) -> None:
        """The parser has come to a head, or to what was sent behind the reply."""
        self._heard.is_alone = not self._heard.is_done

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has come to the end of a header, or of one that follows a body in chunks."""
        if not self._heard.status:
            key, said = name.decode("ascii").strip().lower(), _text(value.strip(b" \t"))
            known = self._heard.headers.get(key)
            self._heard.headers[key] = said if known is None else f"{known}, {said}"

    def on_headers_complete(self) -> None:
        """The parser has come to the end of a head; what servers say before they answer is none."""
        status = self._parser.get_status_code()
        if self._heard.status:
            return
        if status < _FINAL:
            self._heard.headers = {}
            self._heard.early += 1
        else:
            self._heard.status, self._heard.said = status, b""

    def on_body(self, piece: bytes) -> None:
        """The parser has come to a part of the body."""
        if not self._heard.is_done:
            self._heard.pieces.append(piece)
            self._heard.overhead = 0

    def on_message_complete(self) -> None:
        """The parser has come to the end of the reply."""
        if self._heard.status and not self._heard.is_done:
            self._heard.is_done = True
            self._heard.is_last = not self._parser.should_keep_alive()

    def _new_parser(self) -> HttpResponseParser:
        parser = HttpResponseParser(self)
        # They are dangerous to servers: here they bring pictures that are paid for.
        parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_chunked_length=True,
            lenient_keep_alive=True,
            lenient_version=True,
            lenient_spaces_after_chunk_size=True,
            lenient_optional_cr_before_lf=True,
        )
        return parser

    def _write(self, data: bytes, watch: Watch) -> None:
        watch.begin()
        try:
            taken = self.socket.send(data[:_RECORD])
        except OSError:
            watch.sent = False
            raise
        if taken < len(data):
            # Servers that refuse a request may close before they have read all of it.
            with aside(PATIENCE), suppress(OSError):
                self.socket.sendall(memoryview(data)[taken:])

    def _body(self, heard: Heard) -> Iterator[bytes]:
        while True:
            pieces, heard.pieces = heard.pieces, []
            yield from pieces
            if heard.broken:
                raise heard.broken
            if heard.is_done:
                return
            self._read()

    def _read(self) -> None:
        """Hears what there is."""
        # Of TLS, what is there may be half a record.
        if self._is_plain and _AT_ONCE:
            with suppress(BlockingIOError):
                self._hear(self.socket.recv(_LARGE_PIECE, _AT_ONCE))
                return
        self._wait()

    def _wait(self) -> None:
        """Waits for what comes next, and hears it."""
        with aside(PATIENCE):
            data = self.socket.recv(_PIECE)
        self._hear(data)

    def _hear(self, data: bytes) -> None:
        if not data:
            self._hear_end()
            return
        self._heard.overhead += len(data)
        if not self._heard.status:
            self._heard.said += data
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._hear_again(error)
        if self._heard.overhead > LARGEST_HEAD and not self._heard.is_done:
            self._break("its head has no end")

    def _hear_again(self, error: Exception) -> None:
        """Hears what the parser does not bear, as it is meant, if that can be told."""
        said, early = self._heard.said, self._heard.early
        if lengths.may_follow(said, early):
            return
        if mended := lengths.said_once(said, early):
            self._heard, self._parser = Heard(), self._new_parser()
            self._hear(mended)
            return
        # What is no reply, behind one, is a matter of the connection alone.
        self._heard.is_alone = False
        if not self._heard.is_done:
            self._break(f"what came is no HTTP: {error}")

    def _hear_end(self) -> None:
        if self._watch and self._watch.late:
            # It was shut here: what came is no end.
            raise TimeoutError("it was late")
        if not self._heard.status:
            raise ConnectionError("server disconnected without sending a response")
        if not self._ends_with_connection():
            raise ConnectionError("server disconnected before the end of its response")
        self._heard.is_done, self._heard.is_alone = True, False

    def _break(self, words: str) -> None:
        self._heard.broken = ConnectionError(words)
        if not self._heard.status:
            raise self._heard.broken

    def _ends_with_connection(self) -> bool:
        """Whether nothing else tells where the body ends."""
        coding = self._heard.headers.get("transfer-encoding", "")
        return (
            not coding.lower().endswith("chunked") and "content-length" not in self._heard.headers
        )

    def _rest(self) -> None:
        """Makes ready for the next request, if this one is done with."""
        heard = self._heard
        # Of two lengths the other one may be meant.
        is_clear = not {"transfer-encoding", "content-length"} <= heard.headers.keys()
        stays = is_clear and not heard.is_last and self._parser.get_http_version() == "1.1"
        if heard.is_done and heard.is_alone and stays:
            self._until = time.monotonic() + KEPT_SECONDS
        else:
            self.close()


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def shut(opened: socket.socket) -> None:
    """Breaks off what is sent or read over a socket, from any thread."""
    # An SSLSocket's own method would pull its state from under whoever reads.
    with suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)


def _is_readable(opened: socket.socket) -> bool:
    if opened.fileno() < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([opened], [], [], 0)[0])
    # select() has no room for descriptors above 1023.
    poll = select.poll()
    poll.register(opened, select.POLLIN)
    return bool(poll.poll(0))
