"""Which format a jobs file has, and its rows."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import PurePath
from typing import BinaryIO, Literal

from togimg.batch.lines import lines
from togimg.batch.objects import objects
from togimg.batch.prompts import prompts
from togimg.batch.row import Bad, Row
from togimg.batch.table import is_header, table

Format = Literal["txt", "csv", "tsv", "jsonl"]

_BY_EXTENSION: dict[str, Format] = {
    ".txt": "txt",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}
_JSON = re.compile(r'\s*(\[\s*)?\{\s*("|\}|$)|\s*\[\s*$')


def rows(stream: BinaryIO, name: str, format: Format | None = None) -> Iterator[Row | Bad]:  # noqa: A002
    """Every row of a jobs file, and every bad line, in order; memory does not grow with it.

    `stream` is seekable, at its beginning, and stays open. Without `format` the extension of
    `name` tells it, or else the first line.

    Raises:
        UsageError: While reading, when the file as a whole cannot be meant.
    """
    kind = format or _BY_EXTENSION.get(PurePath(name).suffix.lower()) or _sniffed(stream)
    with closing(lines(stream)) as numbered:
        match kind:
            case "txt":
                yield from prompts(numbered)
            case "csv":
                yield from table(numbered, name)
            case "tsv":
                yield from table(numbered, name, "\t")
            case "jsonl":
                yield from objects(numbered, name)


def _sniffed(stream: BinaryIO) -> Format:
    """JSON when it begins like it, a table when it begins with a header, else prompts."""
    with closing(lines(stream)) as numbered:
        first = next((line.text for line in numbered if line.text.strip()), "")
    stream.seek(0)
    if _JSON.match(first):
        return "jsonl"
    return "csv" if is_header(first) else "txt"
