"""What to vary: the axes of a sweep, and the image flags with their values put in."""

import os
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

from togimg import sweep
from togimg.cli import said
from togimg.cli.flags.flag import DRAW, flag, variable
from togimg.cli.flags.image import ImageFlags
from togimg.errors import UsageError
from togimg.sweep import Axis, Point

PROMPT = "prompt"
_NOT_VARIED = {"count", "param", "lenient", "expand", "wildcards"}
_FIELDS = {
    field.name.replace("_", "-"): field
    for field in fields(ImageFlags)
    if field.name not in _NOT_VARIED
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VaryFlags:
    """What to vary."""

    vary: Annotated[
        list[str] | None,
        flag(
            DRAW,
            "--vary",
            help="NAME=VALUES, a picture for each: steps=1,6,12 seed=1..4 guidance-scale=2:8:2 "
            "prompt=@FILE; repeatable: every combination.",
            env=False,
        ),
    ] = None

    def axes(self, image: ImageFlags) -> tuple[Axis, ...]:
        """The axes, none of which is said by a flag too.

        Raises:
            UsageError: axes that cannot be meant.
        """
        if not self.vary:
            return ()
        from togimg.batch import FLAGS
        from togimg.sweep.axes import parse

        numbers = {name for name, field in _FIELDS.items() if FLAGS[field.name] in {int, float}}
        axes = parse(self.vary, (PROMPT, *_FIELDS), numbers, said.lines)
        for axis in axes:
            if flag_said := _said(image, axis.name):
                raise UsageError(
                    f"{flag_said} and --vary {axis.name} contradict", hint="give one of the two"
                )
        return axes


def at(image: ImageFlags, point: Point) -> ImageFlags:
    """The flags with the values of a point put in.

    Raises:
        UsageError: a value that its flag does not take.
    """
    params = [
        f"{name.removeprefix(sweep.PARAM)}={text}"
        for name, text in point
        if name.startswith(sweep.PARAM)
    ]
    values: dict[str, Any] = {
        _FIELDS[name].name: _value(_FIELDS[name].name, text)
        for name, text in point
        if name in _FIELDS
    }
    return replace(image, **values, param=[*(image.param or ()), *params] or None)


def _said(image: ImageFlags, name: str) -> str | None:
    """The flag that says what the axis of this name varies, if there is one."""
    if name == "seed" and (image.count or 1) > 1:
        return "--count"
    # A --param wins over every flag: all values of the axis would be the same.
    field = _FIELDS.get(name)
    key = field.name if field else name.removeprefix(sweep.PARAM)
    if any(text.startswith(f"{key}=") for text in image.param or ()):
        return "--param"
    if field is None or getattr(image, field.name) in (field.default, _environment(field.name)):
        return None
    return f"--{name}"


def _environment(field: str) -> Any:
    """What the environment sets the field to: like a flag, an axis wins over that."""
    text = os.environ.get(variable(field))
    return _value(field, text) if text else None


def _value(field: str, text: str) -> Any:
    from togimg.batch import converted

    return converted(field, text)
