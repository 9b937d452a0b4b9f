"""The recipe of a picture, and its JSON."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from togimg.errors import UsageError

SCHEMA = 1
"""What the field `togimg` of the JSON says. It rises only when old readers would be misled."""

DEEPEST = 64
"""Levels of JSON that are read: far beyond, Python's own recursion limit is near."""

STUB = ";…"
"""How a `data:` URI ends whose bytes were left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a picture was made.

    `request` is the body that was sent, without pictures or key. `images` are the references as
    the user named them. `width` and `height` are those of the picture as it came, in pixels, 0
    when not known. `version` is togimg's, `created` is ISO 8601 in UTC to the second; both are
    empty when another program made the picture. `index` tells which picture of the reply it is.
    """

    request: Mapping[str, Any]
    images: tuple[str, ...] = ()
    width: int
    height: int
    version: str
    request_id: str | None
    created: str
    index: int = 0

    @property
    def command(self) -> Literal["generate", "edit"]:
        """The command that makes the picture."""
        return "edit" if self.images else "generate"


def dump(recipe: Recipe) -> str:
    """One line of JSON, the same for the same recipe, that UTF-8 and XML can carry.

    The bytes of `data:` URIs are left out, wherever they are but in a prompt.
    """
    return _json(
        {
            "togimg": SCHEMA,
            "version": recipe.version,
            "created": recipe.created,
            "request_id": recipe.request_id,
            "width": recipe.width,
            "height": recipe.height,
            "index": recipe.index,
            "images": [stub(image) for image in recipe.images],
            "request": without_bytes(recipe.request),
        }
    )


def load(text: str) -> Recipe:
    """The recipe that `dump` wrote. Fields that are not known are passed over.

    Raises:
        UsageError: The text is no recipe, or one for a newer togimg.
    """
    try:
        said = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise unreadable() from error
    if not isinstance(said, dict) or not _shallow(said, DEEPEST):
        raise unreadable()
    if _integer(said, "togimg") > SCHEMA:
        raise unreadable(hint="a newer togimg wrote it: update togimg")
    return Recipe(
        request=_checked(said, "request", dict),
        images=_images(said),
        width=_integer(said, "width"),
        height=_integer(said, "height"),
        version=_checked(said, "version", str),
        request_id=None if said.get("request_id") is None else _checked(said, "request_id", str),
        created=_checked(said, "created", str),
        index=_integer(said, "index", 0),
    )


def without_bytes(request: Mapping[str, Any]) -> dict[str, Any]:
    """A body without the bytes of its `data:` URIs, wherever they are but in a prompt."""
    return {
        key: value if key in _PROMPTS else _without_bytes(value) for key, value in request.items()
    }


def stub(uri: str) -> str:
    """A reference without its bytes: of a `data:` URI only the kind is left, `data:image/png;…`.

    A URL loses its user and password.
    """
    uri = _USER.sub(r"\1", uri)
    return uri.split(",", 1)[0].split(";", 1)[0] + STUB if uri.startswith("data:") else uri


def lost(recipe: Recipe) -> tuple[str, ...]:
    """The references whose bytes were left out, so that the user has to give them again."""
    return tuple(image for image in recipe.images if image.endswith(STUB))


def unreadable(hint: str | None = None) -> UsageError:
    """The error of a recipe that is none."""
    return UsageError("the recipe in this picture cannot be read", hint=hint)


_PROMPTS = ("prompt", "negative_prompt")
_USER = re.compile(r"^(https?://)[^/?#]*@", re.IGNORECASE)
_DATA_URI = re.compile(r"data:[^,]{0,200};base64,")
# Lone surrogates are not for UTF-8, the rest is not for XML (https://www.w3.org/TR/xml/#charsets)
# or breaks lines there.
_AWKWARD = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _AWKWARD.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _without_bytes(value: Any) -> Any:
    match value:
        case str():
            return stub(value) if _DATA_URI.match(value) else value
        case list() | tuple():
            return [_without_bytes(item) for item in value]
        case dict():
            return {key: _without_bytes(item) for key, item in value.items()}
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _shallow(value: object, levels: int) -> bool:
    inside: Iterator[object]
    match value:
        case dict():
            inside = iter(value.values())
        case list():
            inside = iter(value)
        case _:
            return True
    return levels > 0 and all(_shallow(item, levels - 1) for item in inside)


def _checked(said: Mapping[str, Any], key: str, kind: type) -> Any:
    value = said.get(key)
    if not isinstance(value, kind):
        raise unreadable()
    return value


def _integer(said: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = said.get(key, default)
    if type(value) is not int:
        raise unreadable()
    return value


def _images(said: Mapping[str, Any]) -> tuple[str, ...]:
    images = said.get("images", [])
    if not isinstance(images, list) or not all(isinstance(image, str) for image in images):
        raise unreadable()
    return tuple(images)
