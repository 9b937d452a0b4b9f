"""A name template and a job become a file name that is safe on every file system."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from string import Formatter

from togimg.errors import UsageError
from togimg.request import Job

FIELDS = (
    "slug",
    "number",
    "seed",
    "model",
    "prompt",
    "date",
    "time",
    "width",
    "height",
    "index",
)
NUMBERED = "-{number:03}"
LONGEST = 200
"""Bytes of one name without its extension; file systems allow 255 with everything."""

_INTEGERS = {"number", "seed", "width", "height", "index"}
_FIXED = {"date", "time"}
_INTEGER_SPEC = re.compile(r"0?\d{0,2}")
_TEXT_SPEC = re.compile(r"(\.\d{1,3})?")
_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f/\\<>:"|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]'
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A rendered name, still open for its number.

    `folders` lie below the output folder. `parts` alternate text and number widths: `("fox-", 3)`
    is `fox-001`, `fox-002`, …; a name without a width has no number.
    """

    folders: tuple[str, ...]
    parts: tuple[str | int, ...]

    @property
    def numbered(self) -> bool:
        """Whether the name has a number in it."""
        return any(isinstance(part, int) for part in self.parts)

    def with_number(self) -> "Name":
        """The same name with a number at its end, unless it has one."""
        return self if self.numbered else Name(self.folders, (*self.parts, "-", 3))

    def at(self, number: int) -> str:
        """The file name, without extension, that has this number."""
        return "".join(p if isinstance(p, str) else f"{number:0{p}}" for p in self.parts)

    def number_in(self, stem: str) -> int | None:
        """The number that `stem` has, if it is one of this name's file names."""
        pattern = "".join(re.escape(p) if isinstance(p, str) else r"(\d{1,15})" for p in self.parts)
        found = re.fullmatch(pattern, unicodedata.normalize("NFC", stem), re.IGNORECASE)
        return int(found[1]) if found and found.re.groups else None


def check(template: str, columns: Iterable[str] = ()) -> None:
    """Refuses a template with an unknown field or format, or one that leaves its folder.

    `columns` are fields besides those that every job has.

    Raises:
        UsageError: with the fields that there are.
    """
    pieces = _parse(template)
    known = (*FIELDS, *columns)
    for _, field, spec in pieces:
        if field is not None:
            _check_field(field, spec, known)
    if len(_safe("".join(literal for literal, _, _ in pieces)).encode()) > LONGEST // 2:
        raise UsageError("the name template is too long", hint=f"use at most {LONGEST // 2} bytes")
    folder = template.rpartition("/")[0]
    if template.startswith("/") or ".." in template.split("/"):
        raise UsageError(
            f"a name template stays inside the output folder: {template}",
            hint="name the folder with -o",
        )
    if any(field == "number" for _, field, _ in _parse(folder)):
        raise UsageError("{number} belongs to the file name, not to a folder")


def fields(job: Job, started: datetime) -> dict[str, str | int | None]:
    """What a template can say of a job: every field but `number`, its row's id and own columns.

    What `params` say in place of the request's own values is what will be sent.
    """
    request = job.request
    params = dict(request.params)
    numbers = {
        name: said if type(said := params.get(name)) is int else getattr(request, name)
        for name in ("seed", "width", "height")
    }
    prompt = request.prompt or ""
    return {
        "id": job.id,
        **dict(job.columns),
        **numbers,
        **_moment(started),
        "slug": slug(prompt),
        "prompt": prompt,
        "model": (request.model or "").rpartition("/")[2],
        "index": job.index,
    }


@lru_cache(maxsize=1)
def _moment(started: datetime) -> dict[str, str]:
    return {"date": started.strftime("%Y-%m-%d"), "time": started.strftime("%H%M%S")}


def render(template: str, values: Mapping[str, str | int | None]) -> Name:
    """The name that a template gives for these values; what has no value is `none`.

    Texts are shortened until every part of the name fits; the number never is.
    """
    for longest in (160, 80, 40, 15, 4):
        name = _render(template, values, longest)
        if len(name.at(10**9).encode()) <= LONGEST:
            break
    return name


