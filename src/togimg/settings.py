"""Where togimg keeps things, and what the environment says."""

import os
import tempfile
from pathlib import Path

KEY = "TOGETHER_API_KEY"
BASE_URL = "TOGETHER_BASE_URL"
KEY_HOST = "TOGIMG_KEY_HOST"


def state_folder() -> Path | None:
    """Where togimg keeps what it must not forget; None without a home."""
    from platformdirs import PlatformDirs  # noqa: PLC0415  only runs that save need it

    try:
        folder = PlatformDirs("togimg", appauthor=False).user_state_path
        # A home that is not there is not for us to make.
        usable = bool(os.environ.get("XDG_STATE_HOME")) or Path.home().is_dir()
    except (OSError, RuntimeError, KeyError):
        return None
    return folder if usable and folder.is_absolute() else None


def rescue_folders() -> tuple[Path, ...]:
    """Where pictures go that cannot be written where they belong: the state folder, then /tmp."""
    temporary = Path(tempfile.gettempdir(), f"togimg-rescue-{os.environ.get('USER', 'user')}")
    state = state_folder()
    return (state / "rescue", temporary) if state else (temporary,)


def key() -> str | None:
    """The API key of the environment, as it is."""
    return os.environ.get(KEY)


def key_host() -> str | None:
    """The hosts, with commas between them, that the user wants to have the key."""
    return os.environ.get(KEY_HOST)


def base_url() -> str | None:
    """The base URL of the environment, with or without `/v1`; None when there is none."""
    return os.environ.get(BASE_URL) or None
