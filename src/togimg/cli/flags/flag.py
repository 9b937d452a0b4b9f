"""How a flag is written: its names, its line of help, its section, its environment variable."""

from typing import Any

import typer

DRAW = "What to draw"
SAVE = "Where it goes"
RUN = "How it runs"


def flag(section: str, *names: str, help: str, env: bool = True, **more: Any) -> Any:  # noqa: A002
    """A Typer option; `TOGIMG_` and its first name set it too, unless `env` is False."""
    variable = "TOGIMG_" + names[0].partition("/")[0].lstrip("-").replace("-", "_").upper()
    return typer.Option(
        *names,
        help=help,
        rich_help_panel=section,
        envvar=variable if env else None,
        show_envvar=False,
        show_default=False,
        **more,
    )