def slug(prompt: str, longest: int = 60) -> str:
    """The prompt's letters and digits, of any script, in lower case and joined by hyphens."""
    text = unicodedata.normalize("NFKC", prompt[:1000]).lower()
    words = text.translate(_IN_WORDS).split()
    joined = "-".join(word for word in words if any(map(str.isalnum, word)))
    return _shorten(joined[:longest], 120).strip("-") or "image"


class _InWords(dict[int, str]):
    """What is left in words of each character, by its number."""

    def __missing__(self, number: int) -> str:
        # Marks count: Devanagari, Thai and Hebrew words are not words without them.
        character = chr(number)
        kept = character if unicodedata.category(character)[0] in "LNM" else " "
        return self.setdefault(number, kept)


_IN_WORDS = _InWords({ord("'"): "", 0x2019: ""})


@cache
def _parse(template: str) -> tuple[tuple[str, str | None, str], ...]:
    try:
        pieces = list(Formatter().parse(template))
    except ValueError as error:
        raise UsageError(
            f"the name template {template} cannot be read: {str(error).lower()}",
            hint="write {{ and }} for braces that are meant",
        ) from error
    return tuple(
        (literal, field, f"!{conversion}" if conversion else spec or "")
        for literal, field, spec, conversion in pieces
    )


def _check_field(field: str, spec: str, known: Sequence[str]) -> None:
    if field not in known:
        raise UsageError(
            f"a name template has no field {{{field}}}", hint=f"fields: {' '.join(known)}"
        )
    allowed = _INTEGER_SPEC if field in _INTEGERS else _TEXT_SPEC
    if not allowed.fullmatch(spec):
        example = "{number:03}" if field in _INTEGERS else f"{{{field}:.20}}"
        raise UsageError(
            f"{{{field}:{spec}}} is no format for a name", hint=f"write for example {example}"
        )


def _render(template: str, values: Mapping[str, str | int | None], longest: int) -> Name:
    levels: list[list[str | int]] = [[]]
    for literal, field, spec in _parse(template):
        first, *deeper = literal.split("/")
        levels[-1].append(first)
        levels += [[part] for part in deeper]
        if field == "number":
            levels[-1].append(int(spec or 1))
        elif field:
            levels[-1].append(_value(values.get(field), field, spec, longest))
    *folders, file = (_component(level) for level in levels)
    return Name(tuple("".join(map(str, folder)) for folder in folders if folder), file)


def _value(value: str | int | None, field: str, spec: str, longest: int) -> str:
    if value is None:
        return "none"
    if isinstance(value, int):
        return format(value, spec)
    shortened = _shorten(value, longest) if field not in _FIXED else value
    return format(shortened, spec)


def _component(parts: list[str | int]) -> tuple[str | int, ...]:
    """One level of a path, made safe: not hidden, not reserved, no option, nothing unprintable."""
    joined: list[str | int] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        else:
            joined.append(part)
    safe = [_safe(part) if isinstance(part, str) else part for part in joined]
    safe[:1] = [p.lstrip(" .-") if isinstance(p, str) else p for p in safe[:1]]
    safe[-1:] = [p.rstrip(" .") if isinstance(p, str) else p for p in safe[-1:]]
    kept = tuple(part for part in safe if part != "")
    if not kept:
        return ("image",)
    reserved = len(kept) == 1 and _RESERVED.fullmatch(str(kept[0]))
    return (f"image-{kept[0]}",) if reserved else kept


def _safe(text: str) -> str:
    return _UNSAFE.sub("-", unicodedata.normalize("NFC", text))


def _shorten(text: str, longest: int) -> str:
    """The beginning of `text` that fits into `longest` bytes of UTF-8."""
    return text.encode(errors="replace")[:longest].decode(errors="ignore")
