"""Prompts with {columns} in them."""

import difflib
import re
from collections.abc import Mapping

from togimg.batch.names import plain
from togimg.errors import UsageError

_BRACES = re.compile(r"(?P<literal>\{\{(?P<kept>[^{}]*)\}\})|\{(?P<name>[^{}]*)\}")


def filled(template: str, columns: Mapping[str, str]) -> str:
    """The text with each `{name}` replaced by that column; without columns the text as it is.

    `{{name}}` gives `{name}`. Braces around anything that could be no name, as in JSON or in
    `{red|blue}`, are left alone, and so are braces inside a column's own text.

    Raises:
        UsageError: There is no column of that name.
    """
    return _BRACES.sub(lambda found: _said(found, columns), template) if columns else template


def named(template: str) -> frozenset[str]:
    """The plain names of the columns that a text may mean with its braces."""
    names = (found["name"] for found in _BRACES.finditer(template))
    return frozenset(plain(name) for name in names if name)


def _said(found: re.Match[str], columns: Mapping[str, str]) -> str:
    if found["literal"]:
        return f"{{{found['kept']}}}" if _meant(found["kept"], columns) else found[0]
    if plain(found["name"]) in columns:
        return columns[plain(found["name"])]
    if not _meant(found["name"], columns):
        return found[0]
    near = difflib.get_close_matches(plain(found["name"]), columns, n=1)
    raise UsageError(
        f"the prompt has {found[0]}, and there is no column of that name",
        hint=(f"did you mean {{{near[0]}}}? " if near else "")
        + f"columns: {', '.join(columns)}; {{{found[0]}}} gives {found[0]}",
    )


def _meant(name: str, columns: Mapping[str, str]) -> bool:
    """Whether braces around this are meant for a column."""
    return name.isidentifier() or plain(name) in columns


def escaped(text: str, columns: Mapping[str, str]) -> str:
    """The template that `filled` makes this text of."""
    if not columns:
        return text
    return _BRACES.sub(lambda found: _kept(found, columns), text)


def _kept(found: re.Match[str], columns: Mapping[str, str]) -> str:
    name = found["kept"] if found["literal"] else found["name"]
    return f"{{{found[0]}}}" if not found["literal"] and _meant(name, columns) else found[0]
