"""The proxies that the environment names: looked at before anything is sent through one."""

import os
import sys
from urllib.parse import urlsplit

from togimg.errors import UsageError

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def are_named() -> bool:
    """Whether the environment, or the system's own settings, name any."""
    if sys.platform in {"win32", "darwin"}:
        from urllib.request import getproxies  # noqa: PLC0415  it is slow to load

        return bool(getproxies())
    return any(
        value and name.lower().endswith("_proxy") and name.lower() != "no_proxy"
        for name, value in os.environ.items()
    )


def check_proxies() -> None:
    """Refuses a proxy that is no address, such as httpx would take for the name of a host.

    Raises:
        UsageError: naming the variable; its value may hold a password and is not shown.
    """
    for name in (*NAMES, *map(str.lower, NAMES)):
        value = os.environ.get(name)
        if value and not _is_address(value.strip()):
            raise UsageError(
                f"a proxy setting cannot be used: {name} holds no address",
                hint=f"write it as {name}=http://host:port, or unset it",
            )


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        return bool(parts.hostname) and parts.port != 0 and not set(value) & set(" \t\r\n")
    except ValueError:
        return False
