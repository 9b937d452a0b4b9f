"""A flag's value out of a text, as the command line itself would read it."""

from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from togimg.errors import UsageError

_WORDS = {
    "true": ("1", "on", "t", "true", "y", "yes"),
    "false": ("0", "f", "false", "n", "no", "off"),
}


def spoken(flags: type, field: str, text: str) -> Any:
    """What the text means as this field of a group of flags; a list is one of this one value.

    Raises:
        UsageError: it is nothing of the field's type; in the words that the flag itself has.
    """
    kind = _kind(flags, field)
    try:
        if kind is bool:
            return text.strip().lower() in _WORDS["true"] or _false(text)
        if kind in (int, float):
            return kind(text)
    except ValueError as error:
        words = {bool: "boolean", int: "int", float: "float"}
        raise _invalid(field, text, f"is not a valid {words[kind]}") from error
    if get_origin(kind) is Literal and text not in get_args(kind):
        raise _invalid(field, text, f"is not one of {', '.join(map(repr, get_args(kind)))}")
    return [text] if get_origin(kind) is list else text


def is_number(flags: type, field: str) -> bool:
    """Whether the field of a group of flags is a number."""
    return _kind(flags, field) in (int, float)


@cache
def _kind(flags: type, field: str) -> Any:
    hint = get_type_hints(flags)[field]
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(kind for kind in get_args(hint) if kind is not NoneType)


def _false(text: str) -> bool:
    if text.strip().lower() not in _WORDS["false"]:
        raise ValueError(text)
    return False


def _invalid(field: str, text: str, why: str) -> UsageError:
    return UsageError(f"invalid value for '--{field.replace('_', '-')}': '{text}' {why}")
