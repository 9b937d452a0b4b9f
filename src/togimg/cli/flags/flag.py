"""How a flag is written: its names, its line of help, its section, its environment variable."""

from typing import Any

import typer

DRAW = "What to draw"
SAVE = "Where it goes"
RUN = "How it runs"


def flag(section: str, *names: str, help: str, env: bool = True, **more: Any) -> Any:  # noqa: A002
    """A Typer option; `TOGIMG_` and its first name set it too, unless `env` is False."""
    return typer.Option(
        *names,
        help=help,
        rich_help_panel=section,
        envvar=variable(names[0].partition("/")[0]) if env else None,
        show_envvar=False,
        show_default=False,
        **more,
    )


def variable(name: str) -> str:
    """The environment variable of a flag."""
    return "TOGIMG_" + name.lstrip("-").replace("-", "_").upper()
