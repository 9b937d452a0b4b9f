"""What a flag would read from a text or a JSON value, or why it cannot."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from togimg.batch.names import FLAGS
from togimg.errors import UsageError

_YES = {"true", "yes", "y", "on", "1"}
_NO = {"false", "no", "n", "off", "0"}
_ZEROS = re.compile(r"\.0*\s*$")
_LINES = re.compile(r"[\r\n]+")
_COMMA = re.compile(r"[+-]?\d+(,\d+)+(\.\d+)?", re.ASCII)
_NUMBERS = {"a number", "a whole number"}
_LONG = 40


def converted(name: str, value: Any) -> Any:
    """The value of the flag `name` (a field of the flag groups) for a text or a JSON value.

    Raises:
        UsageError: The value is not of the flag's kind.
    """
    kind = FLAGS[name]
    read = _READERS.get(kind)
    return read(name, value) if read else _choice(name, value, get_args(kind))


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row, each as its flag reads it.

    Raises:
        UsageError: With everything that is wrong in the row.
    """
    said: dict[str, Any] = {}
    wrong: list[UsageError] = []
    for name, value in values.items():
        try:
            said[name] = converted(name, value)
        except UsageError as error:
            wrong.append(error)
    if wrong:
        hint = next((error.hint for error in wrong if error.hint), None)
        raise UsageError("; ".join(error.message for error in wrong), hint=hint)
    return said


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if not _is_number(value):
        raise _not(name, "text", value)
    return json.dumps(value)


def _whole(name: str, value: Any) -> int:
    try:
        # Spreadsheets and data frames write whole numbers as 6.0.
        whole = int(_ZEROS.sub("", value) if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _not(name, "a whole number", value) from error
    if isinstance(value, bool) or (_is_number(value) and whole != value):
        raise _not(name, "a whole number", value)
    return whole


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _not(name, "a number", value) from error
    if isinstance(value, bool) or not math.isfinite(number):
        raise _not(name, "a number", value)
    return number


def _yes_or_no(name: str, value: Any) -> bool:
    said = str(value).strip().lower() if isinstance(value, str | int) else ""
    if said not in _YES | _NO:
        raise _not(name, "yes or no", value)
    return said in _YES


def _choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    said = value.strip().lower() if isinstance(value, str) else ""
    if said not in choices:
        raise _not(name, " or ".join(choices), value)
    return said


def _texts(name: str, value: Any) -> list[str]:
    """One text a line, or a list; LoRAs and params may be objects."""
    if isinstance(value, str):
        return [line.strip() for line in _LINES.split(value) if line.strip()]
    items = value if isinstance(value, list) else [value]
    return [text for item in items for text in _item(name, item)]


def _item(name: str, item: Any) -> list[str]:
    match name, item:
        case _, str():
            return [item]
        case "lora", {"path": str(path), **other} if path and other.keys() <= {"scale"}:
            # The scale is always said: a path may end in `:8080`.
            return [f"{path}:{_number('the scale of a lora', other.get('scale', 1.0))}"]
        case "param", dict() if all(key and "=" not in key for key in item):
            return [f"{key}={json.dumps(inner, ensure_ascii=False)}" for key, inner in item.items()]
    raise _not(name, _LISTS.get(name, "text or a list of texts"), item)


_LISTS = {
    "lora": 'PATH:SCALE or {"path": …, "scale": …}',
    "param": "KEY=VALUE or an object",
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not(name: str, kind: str, value: Any) -> UsageError:
    shown = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    brief = shown if len(shown) <= _LONG else f"{shown[:_LONG]}…"
    comma = kind in _NUMBERS and isinstance(value, str) and _COMMA.fullmatch(value.strip())
    hint = "numbers have a point and no comma: 3.5, 1024" if comma else None
    return UsageError(f"{name} must be {kind}, not {brief}", hint=hint)


_READERS: Mapping[Any, Callable[[str, Any], Any]] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _yes_or_no,
    list[str]: _texts,
}
