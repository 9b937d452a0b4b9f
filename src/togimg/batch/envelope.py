"""Lines as OpenAI's batches write them: `custom_id`, `method`, `url` and the `body` to send.

The shape: https://platform.openai.com/docs/guides/batch
"""

from collections.abc import Mapping
from typing import Any

from togimg.batch.names import PARAMETERS
from togimg.batch.row import RESERVED, Bad, Row, Slot, row

ENDPOINT = "/images/generations"
_KEYS = frozenset({"custom_id", "method", "url", "body"}) | RESERVED
# What OpenAI's API calls by another name, or says by naming it.
_OTHERWISE = {("size", "auto"): None, ("response_format", "b64_json"): "base64"}


def is_envelope(said: Mapping[str, Any]) -> bool:
    """Whether the object wraps a body; a column of one's own holds no object there."""
    return isinstance(said.get("body"), dict)


def opened(number: int, said: Mapping[str, Any]) -> Row | Bad:
    """The row that the body asks for; what has no flag goes to the API as it is."""
    body = said["body"]
    if str(said.get("method", "POST")).upper() != "POST":
        return Bad(number, f"method is {str(said['method'])[:40]}", "pictures are made with POST")
    if not str(said.get("url", ENDPOINT)).endswith(ENDPOINT):
        return Bad(number, f"url is {str(said['url'])[:80]}", f"only /v1{ENDPOINT} makes pictures")
    outside = [key for key in said if key not in _KEYS]
    if outside:
        return Bad(number, f"{outside[0][:40]} is beside the body", "put it into the body")
    if {"image_url", "reference_images"} <= body.keys():
        return Bad(number, "image_url and reference_images say the same", "give one of the two")
    return row(number, [(Slot("id", "id"), said.get("custom_id")), *_said(body)])


def _said(body: Mapping[str, Any]) -> list[tuple[Slot, Any]]:
    known = [
        (Slot("flag", PARAMETERS[key]), _in_our_words(key, value))
        for key, value in body.items()
        if key in PARAMETERS
    ]
    others = {key: value for key, value in body.items() if key not in PARAMETERS}
    return [*known, (Slot("flag", "param"), others or None)]


def _in_our_words(key: str, value: Any) -> Any:
    return _OTHERWISE.get((key, value), value) if isinstance(value, str) else value
