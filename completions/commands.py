"""The commands of togimg, as what a completion script has to know of them."""  # noqa: INP001 - part of a script, not of a package

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import typer

from togimg import catalogue
from togimg.cli.app import app
from togimg.cli.flags import SHAPES
from togimg.sandbox.faults import FAULTS

Values = Literal["none", "text", "paths", "pictures", "models"] | tuple[str, ...]
"""What follows an option: nothing, anything, a path, or one of some words."""

MODELS = tuple(model.label for model in catalogue.models() if model.usable)
PICTURES = ("avif", "gif", "jpeg", "jpg", "png", "webp")

HINTS: dict[str, Values] = {
    "model": "models",
    "models name": "models",
    "aspect_ratio": ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"),
    "size": (*SHAPES, "1024x1024", "1344x768", "768x1344", "1248x832", "832x1248"),
    "image": "pictures",
    "pictures": "pictures",
    "variations prompt": "pictures",
    "output": "paths",
    "fault": ("list", "429", "500", "503", *(name for name in FAULTS if not name[0].isdigit())),
}
"""What a type does not tell, by the parameter's name, or by those of command and parameter."""

LONGEST_HELP = 88


@dataclass(frozen=True)
class Parameter:
    """An option, or an argument, which has no `names`."""

    label: str
    names: tuple[str, ...]
    help: str
    values: Values
    repeatable: bool


@dataclass(frozen=True)
class Group:
    """The parameters that the very same commands have; "" is togimg before any command."""

    commands: tuple[str, ...]
    parameters: tuple[Parameter, ...]

    @property
    def options(self) -> tuple[Parameter, ...]:
        """Those with names."""
        return tuple(parameter for parameter in self.parameters if parameter.names)

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        """Those without."""
        return tuple(parameter for parameter in self.parameters if not parameter.names)


@dataclass(frozen=True)
class Program:
    """The help of each command and all parameters, in the order of togimg's own help."""

    commands: dict[str, str]
    groups: tuple[Group, ...]


def program() -> Program:
    """The program as its app is now."""
    # Typer promises nothing about what it builds; these attributes hold from 0.26 to 0.29.
    root: Any = typer.main.get_command(app())
    commands = {name: each for name, each in root.commands.items() if not each.hidden}
    help_names = tuple(root.context_settings["help_option_names"])
    help_option = Parameter("help", help_names, "Show the help and leave", "none", False)
    users: dict[Parameter, list[str]] = {}
    for name, command in {"": root, **commands}.items():
        for parameter in (*_parameters(name, command), help_option):
            users.setdefault(parameter, []).append(name)
    return Program({name: _short(each.help) for name, each in commands.items()}, _groups(users))


def _groups(users: dict[Parameter, list[str]]) -> tuple[Group, ...]:
    groups: dict[tuple[str, ...], list[Parameter]] = {}
    for parameter, commands in users.items():
        groups.setdefault(tuple(commands), []).append(parameter)
    return tuple(Group(commands, tuple(found)) for commands, found in groups.items())


def _parameters(command: str, within: Any) -> Iterator[Parameter]:
    for found in within.params:
        is_option = found.param_type_name == "option"
        if not found.hidden:
            yield Parameter(
                label=found.name.replace("_", " "),
                names=(*found.opts, *found.secondary_opts) if is_option else (),
                help=_short(found.help),
                values=_values(command, found),
                repeatable=found.multiple if is_option else found.nargs == -1,
            )


def _values(command: str, found: Any) -> Values:
    if getattr(found, "is_flag", False):
        return "none"
    kind = found.type if hasattr(found, "type") else found.type_descriptor
    if choices := getattr(kind, "choices", None):
        return tuple(map(str, choices))
    is_path = getattr(kind, "is_path", getattr(kind, "name", "") == "path")
    hint = HINTS.get(f"{command} {found.name}") or HINTS.get(found.name)
    return hint or ("paths" if is_path else "text")


def _short(text: str | None) -> str:
    line = " ".join((text or "").partition("\n\n")[0].split()).rstrip(".")
    if len(line) > LONGEST_HELP:
        line = textwrap.shorten(line.partition(": ")[0], LONGEST_HELP, placeholder=" ...")
    return line
