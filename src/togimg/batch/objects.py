"""JSON Lines: an object a line, also as OpenAI's batches write them."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NoReturn

from togimg.batch.envelope import is_envelope, opened
from togimg.batch.lines import Line
from togimg.batch.row import Bad, Row, row, slot, twice
from togimg.errors import UsageError

DEEPEST = 64
"""Levels of JSON that are read: far beyond, Python's own recursion limit is near."""

_WHOLE = "each line is one whole JSON object"
_AWKWARD = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")


def objects(lines: Iterable[Line], name: str) -> Iterator[Row | Bad]:
    """The rows of JSON Lines.

    Raises:
        UsageError: It is one JSON array.
    """
    begun = False
    for number, text, flaw in lines:
        if not begun and text.lstrip().startswith("["):
            raise UsageError(
                f"{name} is a JSON array; a jobs file has one object a line",
                hint="jq -c '.[]' jobs.json > jobs.jsonl makes it one",
            )
        begun = begun or bool(text.strip())
        if flaw:
            yield flaw
        elif text.strip():
            yield _row(number, text.rstrip())


def _row(number: int, text: str) -> Row | Bad:
    try:
        said = _read(text)
    except json.JSONDecodeError as error:
        why = f"{error.msg[:1].lower()}{error.msg[1:]}"
        return Bad(number, f"the line is no JSON at column {error.colno}: {why}", _WHOLE)
    except _UnfitError as error:
        return Bad(number, str(error), _WHOLE)
    except (ValueError, RecursionError):
        return Bad(number, "the line has a number or a depth beyond all bounds", _WHOLE)
    return opened(number, said) if is_envelope(said) else _flat(number, said)


def _read(text: str) -> dict[str, Any]:
    said = _DECODER.decode(text)
    if not isinstance(said, dict):
        raise _UnfitError(f"the line is {_KINDS[type(said)]}, not an object")
    if _AWKWARD.search(text) or text.count("[") + text.count("{") > DEEPEST:
        _check(said)
    return said


def _flat(number: int, said: Mapping[str, Any]) -> Row | Bad:
    slots = tuple(map(slot, said))
    same = twice(slots, tuple(said))
    if same:
        return Bad(number, f"{same[0]} and {same[1]} say the same", "give one of the two")
    return row(number, zip(slots, said.values(), strict=True))


class _UnfitError(ValueError):
    """JSON that says something which no row can mean."""


_KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) == len(pairs):
        return said
    times = Counter(key for key, _ in pairs)
    key = next(key for key in times if times[key] > 1)
    raise _UnfitError(f"the key {key[:40]} comes twice")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_json(text[:40])


def _no_json(constant: str) -> NoReturn:
    raise _UnfitError(f"{constant} is no number in JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_finite, parse_constant=_no_json)


def _check(value: Any, levels: int = DEEPEST) -> None:
    """Refuses what could not be sent or kept: NUL, half a character, endless nesting."""
    if not levels:
        raise _UnfitError(f"the line is nested more than {DEEPEST} levels deep")
    match value:
        case dict():
            for key, item in value.items():
                _check(key)
                _check(item, levels - 1)
        case list():
            for item in value:
                _check(item, levels - 1)
        case str() if _UNSENDABLE.search(value):
            raise _UnfitError("a text has a NUL or half a surrogate pair in it")
