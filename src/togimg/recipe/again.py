"""The request, and the shell command, that make a picture again."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from togimg.recipe.record import Recipe
from togimg.request import ImageRequest, Lora, Source


def request(recipe: Recipe) -> ImageRequest:
    """The request that makes the picture again: its body is `recipe.request`.

    What has no field of its own, or not a value that the field takes, goes into `params`.
    """
    known: dict[str, Any] = {}
    other: list[tuple[str, Any]] = []
    for key, value in recipe.request.items():
        if key in _TAKES and _TAKES[key](value):
            known[key] = value
        else:
            other.append((key, value))
    known["loras"] = tuple(Lora(**lora) for lora in known.pop("image_loras", ()))
    images = tuple(Source(image) for image in recipe.images)
    return ImageRequest(**known, images=images, params=tuple(other))


def shell_command(recipe: Recipe) -> str:
    """A line for a POSIX shell that makes the picture again.

    What an argument cannot hold, or a terminal would act on when it is pasted, is said in JSON
    with `--param`: NUL, control and bidirectional characters, and a prompt of `-` or blanks.
    """
    wanted = request(recipe)
    said = ["togimg", recipe.command, *_flags(wanted), *_prompt(wanted.prompt)]
    return " ".join(shlex.quote(part) for part in said)


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in kinds


def _one_of(*values: str) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and value in values


def _are_loras(value: Any) -> bool:
    return type(value) is list and bool(value) and all(map(_is_lora, value))


def _is_lora(value: Any) -> bool:
    return (
        type(value) is dict
        and value.keys() == {"path", "scale"}
        and type(value["path"]) is str
        and type(value["scale"]) in {int, float}
    )


_TAKES: Mapping[str, Callable[[Any], bool]] = {
    "model": _is(str),
    "prompt": _is(str),
    "width": _is(int),
    "height": _is(int),
    "aspect_ratio": _is(str),
    "steps": _is(int),
    "seed": _is(int),
    "guidance_scale": _is(int, float),
    "negative_prompt": _is(str),
    "image_loras": _are_loras,
    "output_format": _one_of("jpeg", "png"),
    "prompt_upsampling": _is(bool),
    "disable_safety_checker": _is(bool),
    "response_format": _one_of("base64", "url"),
}


def _flags(wanted: ImageRequest) -> Iterator[str]:
    yield from _text("-m", "model", wanted.model)
    yield from _size(wanted.width, wanted.height)
    yield from _text("--aspect-ratio", "aspect_ratio", wanted.aspect_ratio)
    yield from _number("--steps", wanted.steps)
    yield from _number("--seed", wanted.seed)
    yield from _number("--guidance-scale", wanted.guidance_scale)
    yield from _text("--negative-prompt", "negative_prompt", wanted.negative_prompt)
    for image in wanted.images:
        yield from _flag("--image", image.text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    yield from _loras(wanted.loras)
    yield from _text("--output-format", "output_format", wanted.output_format)
    yield from _switches(wanted)
    yield from _text("--response-format", "response_format", wanted.response_format)
    for key, value in wanted.params:
        yield from _param(key, value)


def _prompt(prompt: str | None) -> list[str]:
    if prompt is None:
        return []
    if prompt.strip() not in {"", "-"} and _sayable(prompt):
        return ["--", prompt]
    # `-` would be read from stdin and a blank refused; `--param` wins over the prompt, which then
    # only has to be there.
    return [*_param("prompt", prompt), "prompt"]


def _text(flag: str, key: str, text: str | None) -> list[str]:
    if text is None:
        return []
    return _flag(flag, text) if _sayable(text) else _param(key, text)


def _number(flag: str, number: float | None) -> list[str]:
    return [] if number is None else _flag(flag, json.dumps(number))


def _size(width: int | None, height: int | None) -> list[str]:
    if width is None or height is None:
        return [*_number("--width", width), *_number("--height", height)]
    if width > 0 and height > 0:
        return ["--size", f"{width}x{height}"]
    return [*_param("width", width), *_param("height", height)]


def _loras(loras: tuple[Lora, ...]) -> list[str]:
    if all(_sayable(lora.path) for lora in loras):
        # The scale is always said: a path may end in `:8080`.
        return [
            part
            for lora in loras
            for part in _flag("--lora", f"{lora.path}:{json.dumps(lora.scale)}")
        ]
    return _param("image_loras", [{"path": lora.path, "scale": lora.scale} for lora in loras])


def _switches(wanted: ImageRequest) -> Iterator[str]:
    if wanted.prompt_upsampling is not None:
        yield "--prompt-upsampling" if wanted.prompt_upsampling else "--no-prompt-upsampling"
    if wanted.disable_safety_checker:
        yield "--disable-safety-checker"
    elif wanted.disable_safety_checker is not None:
        yield from _param("disable_safety_checker", value=False)


def _flag(flag: str, text: str) -> list[str]:
    if text == "-" or not text.startswith("-"):
        return [flag, text]
    return [f"{flag}={text}" if flag.startswith("--") else f"{flag}{text}"]


def _param(key: str, value: Any) -> list[str]:
    text = json.dumps(value, ensure_ascii=False)
    return _flag(
        "--param",
        f"{key}=" + _UNSAYABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text),
    )


def _sayable(text: str) -> bool:
    return not _UNSAYABLE.search(text)


_UNSAYABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
