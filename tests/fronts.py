"""What may stand between the program and its service: TLS with any certificate, and a proxy."""

import contextlib
import socket
import ssl
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass
class Front:
    """Passes bytes on to a server, behind TLS or as a proxy, for the length of a `with` block.

    Attributes:
        url: Where the bytes go.
        tls: The certificate that it shows; without one it speaks plainly.
        meant: The origin that a proxy's clients ask for, which is taken off their requests.
        heads: The first bytes of every connection.
    """

    url: str
    tls: ssl.SSLContext | None = None
    meant: str = ""
    heads: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Closing alone does not wake whoever waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        target = urlsplit(self.url)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(client)
            if self.tls:
                client = stack.enter_context(self.tls.wrap_socket(client, server_side=True))
            first = client.recv(65_536)
            self.heads.append(first)
            server = socket.create_connection((target.hostname, target.port or 0))
            stack.enter_context(server)
            server.sendall(first.replace(self.meant.encode(), b"", 1) if self.meant else first)
            back = Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            _pass_on(client, server)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test, made with the `openssl` program."""

    folder: Path

    @property
    def file(self) -> Path:
        """Its own certificate."""
        return self.folder / "ca.pem"

    def found(self) -> Self:
        """Makes its key and its certificate."""
        _openssl(
            *("req", "-x509", *_NEW_KEY, "-keyout", self.folder / "ca.key", "-out", self.file),
            *("-days", "30", "-subj", "/CN=togimg test", "-addext", "keyUsage=keyCertSign"),
        )
        return self

    def context(self, names: str = "IP:127.0.0.1", days: int = 30) -> ssl.SSLContext:
        """A server's context with a certificate for these names; negative days are over."""
        key, request, made, more = (self.folder / f"server.{n}" for n in ("key", "csr", "pem", "x"))
        more.write_text(f"subjectAltName={names}\n")
        _openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", "/CN=server")
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "ca.key"),
            *("-CAcreateserial", "-days", str(days), "-extfile", more, "-out", made),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made, key)
        return context


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
