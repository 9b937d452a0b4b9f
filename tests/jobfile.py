"""Reading a jobs file that a test wrote."""

import io

from togimg.batch import Bad, Format, Row, rows


def read(content: str | bytes, name: str, format: Format | None = None) -> list[Row | Bad]:  # noqa: A002
    """Every row and every bad line of a file of this name."""
    data = content.encode() if isinstance(content, str) else content
    return list(rows(io.BytesIO(data), name, format))


def only(content: str | bytes, name: str) -> Row | Bad:
    """The one row or bad line of a file."""
    (line,) = read(content, name)
    return line


def good(content: str | bytes, name: str) -> list[Row]:
    """The rows of a file without a bad line."""
    found = read(content, name)
    assert [line for line in found if isinstance(line, Bad)] == []
    return [line for line in found if isinstance(line, Row)]
