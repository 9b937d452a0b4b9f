"""Reads the body of a request for pictures, and refuses what the service refuses."""

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from togimg.sandbox import wording
from togimg.sandbox.exchange import Received
from togimg.sandbox.rules import Rules, about_a_megapixel, check, rules, size

if TYPE_CHECKING:
    from togimg.sandbox.painter import Commission

MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Order:
    """A request that passed every check.

    Attributes:
        model: The model that serves it, which may be another than was asked for.
        as_links: Whether links are wanted, as the API gives when nothing is said.
    """

    model: str
    prompt: str
    as_links: bool
    milliseconds: bool
    commissions: "tuple[Commission, ...]"


def read(received: Received, links: "Mapping[str, Commission]") -> Order:
    """The order in a request; `links` are the pictures that references may point to.

    Raises:
        Refusal: The body is no JSON object, or the model does not take what it asks.
    """
    asked = parsed(received.body)
    prompt, name = required(asked, "prompt"), required(asked, "model")
    model, of_model = rules(name)
    check_types(asked)
    check(asked, of_model)
    references = tuple(
        reference(address, field, received.host, links)
        for field in ("image_url", "reference_images")
        for address in addresses(asked, field)
    )
    return Order(
        model=model,
        prompt=prompt,
        as_links=asked.get("response_format", "url") == "url",
        milliseconds=of_model.milliseconds,
        commissions=commissions(asked, model, of_model, references),
    )


def commissions(
    asked: Mapping[str, Any], model: str, of_model: Rules, references: tuple[bytes | str, ...]
) -> "tuple[Commission, ...]":
    """One for each picture; the seeds count up from the one that was said."""
    from togimg.sandbox.painter import Commission  # noqa: PLC0415  the server must start fast

    width, height = size(asked, of_model, natural_size(of_model, references))
    first = asked.get("seed", secrets.randbelow(2**31))
    return tuple(
        Commission(
            model=model,
            prompt=asked["prompt"],
            seed=first + index,
            width=width,
            height=height,
            steps=asked.get("steps", of_model.steps),
            negative_prompt=asked.get("negative_prompt", ""),
            guidance=float(asked.get("guidance_scale", asked.get("guidance", 3.5))),
            references=references,
            form=asked.get("output_format", "jpeg"),
        )
        for index in range(asked.get("n", 1))
    )


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, without what is null: null says nothing."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise wording.unreadable(f"It is not valid JSON: {error}") from error
    if not isinstance(asked, dict):
        raise wording.unreadable("It must be a JSON object.")
    return {name: value for name, value in asked.items() if value is not None}


def required(asked: Mapping[str, Any], name: str) -> str:
    """The value of a parameter that must be a text with something in it."""
    value = asked.get(name)
    if not isinstance(value, str) or not value.strip():
        raise wording.invalid(name, f"The {name} must be a non-empty string.")
    return value


def check_types(asked: Mapping[str, Any]) -> None:
    """Refuse values of the wrong type or range, whatever the model.

    Raises:
        Refusal: It names the first such parameter.
    """
    for name, (right, wanted) in VALUES.items():
        if name in asked and not right(asked[name]):
            raise wording.invalid(name, wanted)


def is_whole(value: Any) -> bool:
    """Whether it is an integer; JSON's true is none."""
    return type(value) is int


def is_number(value: Any) -> bool:
    """Whether it is an integer or a fraction, and finite."""
    return type(value) in {int, float} and abs(value) < 1e6  # noqa: PLR2004


def is_text(value: Any) -> bool:
    """Whether it is a string."""
    return isinstance(value, str)


def is_texts(value: Any) -> bool:
    """Whether it is a list of strings."""
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


VALUES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "n": (
        lambda value: is_whole(value) and 1 <= value <= 4,  # noqa: PLR2004
        "Number of images must be an integer value between 1 and 4.",
    ),
    "steps": (
        lambda value: is_whole(value) and 1 <= value <= MOST_STEPS,
        f"Steps must be an integer value between 1 and {MOST_STEPS}.",
    ),
    "seed": (
        lambda value: is_whole(value) and abs(value) < 2**63,
        "Seed must be an integer value of 64 bits.",
    ),
    "negative_prompt": (is_text, "Negative prompt must be a string."),
    "guidance_scale": (is_number, "Guidance scale must be a number."),
    "guidance": (is_number, "Guidance must be a number."),
    "image_url": (is_text, "Image URL must be a string."),
    "reference_images": (is_texts, "Reference images must be an array of strings."),
    "disable_safety_checker": (lambda value: type(value) is bool, "It must be true or false."),
    "prompt_upsampling": (lambda value: type(value) is bool, "It must be true or false."),
    # Several clients send b64_json, which the docs do not name.
    "response_format": (
        lambda value: value in ("base64", "b64_json", "url"),
        "Response format must be one of 'base64', 'url'.",
    ),
    "output_format": (
        lambda value: value in ("jpeg", "png"),
        "Output format must be one of 'jpeg', 'png'.",
    ),
}


def addresses(asked: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """The references under a field, which holds one or a list."""
    value = asked.get(field, ())
    return (value,) if isinstance(value, str) else tuple(value)


def reference(
    address: str, field: str, host: str, links: "Mapping[str, Commission]"
) -> bytes | str:
    """The contents of a `data:` URI or of a link of ours; else the address, never fetched.

    Raises:
        Refusal: It is neither an address nor a picture.
    """
    if address.startswith("data:"):
        data = decoded(address)
        if pixels(data) is None:
            raise wording.invalid(field, "The image could not be decoded.")
        return data
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise wording.invalid(field, "The value is not a valid URL.") from error
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise wording.invalid(field, "The value must be a URL of an image.")
    return own_picture(parts.path, links) if parts.netloc == host else address


def own_picture(path: str, links: "Mapping[str, Commission]") -> bytes | str:
    """What a link of this sandbox leads to; the path when it leads nowhere."""
    from togimg.sandbox.painter import paint  # noqa: PLC0415  the server must start fast

    commission = links.get(path.removeprefix("/shrt/"))
    return paint(commission) if commission else path


def decoded(address: str) -> bytes:
    """The bytes of a `data:` URI; none when it is not well-formed base64."""
    head, _, data = address.partition(",")
    if not head.endswith(";base64"):
        return b""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return b""


def pixels(data: bytes) -> tuple[int, int] | None:
    """Width and height of a picture file; None when it is none or does not decode."""
    from PIL import Image  # noqa: PLC0415  the server must start fast

    try:
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def natural_size(of_model: Rules, references: tuple[bytes | str, ...]) -> tuple[int, int]:
    """The size when none is asked: the model's own, or in the proportions of the reference."""
    first = references[0] if references else ""
    if not of_model.follows or isinstance(first, str):
        return of_model.size
    return about_a_megapixel(*(pixels(first) or of_model.size))
