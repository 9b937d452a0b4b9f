"""Lengths of bodies that are said several times alike, which the parser does not bear."""

import re

_NAME = b"content-length:"
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n(?![ \t])")


def may_follow(said: bytes, early: int) -> bool:
    """Whether the head that is to be read has a length in it, and goes on beyond what was `said`.

    The heads that came `early` are others.
    """
    # Not by the pattern, which would take long to look again at each of many small pieces.
    ends = said.count(b"\n\r\n") + said.count(b"\n\n")
    return _NAME in said.lower() and ends <= early


def said_once(said: bytes, early: int) -> bytes | None:
    """The same, from that head on, with its length said once; None where it is not said alike.

    A list of one number, or several headers of it, are that number: RFC 9110, 8.6.
    """
    head, *rest = _HEAD_END.split(said, early + 1)[early:] or [b""]
    lines = _LINE_END.split(head)
    lengths = [line for line in lines if line.lower().startswith(_NAME)]
    numbers = [n.strip() for line in lengths for n in line[len(_NAME) :].split(b",")]
    if len(numbers) < 2 or len(set(numbers)) > 1:  # noqa: PLR2004
        return None
    others = [line for line in lines if line not in lengths]
    return b"\r\n".join([*others, _NAME + numbers[0], b"", *rest])
