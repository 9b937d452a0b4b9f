"""Where togimg keeps things, and what the environment says."""

import os
import tempfile
from pathlib import Path

KEY = "TOGETHER_API_KEY"
BASE_URL = "TOGETHER_BASE_URL"


def rescue_folders() -> tuple[Path, ...]:
    """Where pictures go that cannot be written where they belong: the state folder, then /tmp."""
    from platformdirs import PlatformDirs  # noqa: PLC0415  only runs that save need it

    temporary = Path(tempfile.gettempdir(), f"togimg-rescue-{os.environ.get('USER', 'user')}")
    try:
        state = PlatformDirs("togimg", appauthor=False).user_state_path
    except (OSError, RuntimeError, KeyError):
        # Without HOME and a known user there is no state folder.
        return (temporary,)
    return (state / "rescue", temporary)


def key() -> str | None:
    """The API key of the environment, as it is."""
    return os.environ.get(KEY)


def base_url() -> str | None:
    """The base URL of the environment, with or without `/v1`; None when there is none."""
    return os.environ.get(BASE_URL) or None
