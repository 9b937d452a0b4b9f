"""A line of a jobs file: what it says, or what is wrong with it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from togimg.batch.names import flag, plain

RESERVED = frozenset({"reason", "outcome"})
"""What togimg itself adds to the lines of a failures file; never a flag, never sent."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line asks for.

    `number` is the line it begins at, from 1. `values` are raw, by flag: texts, or what JSON said;
    what is empty or null was not said and is not there. `columns` are those of one's own, by their
    plain names, in the file's order.
    """

    number: int
    id: str | None
    values: Mapping[str, Any]
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be meant: its number, what is wrong, and what to do about it."""

    number: int
    message: str
    hint: str | None = None


class Slot(NamedTuple):
    """What a column or a key is for."""

    kind: Literal["id", "flag", "own", "ignored"]
    name: str


@lru_cache(maxsize=256)
def slot(name: str) -> Slot:
    """The slot of a column or key of this name."""
    known = flag(name)
    if known:
        return Slot("flag", known)
    own = plain(name)
    if own == "id":
        return Slot("id", own)
    return Slot("ignored" if own in RESERVED or not own else "own", own)


def twice(slots: Sequence[Slot], names: Sequence[str]) -> tuple[str, str] | None:
    """The first two names that have the same slot, unless nothing goes there."""
    if len(set(slots)) == len(slots):
        return None
    seen: dict[Slot, str] = {}
    for place, name in zip(slots, names, strict=True):
        if place.kind != "ignored" and place in seen:
            return seen[place], name
        seen[place] = name
    return None


def row(number: int, said: Iterable[tuple[Slot, Any]]) -> Row | Bad:
    """The row of these slots and what they hold."""
    name: Any = None
    values: dict[str, Any] = {}
    columns: dict[str, str] = {}
    for place, value in said:
        if place.kind == "flag":
            if not empty(value):
                values[place.name] = value
        elif place.kind == "own":
            columns[place.name] = text(value)
        elif place.kind == "id":
            name = value
    if isinstance(name, bool | list | dict):
        return Bad(number, f"the id is {text(name)[:40]}", "an id is a text or a number")
    return Row(number, None if empty(name) else text(name).strip(), values, columns)


def empty(value: Any) -> bool:
    """Whether nothing was said."""
    return value is None or (isinstance(value, str) and not value.strip())


def text(value: Any) -> str:
    """A JSON value as the text of a column: texts are themselves, null is empty."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
