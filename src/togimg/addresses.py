"""Which addresses may be asked, and which of them may have the key."""

import ipaddress
import re
import socket
from functools import cache
from urllib.parse import urlsplit

from togimg.errors import AccountError, UsageError

BASE_URL = "https://api.together.ai/v1"
TOGETHER = ("together.ai", "together.xyz")

SHORTEST_SECRET = 8
"""Characters from which on a key is one: shorter ones are for emulators, and in any text."""


def api_root(base_url: str, *, insecure_http: bool = False) -> str:
    """The base URL with exactly one `/v1` at its end: SDKs write it with and without.

    Raises:
        UsageError: not an http(s) URL, or plain http to another machine.
    """
    url = base_url.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
        with_password = "@" in parts.netloc
    except ValueError:
        known = with_password = False
    if with_password:
        raise UsageError(
            "a base URL with a user name or password in it is not used",
            hint="write it without; the key is in TOGETHER_API_KEY",
        )
    if not known:
        raise UsageError(
            f"{base_url} is no base URL", hint=f"write it in full, as in --base-url {BASE_URL}"
        )
    if url.startswith("http:") and not (insecure_http or is_loopback(url)):
        raise UsageError(
            f"{base_url} would carry the key unencrypted",
            hint="use https, a loopback address, or --insecure-http",
        )
    return f"{url}/v1"


def usable_key(key: str | None) -> str:
    """The key, if there is one that can be sent.

    Raises:
        AccountError: no key, or one that no header can carry. The key is not in the message.
    """
    stripped = (key or "").strip(" \t")
    if not stripped:
        raise AccountError(
            "no API key",
            hint="set TOGETHER_API_KEY (keys: https://api.together.ai/settings/api-keys), "
            "or try --sandbox, which needs none",
        )
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise AccountError(
            "the API key has a blank, a line break or another character that no key has",
            hint="set TOGETHER_API_KEY to the key alone",
        )
    return stripped


def check_key_host(base_url: str, named: str | None) -> None:
    """Refuses to send the key to a host that is not Together's, nor this machine, nor `named`.

    `named` are the hosts that the user named for the key, with commas between them.

    Raises:
        AccountError: saying how to name the host.
    """
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    is_together = f".{host}".endswith(tuple(f".{domain}" for domain in TOGETHER))
    allowed = {name.strip().lower() for name in (named or "").split(",")}
    if not (is_together or is_loopback(base_url) or host in allowed):
        raise AccountError(
            f"the Together key is not sent to {host}, which is not Together's",
            hint=f"if {host} is to have it, set TOGIMG_KEY_HOST={host}",
        )


def hidden(text: str, key: str | None) -> str:
    """The text with the key, wherever and however it was repeated, taken out.

    It may have blanks, line breaks, invisible characters or tags in it, and be written with the
    escapes of URLs, HTML or JSON.
    """
    key = (key or "").strip()
    return _repeated(key).sub("[key]", text) if len(key) >= SHORTEST_SECRET else text


@cache
def _repeated(key: str) -> re.Pattern[str]:
    between = r"(?:[^!-~]|<[^<>]*>|\\[nrt])*+"
    signs = (
        rf"(?:{re.escape(sign)}|(?i:%{code:02x}|&\#0*{code};|&\#x0*{code:x};|\\u{code:04x}))"
        for sign, code in zip(key, map(ord, key), strict=True)
    )
    return re.compile(between.join(signs))


def check_picture_url(url: str, *, api: str) -> None:
    """Refuses an address that no picture of the service can have.

    Only http and https, and no private, loopback or link-local host unless the API is on one.

    Raises:
        ValueError: with the reason.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.scheme in {"http", "https"} and parts.port != 0 else None
    except ValueError:
        host = None
    if not host:
        raise ValueError("only http and https addresses are fetched")
    if _is_private(host) and not _is_private(urlsplit(api).hostname or ""):
        raise ValueError("a private address is not fetched")


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_private(host: str) -> bool:
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        # A name that only a proxy can resolve is the proxy's to judge.
        return False
    return any(
        not ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found
    )
