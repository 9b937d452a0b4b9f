"""Where togimg keeps things, and what the environment and the config file say."""

import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from togimg.errors import UsageError, reason

KEY = "TOGETHER_API_KEY"
BASE_URL = "TOGETHER_BASE_URL"
KEY_HOST = "TOGIMG_KEY_HOST"
CONFIG = "TOGIMG_CONFIG"

_NUMBERS = {
    "budget.per_day": "a sum in USD",
    "budget.per_month": "a sum in USD",
    "limits.reply_megabytes": "a number of megabytes",
    "limits.picture_megapixels": "a number of megapixels",
}
_KEYS = (*_NUMBERS, "key_host")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the config file says.

    `per_day` and `per_month` are budgets in USD, for calendar days and months; `key_host` names
    the hosts, with commas between them, that the user wants to have the key. No reply is read
    beyond `reply_megabytes`, unpacked, and no picture of more than `picture_megapixels`.
    """

    per_day: float | None = None
    per_month: float | None = None
    key_host: str | None = None
    reply_megabytes: float = 512.0
    picture_megapixels: float = 100.0


def config() -> Config:
    """The config file: the one that `TOGIMG_CONFIG` names, or config.toml in the config folder.

    Raises:
        UsageError: it cannot be read, or says what is not known.
    """
    named = os.environ.get(CONFIG)
    path = Path(named) if named else _config_file()
    if path is None or not (named or path.exists()):
        return Config()
    said = _flat(_toml(path))
    for key, value in said.items():
        _check(path, key, value)
    return Config(**{key.rpartition(".")[2]: value for key, value in said.items()})


def _config_file() -> Path | None:
    from platformdirs import PlatformDirs  # noqa: PLC0415  only runs that may spend need it

    try:
        return PlatformDirs("togimg", appauthor=False).user_config_path / "config.toml"
    except (OSError, RuntimeError, KeyError):
        return None


def _toml(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  few have a config file

    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(
            f"cannot read the config file {path}: {reason(error)}",
            hint=f"put it right, or name another with {CONFIG}",
        ) from error
    except ValueError as error:
        raise UsageError(
            f"the config file {path} is no TOML: {str(error).lower()}",
            hint="write for example: budget.per_day = 5.0",
        ) from error


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """The keys of a table and of those inside it, with points between them."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = prefix + key
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return flat


def _check(path: Path, key: str, value: Any) -> None:
    if key not in _KEYS:
        raise UsageError(f"{path} has an unknown key {key}", hint=f"keys: {', '.join(_KEYS)}")
    is_number = type(value) in {int, float} and 0 <= value < math.inf
    if key in _NUMBERS and not is_number:
        raise UsageError(f"{path}: {key} must be {_NUMBERS[key]}, not {value!r}")
    if key == "key_host" and not isinstance(value, str):
        raise UsageError(f"{path}: {key} must be a text, not {value!r}")


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


def key_host(said: Config) -> str | None:
    """The hosts, with commas between them, that the user wants to have the key."""
    return os.environ.get(KEY_HOST) or said.key_host


def base_url() -> str | None:
    """The base URL of the environment, with or without `/v1`; None when there is none."""
    return os.environ.get(BASE_URL) or None
