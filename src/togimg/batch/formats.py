"""Which format a jobs file has, and its rows."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import PurePath
from typing import BinaryIO, Literal

from togimg.batch.filling import named
from togimg.batch.lines import lines
from togimg.batch.objects import objects
from togimg.batch.prompts import prompts
from togimg.batch.row import Bad, Row
from togimg.batch.table import is_header, resembles_header, table
from togimg.errors import UsageError

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


def rows(
    stream: BinaryIO,
    name: str,
    format: Format | None = None,  # noqa: A002
    *,
    prompt: str | None = None,
    worded: bool = False,
) -> Iterator[Row | Bad]:
    """Every row of a jobs file, and every bad line, in order; memory does not grow with it.

    `stream` is seekable, at its beginning, and stays open. Without `format` the extension of
    `name` tells it, or else the first line. `prompt` is that of rows that have none; `worded`
    says that rows need none at all.

    Raises:
        UsageError: While reading, when the file as a whole cannot be meant.
    """
    called = "stdin" if name == "-" else name
    known = format or _BY_EXTENSION.get(PurePath(name).suffix.lower())
    kind = known or _sniffed(stream, called, prompt)
    worded = worded or prompt is not None
    if kind == "txt" and prompt is not None:
        raise UsageError(
            f"--prompt is for rows that have none, and every line of {called} is one",
            hint="leave it out, or --format csv if the first line names columns",
        )
    with closing(lines(stream)) as numbered:
        match kind:
            case "txt":
                yield from prompts(numbered)
            case "csv":
                yield from table(numbered, called, worded=worded)
            case "tsv":
                yield from table(numbered, called, "\t", worded=worded)
            case "jsonl":
                yield from objects(numbered, called)


def _sniffed(stream: BinaryIO, called: str, prompt: str | None) -> Format:
    """JSON when it begins like it, a table when it begins with a header, else prompts.

    Raises:
        UsageError: it begins with what may be either.
    """
    with closing(lines(stream)) as numbered:
        first = next((line.text for line in numbered if line.text.strip()), "")
    stream.seek(0)
    if _JSON.match(first):
        return "jsonl"
    if is_header(first, named(prompt or "")):
        return "csv"
    if resembles_header(first):
        raise UsageError(
            f"{called} begins with what looks like names of columns, and none is prompt",
            hint="--format csv reads it as a table, --format txt as a prompt a line",
        )
    return "txt"
