"""What the bytes of an answer hold, however they are written: JSON, entries, base64."""

import binascii
import codecs
import json
import re
from contextlib import suppress
from typing import Any

import pybase64

_FIELDS = ("b64_json", "url")
_STRING = r'\s*:\s*("(?:[^"\\]++|\\.)*+")'
_KEY = b'"b64_json"'
_OPENING = re.compile(_KEY + rb'\s*:\s*"')


def parsed(content: bytes) -> Any:
    """The value of a JSON text in any encoding that JSON may have; None if it is none.

    Where it says `b64_json` in UTF-8, that is not text but its bytes: it may have megabytes.
    """
    rest, cut = _cut_out(content)

    def put_back(found: dict[str, Any]) -> dict[str, Any]:
        number = found.get("b64_json")
        was_cut = type(number) is int and number in cut
        return found | {"b64_json": cut[number]} if was_cut else found

    try:
        # Not "utf-8-sig": its codec is a file that a process out of descriptors cannot load.
        return json.loads(rest.removeprefix(codecs.BOM_UTF8), object_hook=put_back)
    except (ValueError, RecursionError):
        return None


def _cut_out(content: bytes) -> tuple[bytes, dict[Any, memoryview]]:
    """The content with a number for each text of `b64_json`, and those by their numbers.

    None is cut out that has an escape in it: its end is not the next quote.
    """
    kept: list[bytes] = []
    cut: dict[Any, memoryview] = {}
    done = at = 0
    while (at := content.find(_KEY, at)) >= 0:
        opening = _OPENING.match(content, at)
        at += len(_KEY)
        if opening is None:
            continue
        first = opening.end()
        last = content.find(b'"', first)
        if last < 0 or content.find(b"\\", first, last) >= 0:
            return content, {}
        number = -first
        kept += content[done : first - 1], b"%d" % number
        cut[number] = memoryview(content)[first:last]
        done = at = last + 1
    return b"".join([*kept, content[done:]]) if cut else content, cut


def entries(answer: Any, content: bytes) -> list[Any]:
    """The pictures of a parsed answer: a list, in `data` or bare, or a single one.

    Of an answer that was cut, or is no JSON for another reason, what is whole in its `content`.
    """
    if answer is None:
        return _whole(content)
    found = answer.get("data", answer) if isinstance(answer, dict) else answer
    if isinstance(found, dict) and any(found.get(name) for name in _FIELDS):
        return [found]
    return found if isinstance(found, list) else []


def decode(said: str | memoryview) -> bytes | None:
    """The bytes of base64, None if it is not.

    It may be wrapped, unpadded, in the alphabet of URLs, or a `data:` URI.
    """
    # Most are plain: what follows makes four copies of a text that may have megabytes.
    with suppress(ValueError):
        return pybase64.b64decode(said, validate=True) or None
    text = said if isinstance(said, str) else str(said, "ascii", "replace")
    if text.startswith("data:"):
        text = text.partition(",")[2]
    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return pybase64.b64decode(compact + "=" * (-len(compact) % 4), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _whole(content: bytes) -> list[Any]:
    text = content.decode(json.detect_encoding(content), "replace")
    for name in _FIELDS:
        # Once each: a text that was written twice is one reply.
        found = dict.fromkeys(re.findall(f'"{name}"{_STRING}', text, re.DOTALL))
        if found:
            return [{name: json.loads(value, strict=False)} for value in found]
    return []
