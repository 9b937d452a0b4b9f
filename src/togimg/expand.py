"""Alternatives `{red|blue}` and wildcards `__colors__` in a prompt, chosen by a seed."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from togimg.errors import UsageError

LONGEST = 100_000
"""Characters that a prompt may come to, each choice on the way counted as one."""

DEEPEST = 50
"""How deep alternatives and wildcards may lie in each other."""

Lines = Callable[[str], tuple[str, ...]]
"""The lines that a wildcard stands for, by its name; a UsageError when there are none."""

_TOKENS = re.compile(r"([{|}]|__[^\s_{}|](?:[^\s{}|]*?[^\s_{}|])??__)")
_NAME = re.compile(r"\w[\w-]*(/\w[\w-]*)*")
_FOREIGN = re.compile(r"\s*(\d*-?\d*\$\$|\d*\.?\d+::)")


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives, of which one is chosen; each is a sequence of texts and further choices."""

    alternatives: tuple["Parts", ...]


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A line of the file of this name."""

    name: str


Part = str | Choice | Wildcard
Parts = tuple[Part, ...]


def expand(text: str, lines: Lines, seed: int) -> str:
    """The text with one alternative of each choice: the same one for the same seed, everywhere.

    The n-th choice depends on the seed and on n alone, so that prompts which differ in a word
    still choose alike. What is neither an alternative nor a wildcard stays as it is.

    Raises:
        UsageError: a wildcard cannot be read. What `check` let pass has no other error.
    """
    done: list[str] = []
    chosen = 0
    ahead = [*reversed(_parse(text))]
    while ahead:
        part = ahead.pop()
        if isinstance(part, str):
            done.append(part)
            continue
        options = part.alternatives if isinstance(part, Choice) else _lines(part, lines)
        option = options[_pick(seed, chosen, len(options))]
        ahead += reversed(_parse(option) if isinstance(option, str) else option)
        chosen += 1
    return "".join(done)


def check(text: str, lines: Lines) -> None:
    """Does nothing, unless there is something in the text that some seed could not expand.

    Raises:
        UsageError: a wildcard that is not there or leads to itself, a prompt that may come out
            empty or beyond `LONGEST`, syntax of other tools that would be misread.
    """
    empty, longest = _Walk(lines).measure(_parse(text), ())
    if longest > LONGEST:
        raise UsageError(
            f"the prompt may come to more than {LONGEST:,} characters",
            hint="shorten it, or the lines of its wildcards",
        )
    if empty and text.strip():
        raise UsageError("the prompt may come out empty", hint="leave a word outside the braces")


class _Walk:
    """A walk through everything that a text may become, each wildcard once."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._known: dict[str, tuple[bool, int]] = {}

    def measure(self, parts: Parts, within: tuple[str, ...]) -> tuple[bool, int]:
        """Whether they may come out blank, and how long, `within` these choices and wildcards."""
        measured = [self._part(part, within) for part in parts]
        return all(empty for empty, _ in measured), sum(length for _, length in measured)

    def _part(self, part: Part, within: tuple[str, ...]) -> tuple[bool, int]:
        if isinstance(part, str):
            return not part.strip(), len(part)
        if isinstance(part, Choice):
            return self._choice(part, (*within, ""))
        if part.name not in self._known:
            if part.name in within:
                circle = " > ".join(filter(None, (*within, part.name)))
                raise UsageError(
                    f"wildcards lead in a circle: {circle}", hint="take one of them out of its file"
                )
            self._known[part.name] = self._choice(part, (*within, part.name))
        return self._known[part.name]

    def _choice(self, part: Choice | Wildcard, within: tuple[str, ...]) -> tuple[bool, int]:
        if len(within) > DEEPEST:
            raise UsageError(
                f"alternatives and wildcards lie more than {DEEPEST} deep",
                hint="put fewer of them into each other",
            )
        options = (
            part.alternatives
            if isinstance(part, Choice)
            else tuple(map(_parse, _lines(part, self._lines)))
        )
        measured = [self.measure(option, within) for option in options]
        return any(empty for empty, _ in measured), 1 + max(length for _, length in measured)


def _lines(part: Wildcard, lines: Lines) -> tuple[str, ...]:
    if not _NAME.fullmatch(part.name):
        raise UsageError(
            f"__{part.name}__ is no wildcard",
            hint="write the name of a text file: __colors__, or __animals/birds__ in a folder",
        )
    return lines(part.name)


def _pick(seed: int, number: int, count: int) -> int:
    # Of all that `random` has, this alone is promised to stay the same in every Python.
    return int(random.Random(f"{seed} {number}").random() * count)  # noqa: S311  no secret


def _parse(text: str) -> Parts:
    open_braces: list[list[list[Part]]] = [[[]]]
    for piece in filter(None, _TOKENS.split(text)):
        within = len(open_braces) > 1
        if piece == "{":
            open_braces.append([[]])
        elif piece == "|" and within:
            open_braces[-1].append([])
        elif piece == "}" and within:
            closed = open_braces.pop()
            open_braces[-1][-1] += _closed(closed)
        else:
            open_braces[-1][-1].append(_leaf(piece))
    (whole,), *unclosed = open_braces
    return (*whole, *(part for each in unclosed for part in ("{", *_joined(each))))


def _leaf(token: str) -> Part:
    return Wildcard(token[2:-2]) if len(token) > 1 and _TOKENS.fullmatch(token) else token


def _closed(alternatives: list[list[Part]]) -> list[Part]:
    """A choice; braces without a `|` between them are what they are."""
    firsts = [alternative[0] for alternative in alternatives if alternative]
    for found in (_FOREIGN.match(first) for first in firsts if isinstance(first, str)):
        if found:
            raise UsageError(
                f"{{{found[0].strip()}…}} is not known here",
                hint="write {a|b|c}: one is chosen, each as often as the others",
            )
    if len(alternatives) == 1:
        return ["{", *alternatives[0], "}"]
    return [Choice(tuple(map(tuple, alternatives)))]


def _joined(alternatives: list[list[Part]]) -> list[Part]:
    first, *rest = alternatives
    return [*first, *(part for other in rest for part in ("|", *other))]
