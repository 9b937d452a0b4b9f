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


def parsed(content: bytes) -> Any:
    """The value of a JSON text in any encoding that JSON may have; None if it is none."""
    try:
        # Not "utf-8-sig": its codec is a file that a process out of descriptors cannot load.
        return json.loads(content.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError):
        return None


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


def decode(text: str) -> bytes | None:
    """The bytes of base64, None if it is not.

    It may be wrapped, unpadded, in the alphabet of URLs, or a `data:` URI.
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    # Most are plain: what follows makes four copies of a text that may have megabytes.
    with suppress(ValueError):
        return pybase64.b64decode(text, validate=True) or None
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
