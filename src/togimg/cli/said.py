"""What a flag's text means: sizes, ratios, places, parameters; each a value or a UsageError."""

import json
import re
from pathlib import Path
from typing import Any, Literal

from togimg.errors import UsageError
from togimg.request import Lora
from togimg.storage import EXTENSIONS

WRITABLE = ("png", "jpg", "jpeg", "webp")


def place(output: str) -> tuple[Path, str | None, str | None]:
    """A folder, and the name template and extension inside it when `-o` says them."""
    if "{" in output:
        literal, _, _ = output.partition("{")
        folder = literal.rpartition("/")[0] + "/" if "/" in literal else ""
        name, extension = split_extension(output[len(folder) :])
        return Path(folder or "."), name, extension
    path = Path(output).expanduser()
    if output.endswith(("/", "\\")) or path.is_dir() or not path.suffix:
        return path, None, None
    name, extension = split_extension(path.name)
    if extension is None:
        raise UsageError(
            f"{output} is neither a folder nor a picture's name",
            hint=f"end a folder with /, or a picture with {', '.join('.' + e for e in WRITABLE)}",
        )
    return path.parent, name.replace("{", "{{").replace("}", "}}"), extension


def split_extension(name: str) -> tuple[str, str | None]:
    """A file name without its extension, and the extension if it is one that togimg writes."""
    stem, dot, extension = name.rpartition(".")
    if dot and stem and extension.lower() in WRITABLE:
        return stem, extension
    if dot and extension.lower() in {*EXTENSIONS, "tif", "tiff", "bmp", "heic", "jxl", "svg"}:
        raise UsageError(
            f"togimg does not write .{extension} files",
            hint=f"use {', '.join('.' + e for e in WRITABLE)}",
        )
    return name, None


def size(text: str) -> tuple[int, int]:
    """`WIDTHxHEIGHT` in pixels."""
    found = re.fullmatch(r"(\d{1,6})\s*[xX×*]\s*(\d{1,6})", text.strip())  # noqa: RUF001
    if not found:
        raise UsageError(
            f"--size {text} is no size", hint="write 1024x768, square, landscape or portrait"
        )
    return int(found[1]), int(found[2])


def aspect_ratio(text: str) -> str:
    """`W:H`, two whole numbers."""
    found = re.fullmatch(r"([1-9]\d{0,4})\s*[:/]\s*([1-9]\d{0,4})", text.strip())
    if not found:
        raise UsageError(f"--aspect-ratio {text} is no ratio", hint="write W:H, for example 16:9")
    return f"{found[1]}:{found[2]}"


def lora(text: str) -> Lora:
    """`PATH` or `PATH:SCALE`; the colons of a URL are its own."""
    path, _, scale = text.rpartition(":")
    try:
        return Lora(path, float(scale)) if path else Lora(text)
    except ValueError:
        return Lora(text)


def param(text: str) -> tuple[str, Any]:
    """`KEY=VALUE`, the value as JSON if it is JSON and as text if not."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UsageError(f"--param {text} has no value", hint="write --param KEY=VALUE")
    try:
        return key, json.loads(value, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return key, value


def _no_constant(name: str) -> Literal[False]:
    # NaN and Infinity are no JSON, though Python reads them.
    raise ValueError(name)


def at_least(least: int, **values: int | None) -> None:
    """Refuses numbers below the least; the names are those of the flags."""
    for name, value in values.items():
        if value is not None and value < least:
            raise UsageError(f"--{name} must be {least} or more, not {value}")


def file_text(path: Path) -> str:
    """The text of a prompt file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"cannot read the prompt file {path}: {str(reason).lower()}",
            hint="name a text file, or - for stdin",
        ) from error
