"""Tables with a header: values with commas, semicolons or tabs between them."""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, repeat
from typing import NoReturn

from togimg.batch.lines import LONGEST, Line
from togimg.batch.names import flag, plain
from togimg.batch.row import Bad, Row, Slot, row, slot, twice
from togimg.errors import UsageError

DELIMITERS = ",;\t"
_SAID = re.compile(r'"?sep=([,;|:\t])"?\s*', re.IGNORECASE)
_WORD = re.compile(r"\s*\w[\w-]*\s*")
_UNNAMED = slot("")


def table(
    lines: Iterator[Line], name: str, delimiter: str | None = None, *, worded: bool = False
) -> Iterator[Row | Bad]:
    """The rows under the header. Without `delimiter` the header tells it, or Excel's `sep=;`.

    `worded` says that rows need no prompt of their own.

    Raises:
        UsageError: There is no header, two of its columns are the same, or none is the prompt.
    """
    first = next((line for line in lines if line.flaw or line.text.strip()), None)
    said = _SAID.fullmatch(first.text) if first else None
    if first and not said:
        lines = chain([first], lines)
        delimiter = delimiter or _separator(first.text)
    records = _records(lines, said[1] if said else delimiter or ",")
    slots = _header(next(records, None), name)
    if not worded and not {"prompt", "param"} & {place.name for place in slots}:
        _refuse_wordless(slots, name)
    for record in records:
        yield record if isinstance(record, Bad) else _row(*record, slots)


def is_header(line: str, wanted: Collection[str]) -> bool:
    """Whether a table begins here: with the delimiter, a column `prompt` or one that is wanted."""
    names = _columns(line, _separator(line))
    found = {*map(flag, names), *map(plain, names)}
    return bool(_SAID.fullmatch(line)) or not found.isdisjoint({"prompt", *wanted})


def resembles_header(line: str) -> bool:
    """Whether this is more likely a header than a prompt: words alone, known columns among them."""
    names = _columns(line, _separator(line))
    known = [name for name in names if slot(name).kind in {"flag", "id"}]
    words = all(name in known or _WORD.fullmatch(name) for name in names)
    return len(names) > 1 and bool(known) and words


def _separator(header: str) -> str:
    """The delimiter that gives a header the most flags for columns, or else the most columns."""

    def found(delimiter: str) -> tuple[int, int]:
        names = _columns(header, delimiter)
        return sum(flag(name) is not None for name in names), len(names)

    return max(DELIMITERS, key=found)


def _columns(header: str, delimiter: str) -> list[str]:
    try:
        return next(_reader([header], delimiter), [])
    except csv.Error:
        return []


def _reader(lines: Iterable[str], delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    # Of the whole process, and usually 128 kB, which is less than many a `data:` URI.
    csv.field_size_limit(LONGEST)
    return csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)


class _Feed:
    """Lines for the csv module, and what it cannot tell of the record that it reads from them."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self.begin()

    def begin(self) -> None:
        self.first = 0
        self.size = 0
        self.flaw: Bad | None = None

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        number, text, flaw = next(self._lines)
        self.first = self.first or number
        self.flaw = self.flaw or flaw
        self.size += len(text)
        if self.size > LONGEST:
            raise csv.Error("unexpected end of data")
        return text


def _records(lines: Iterator[Line], delimiter: str) -> Iterator[tuple[int, list[str]] | Bad]:
    """The cells of each record that has any, with the line it begins at."""
    feed = _Feed(lines)
    reader = _reader(feed, delimiter, strict=True)
    while True:
        feed.begin()
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield feed.flaw or _explained(feed.first, str(error))
            continue
        if feed.flaw:
            yield feed.flaw
        elif any(cells):
            yield feed.first, cells


def _explained(number: int, error: str) -> Bad:
    if "expected after" in error:
        hint = 'inside quotes, write "" for a quote'
        return Bad(number, "there is text after a closing quote", hint)
    if "new-line" in error:
        hint = "put quotes around a cell that has one in it"
        return Bad(number, "there is a carriage return outside quotes", hint)
    return Bad(number, "a quote that is opened here is never closed", 'close it with "')


def _header(record: tuple[int, list[str]] | Bad | None, name: str) -> tuple[Slot, ...]:
    if record is None:
        raise UsageError(f"{name} has no header", hint="its first line names the columns")
    if isinstance(record, Bad):
        raise UsageError(f"the header of {name} cannot be read: {record.message}", hint=record.hint)
    _, names = record
    slots = tuple(map(slot, names))
    same = twice(slots, names)
    if same:
        raise UsageError(
            f"{name} has two columns for the same: {' and '.join(same)}",
            hint="several images, LoRAs or params go into one cell, each on its own line",
        )
    return slots


def _refuse_wordless(slots: Iterable[Slot], name: str) -> NoReturn:
    own = next((place.name for place in slots if place.kind == "own"), None)
    example = f'--prompt "a {{{own}}} in the snow"' if own else "--prompt for all rows"
    raise UsageError(
        f"{name} has no column prompt", hint=f"name the column that says what to draw, or {example}"
    )


def _row(number: int, cells: list[str], slots: tuple[Slot, ...]) -> Row | Bad:
    cells += repeat("", len(slots) - len(cells))
    said = tuple(zip(chain(slots, repeat(_UNNAMED)), cells))  # noqa: B905  one of them has no end
    if any(cell for place, cell in said if not place.name):
        columns = sum(bool(place.name) for place in slots)
        return Bad(
            number,
            f"{len(cells)} cells under {columns} column{'' if columns == 1 else 's'}",
            "put quotes around a cell that has the delimiter in it",
        )
    return row(number, said)
