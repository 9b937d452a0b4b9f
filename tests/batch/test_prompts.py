"""A text file has a prompt a line."""

import pytest

from jobfile import only, read
from togimg.batch import Bad, Row
from togimg.batch.lines import LONGEST


def prompt(number: int, text: str) -> Row:
    return Row(number, None, {"prompt": text}, {})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", []),
        ("a red fox", [prompt(1, "a red fox")]),
        ("a red fox\n\n  an owl \t\n", [prompt(1, "a red fox"), prompt(3, "an owl")]),
        ("# foxes\n  # and owls\nan owl", [prompt(3, "an owl")]),
        ("\\#1 in the charts\n", [prompt(1, "#1 in the charts")]),
        ("\\a path\n", [prompt(1, "\\a path")]),
        ("an owl # no comment\n", [prompt(1, "an owl # no comment")]),
        ("fox\r\nowl\r\n", [prompt(1, "fox"), prompt(2, "owl")]),
        ("fox\rowl\r", [prompt(1, "fox"), prompt(2, "owl")]),
        ("fox\rstill the fox\r\nowl\n", [prompt(1, "fox\rstill the fox"), prompt(2, "owl")]),
        ("fox\u2028still the fox\x85too\n", [prompt(1, "fox\u2028still the fox\x85too")]),
        ("\ufefffox\n", [prompt(1, "fox")]),
        ('{"a": "JSON prompt"}\n', [prompt(1, '{"a": "JSON prompt"}')]),
        ("日本の狐 🦊\n", [prompt(1, "日本の狐 🦊")]),
    ],
)
def test_each_line_is_a_prompt(content: str, expected: list[Row]) -> None:
    assert read(content, "jobs.txt") == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_spreadsheet_s_unicode_text_is_read(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"

    found = read(f"{mark}fox\r\nĊ ਊ 🦊\r\n".encode(encoding), "jobs.txt")

    assert found == [prompt(1, "fox"), prompt(2, "Ċ ਊ 🦊")]


UTF8 = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"gr\xfc\xdfe", Bad(2, "the line is not UTF-8 text", UTF8)),
        (b"cut \xe2\x82", Bad(2, "the line is not UTF-8 text", UTF8)),
        (b"CESU \xed\xa0\xbd\xed\xb8\x80", Bad(2, "the line is not UTF-8 text", UTF8)),
        (b"f\0o\0x", Bad(2, "the line has a NUL in it", UTF8)),
    ],
)
def test_a_bad_line_is_named_and_reading_goes_on(content: bytes, expected: Bad) -> None:
    found = read(b"fox\n" + content + b"\nowl\n", "jobs.txt")

    assert found == [prompt(1, "fox"), expected, prompt(3, "owl")]


def test_broken_utf_16_is_a_bad_line() -> None:
    content = "\ufefffox\n".encode("utf-16-le") + b"\x00\xd8x\x00\n\x00" + "owl".encode("utf-16-le")

    assert read(content + b"!", "jobs.txt") == [
        prompt(1, "fox"),
        Bad(2, "the line is not UTF-8 text", UTF8),
        Bad(3, "the line is not UTF-8 text", UTF8),
    ]


def test_an_absurdly_long_line_is_a_bad_line() -> None:
    content = "fox\n" + "x" * (2 * LONGEST) + "\r\nowl\n"

    assert read(content, "jobs.txt") == [
        prompt(1, "fox"),
        Bad(2, "the line is longer than 16 MB", "is a break missing?"),
        prompt(3, "owl"),
    ]


def test_the_longest_line_is_read_whole() -> None:
    line = "x" * (LONGEST - 1)

    assert only(f"{line}\n", "jobs.txt") == prompt(1, line)
