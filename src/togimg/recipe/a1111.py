"""The text that AUTOMATIC1111's web UI keeps in a picture, which Civitai and ComfyUI read too.

The prompt, then `Negative prompt: …`, then one line of `Key: value` pairs. Written and read as
`modules/infotext_utils.py` of stable-diffusion-webui does it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from togimg.recipe.record import Recipe, unreadable

NEGATIVE = "Negative prompt:"

FEWEST = 3
"""Pairs that the last line has at least: with fewer, it is part of the prompt."""


def parameters(recipe: Recipe) -> str:
    """The recipe as A1111's text. The steps are left out when they were not said.

    `Sampler` is there because sd-parsers needs it, though nobody knows it.
    """
    said = recipe.request
    lines = [_shown(said.get("prompt"))]
    if negative := said.get("negative_prompt"):
        lines.append(f"{NEGATIVE} {_shown(negative)}")
    lines.append(", ".join(f"{key}: {value}" for key, value in _pairs(recipe)))
    return "\n".join(lines)


def _pairs(recipe: Recipe) -> Iterator[tuple[str, str]]:
    said = recipe.request
    if "steps" in said:
        yield "Steps", _quoted(said["steps"])
    yield "Sampler", "unknown"
    if "guidance_scale" in said:
        yield "CFG scale", _quoted(said["guidance_scale"])
    if "seed" in said:
        yield "Seed", _quoted(said["seed"])
    if recipe.width and recipe.height:
        yield "Size", f"{recipe.width}x{recipe.height}"
    if "model" in said:
        yield "Model", _quoted(said["model"])
    yield "Version", _quoted(f"togimg {recipe.version}" if recipe.version else "unknown")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _quoted(value: Any) -> str:
    text = _shown(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[,:"\r\n]', text) else text


def parse_parameters(text: str) -> Recipe:
    """What A1111's text of any program says: prompts, steps, seed, size, CFG scale and model.

    Raises:
        UsageError: The text is empty.
    """
    *lines, last = text.strip().split("\n")
    pairs = dict(_PAIR.findall(last))
    if len(pairs) < FEWEST:
        lines, pairs = [*lines, last], {}
    prompt, negative = _prompts(lines)
    said: dict[str, Any] = {"model": _unquoted(pairs.get("Model", "")), "prompt": prompt}
    said |= _numbers(pairs) | {"negative_prompt": negative}
    said = {key: value for key, value in said.items() if value not in {"", None}}
    if not said:
        raise unreadable()
    width, height = said.get("width", 0), said.get("height", 0)
    return Recipe(request=said, width=width, height=height, version="", request_id=None, created="")


def _prompts(lines: list[str]) -> tuple[str, str]:
    begins = [number for number, line in enumerate(lines) if line.strip().startswith(NEGATIVE)]
    if not begins:
        return "\n".join(lines).strip(), ""
    prompt, negative = lines[: begins[0]], "\n".join(lines[begins[0] :]).strip()
    return "\n".join(prompt).strip(), negative.removeprefix(NEGATIVE).strip()


def _numbers(pairs: dict[str, str]) -> dict[str, Any]:
    size = _SIZE.fullmatch(pairs.get("Size", ""))
    scale = pairs.get("CFG scale", "")
    return {
        "width": int(size[1]) if size else None,
        "height": int(size[2]) if size else None,
        "steps": _integer(pairs.get("Steps", "")),
        "seed": _integer(pairs.get("Seed", "")),
        "guidance_scale": float(scale) if _DECIMAL.fullmatch(scale) else None,
    }


def _integer(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) else None


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text.strip()
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')


# Every repetition is bounded or ends at a comma or a quote, so that no text takes long.
_PAIR = re.compile(r'(?:^|,)\s{0,8}(\w[\w \-/]{0,60}):\s{0,8}("(?:\\.|[^\\"])*"|[^,]*)')
_SIZE = re.compile(r"([0-9]{1,6})x([0-9]{1,6})")
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
