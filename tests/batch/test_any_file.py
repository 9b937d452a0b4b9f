"""Any file at all is read, in little memory, or refused in words."""

import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobfile import only
from togimg.batch import Bad, Row, failure_line, rows
from togimg.errors import UsageError

NAMES = ("jobs.txt", "jobs.csv", "jobs.tsv", "jobs.jsonl", "-")
PIECES = rb"""prompt , ; " { } "a": [ ] 1 sep= id steps \u d800 null NaN # -"""
pieces = st.sampled_from(
    [*PIECES.split(), b"\t", b"\n", b"\r", b"\0", b" ", b"\xff\xfe", b"\xef\xbb\xbf"]
)


@given(st.binary() | st.lists(pieces, max_size=30).map(b"".join), st.sampled_from(NAMES))
def test_any_bytes_are_rows_or_bad_lines_or_an_error_in_words(data: bytes, name: str) -> None:
    stream = io.BytesIO(data)

    try:
        found = list(rows(stream, name))
    except UsageError:
        found = []

    assert not stream.closed
    numbers = [line.number for line in found]
    assert numbers == sorted(numbers)
    for line in found:
        assert isinstance(line, Bad) or again(line) == replace(line, number=1)


def again(row: Row) -> Row | Bad:
    """A row that was written as a failure and read back: nothing in it is beyond text."""
    line = failure_line(row.values, id=row.id, columns=row.columns, reason="no", outcome="not_sent")
    return only(line, "failures.jsonl")


def test_whoever_stops_reading_keeps_the_file(tmp_path: Path) -> None:
    path = tmp_path / "jobs.txt"
    path.write_text("fox\nowl\n", encoding="utf-8")

    with path.open("rb") as stream:
        reading = rows(stream, path.name)
        assert next(reading) == Row(1, None, {"prompt": "fox"}, {})
        del reading

        assert not stream.closed


class Endless(io.RawIOBase):
    """A file that is made while it is read: a header, and a line with its number for each `@`."""

    def __init__(self, header: bytes, line: bytes, count: int) -> None:
        self._header, self._line, self._count = header, line, count
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)
        self._left: Iterator[bytes] = self._lines()
        return 0

    def _lines(self) -> Iterator[bytes]:
        yield self._header
        for number in range(self._count):
            yield self._line.replace(b"@", str(number).encode())

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        return b"".join(islice(self._left, size // 100))


@pytest.mark.parametrize(
    ("name", "header", "line"),
    [
        ("jobs.txt", b"", b"a fox, number @\n"),
        ("jobs.csv", b"prompt,steps,animal\n", b"a fox @,6,@\n"),
        ("jobs.jsonl", b"", b'{"prompt": "a fox @", "steps": 6, "animal": "@"}\n'),
        ("jobs.jsonl", b"", b'{"prompt": bad @\n'),
    ],
    ids=["txt", "csv", "jsonl", "bad lines"],
)
def test_a_long_file_takes_no_more_memory_than_a_short_one(
    name: str, header: bytes, line: bytes
) -> None:
    count = 50_000
    stream = cast("BinaryIO", Endless(header, line, count))

    tracemalloc.start()
    read = sum(1 for _ in rows(stream, name))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # The rows, were they kept, would take many times that.
    assert (read, peak < 500_000) == (count, True)
