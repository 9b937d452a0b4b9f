"""What a flag's text means: sizes, ratios, places, parameters; each a value or a UsageError."""

import json
import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from togimg.errors import UsageError, reason
from togimg.request import Lora

WRITABLE = ("png", "jpg", "jpeg", "webp")
PICTURES = {*WRITABLE, "gif", "avif", "bmp", "tif", "tiff", "heic", "jxl", "svg"}
"""Extensions of files that are pictures, whether togimg can write them or not."""


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
    if dot and extension.lower() in PICTURES:
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
        return Lora(path, finite("lora", float(scale))) if path else Lora(text)
    except ValueError:
        return Lora(text)


def param(text: str) -> tuple[str, Any]:
    """`KEY=VALUE`, the value as JSON if it is JSON and as text if not."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        missing = "value" if key else "key"
        raise UsageError(f"--param {text} has no {missing}", hint="write --param KEY=VALUE")
    try:
        return key, json.loads(value, parse_constant=_no_json, parse_float=_number)
    except (ValueError, RecursionError):
        return key, value


def finite(name: str, number: float) -> float:
    """The number of a flag, if JSON can carry it."""
    if not math.isfinite(number):
        raise UsageError(f"--{name} must be a number, not {number}")
    return number


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_json(text)


def _no_json(text: str) -> NoReturn:
    # Python reads NaN, Infinity and 1e999, and would write what is no JSON.
    raise ValueError(text)


def at_least(least: int, **values: int | None) -> None:
    """Refuses numbers below the least; the names are those of the flags."""
    for name, value in values.items():
        if value is not None and value < least:
            raise UsageError(f"--{name} must be {least} or more, not {value}")


def not_empty(**values: Iterable[str | None]) -> None:
    """Refuses empty texts, such as unset shell variables give; the names are those of the flags."""
    for name, texts in values.items():
        if any(text is not None and not text.strip() for text in texts):
            raise UsageError(f"--{name} is empty", hint="leave it out, or give it a value")


def text(data: bytes, source: str) -> str:
    """UTF-8 text, with or without a byte order mark; `source` ends the message when it is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"cannot read {source}: it is not UTF-8 text",
            hint="convert it, for example with iconv",
        ) from error


def file_text(path: Path) -> str:
    """The text of a prompt file."""
    return _file_text(path, f"the prompt file {path}", "name a text file, or - for stdin")


def lines(name: str) -> tuple[str, ...]:
    """The lines of a file of values."""
    path = Path(name).expanduser()
    return _lines(_file_text(path, f"the values in {path}", "@ names a text file, a value a line"))


def wildcard(folder: Path, name: str) -> tuple[str, ...]:
    """The lines of the file that a wildcard names, inside the folder."""
    path = folder / f"{name}.txt"
    if not _real(path).is_relative_to(_real(folder)):
        raise UsageError(
            f"the wildcard __{name}__ leaves the folder {folder}",
            hint="name the folder that its file is in with --wildcards",
        )
    hint = "write it, a value a line, or name its folder with --wildcards"
    found = _lines(_file_text(path, f"the wildcard __{name}__ in {path}", hint))
    if not found:
        raise UsageError(f"the wildcard __{name}__ has no lines in {path}", hint=hint)
    return found


def _real(path: Path) -> Path:
    # Path.resolve() has an error of its own for links that lead in a circle.
    return Path(os.path.realpath(path))


def _lines(text: str) -> tuple[str, ...]:
    """The lines without blanks around them; empty ones and those that begin with # are none."""
    stripped = map(str.strip, text.splitlines())
    return tuple(line for line in stripped if line and not line.startswith("#"))


def _file_text(path: Path, what: str, hint: str) -> str:
    try:
        return text(path.read_bytes(), what)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {what}: {reason(error)}", hint=hint) from error
