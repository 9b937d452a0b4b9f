"""Help in sections, plain everywhere: whole flag names at 80 columns, and nothing heavy to load."""

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

Row = tuple[str, str]


class SectionedCommand(TyperCommand):
    """A command whose help has its flags in the sections that their `rich_help_panel` names."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes arguments and flags, section by section."""
        _write(formatter, _parameters(self, ctx))


class SectionedGroup(TyperGroup):
    """A group whose help has its commands in the sections that their `rich_help_panel` names."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes the commands first: they are what most people look for."""
        _write(formatter, [*_commands(self, ctx), *_parameters(self, ctx)])


def _parameters(command: Any, ctx: Any) -> Iterable[tuple[str, Row]]:
    for parameter in command.get_params(ctx):
        row = parameter.get_help_record(ctx)
        is_argument = parameter.param_type_name == "argument"
        section = getattr(parameter, "rich_help_panel", None)
        if row:
            yield section or ("Arguments" if is_argument else "Options"), row


def _commands(group: Any, ctx: Any) -> Iterable[tuple[str, Row]]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        yield command.rich_help_panel, (name, (command.help or "").splitlines()[0])


def _write(formatter: Any, rows: Iterable[tuple[str, Row]]) -> None:
    sections: dict[str, list[Row]] = {}
    for section, row in rows:
        sections.setdefault(section, []).append(row)
    for section, own in sections.items():
        with formatter.section(section):
            formatter.write_dl(own)
