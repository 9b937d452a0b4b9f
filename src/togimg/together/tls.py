"""One TLS context for all connections, with the certificates that this machine trusts."""

import os
import re
import ssl
import sys
from contextlib import suppress
from pathlib import Path

VERIFIES_IN_WRAP = sys.platform in {"win32", "darwin"}
"""Whether the system itself looks at certificates, as soon as `wrap_socket` has shaken hands."""

BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep the certificates that they trust, if OpenSSL was built for another place.

As Alpine, Arch, Fedora, RHEL, Debian and SUSE do, by the list of `truststore`:
https://github.com/sethmlarson/truststore.
"""

_HASHED = re.compile(r"[0-9a-fA-F]{8}\.[0-9]")


def context() -> ssl.SSLContext:
    """The system's certificates, or certifi's where there are none, as in a bare container.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured.
    """
    if not VERIFIES_IN_WRAP:
        # Not truststore: it reads all certificates again for each connection, one after another.
        return ssl.create_default_context(cafile=_bundle())
    import truststore  # noqa: PLC0415  of no use elsewhere

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _bundle() -> str | None:
    """A file of certificates; None where OpenSSL finds them by itself."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and _holds_certificates(Path(paths.capath))):
        return None
    found = next(filter(os.path.isfile, BUNDLES), None)
    if found:
        return found
    import certifi  # noqa: PLC0415  only bare containers need it

    return certifi.where()


def _holds_certificates(folder: Path) -> bool:
    """Whether there are any under the names by which OpenSSL looks for them."""
    with suppress(OSError):
        return any(_HASHED.fullmatch(file.name) for file in folder.iterdir())
    return False
