"""What `--vary` says becomes axes: names, lists, ranges, and files of values."""

import csv
import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal

from togimg.errors import UsageError
from togimg.sweep.points import MOST, PARAM, Axis

_WHOLE = re.compile(r"([+-]?\d{1,20})\.\.([+-]?\d{1,20})", re.ASCII)
_NUMBER = r"([+-]?\d{1,20}(?:\.\d{1,8})?)"
_REASONS = {
    "new-line": "there is a line break in them",
    "','": "there is text after a closing quote",
}
"""What the csv module means, by its first word."""
_STEPPED = re.compile(f"{_NUMBER}:{_NUMBER}:{_NUMBER}", re.ASCII)


def parse(
    texts: Iterable[str],
    names: Collection[str],
    numbers: Collection[str],
    lines: Callable[[str], tuple[str, ...]],
) -> tuple[Axis, ...]:
    """The axes that texts such as `steps=1,6,12`, `seed=1..4` and `prompt=@styles.txt` say.

    Values stand between commas, as in a line of CSV. Those of `numbers` may be ranges, both ends
    included: `FIRST..LAST` or `FIRST:LAST:STEP`. `@FILE` is the `lines` of that file. `names` are
    all that can be varied, beside `param.KEY`.

    Raises:
        UsageError: an axis that cannot be read, has no values or too many, or is there twice.
    """
    axes = tuple(_axis(text, names, numbers, lines) for text in texts)
    if twice := _repeated(axis.name for axis in axes):
        raise UsageError(f"--vary {twice} is there twice", hint="give it once, with all its values")
    return axes


def _axis(
    text: str,
    names: Collection[str],
    numbers: Collection[str],
    lines: Callable[[str], tuple[str, ...]],
) -> Axis:
    said, equals, rest = text.partition("=")
    name = _name(said.strip(), names)
    if rest.startswith("@"):
        found = lines(rest[1:])
    else:
        listed = (
            _range(name, value) if name in numbers else (value,) for value in _list(name, rest)
        )
        found = tuple(value for several in listed for value in several)
    if not equals or not found:
        raise UsageError(f"--vary {name} has no values", hint=f"write --vary {name}=VALUE,VALUE")
    _check_number(name, len(found))
    if twice := _repeated(found):
        raise UsageError(f"--vary {name} has {twice} twice", hint="it would be made and paid twice")
    return Axis(name, found)


def _name(said: str, names: Collection[str]) -> str:
    if said.startswith(PARAM) and said != PARAM:
        return said
    name = said.lower().replace("_", "-").lstrip("-")
    if name in names:
        return name
    near = difflib.get_close_matches(name[:100], names, n=2)
    hint = f"did you mean {' or '.join(near)}?" if near else f"names: {' '.join(names)} param.KEY"
    raise UsageError(f"--vary {said or '=…'} names nothing that can be varied", hint=hint)


def _list(name: str, text: str) -> list[str]:
    """The values between the commas; one with a comma in it stands in double quotes."""
    try:
        return next(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error as error:
        reason = _REASONS.get(str(error).partition(" ")[0], "a quote in them is never closed")
        raise UsageError(
            f"the values of --vary {name} cannot be read: {reason}",
            hint='a value with a comma in it stands in double quotes: "red, very red",blue',
        ) from error


def _range(name: str, text: str) -> Iterable[str]:
    """The numbers from the first to the last; the text itself when it is no range."""
    text = text.strip()
    if whole := _WHOLE.fullmatch(text):
        first, last = map(int, whole.groups())
        _check_number(name, abs(last - first) + 1)
        step = 1 if first <= last else -1
        return map(str, range(first, last + step, step))
    if stepped := _STEPPED.fullmatch(text):
        return _stepped(name, text, *map(Decimal, stepped.groups()))
    return (text,)


def _stepped(name: str, text: str, first: Decimal, last: Decimal, step: Decimal) -> Iterable[str]:
    if not step or (last - first) * step < 0:
        raise UsageError(
            f"--vary {name}={text} never comes to its end",
            hint="write FIRST:LAST:STEP, for example 2:8:2 or 8:2:-2",
        )
    count = int((last - first) / step) + 1
    _check_number(name, count)
    return (f"{(first + number * step).normalize():f}" for number in range(count))


def _check_number(name: str, count: int) -> None:
    if count > MOST:
        raise UsageError(
            f"--vary {name} has {count:,} values", hint=f"a sweep makes at most {MOST:,} pictures"
        )


def _repeated(texts: Iterable[str]) -> str | None:
    return next((text for text, times in Counter(texts).items() if times > 1), None)
