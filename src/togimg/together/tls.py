"""One TLS context for all connections, with the certificates that this machine trusts."""

import ssl
import sys
from pathlib import Path

from togimg.addresses import is_loopback


def context(base_url: str) -> ssl.SSLContext:
    """The system's certificates, or certifi's where there are none, as in a bare container.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured. Plain http on loopback loads none at all.
    """
    if base_url.startswith("http:") and is_loopback(base_url):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if _system_has_certificates():
        import truststore  # noqa: PLC0415  only https needs it

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import certifi  # noqa: PLC0415

    return ssl.create_default_context(cafile=certifi.where())


def _system_has_certificates() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())))
