"""The Typer app: every command in its place in the help, and the arguments' way to one of them."""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import cast

import typer

from togimg import __version__
from togimg.cli.grouped import grouped
from togimg.cli.help import SectionedCommand, SectionedGroup
from togimg.cli.typed import typed
from togimg.errors import OK, UsageError

EXIT_CODES = {
    0: "ok: all made, or skipped as asked",
    1: "bug: an error in togimg itself",
    2: "usage: wrong flags or input; nothing was sent",
    3: "account: no key, key refused, no credit",
    4: "refused: the service refused the request",
    5: "service: limit or failure of service or network",
    6: "budget: stopped by --max-cost or a configured budget",
    7: "partial: some made, some not",
    8: "local: cannot write, disk full, name exists",
    9: "unknown: sent, no usable answer: maybe billed",
    10: "mismatch: --strict, and not what was asked",
    130: "interrupted (143: terminated)",
}
_MAKES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130)

COMMANDS = {
    # name, also that of its module and function: section of the help, exit codes it can give
    "generate": ("Commands", _MAKES),
    "edit": ("Commands", _MAKES),
    "variations": ("Commands", _MAKES),
    "batch": ("Many at once", _MAKES),
    "models": ("Commands", (0, 1, 2, 3, 5, 130)),
    "show": ("Looking back", (0, 1, 2)),
    "history": ("Looking back", (0, 1, 2, 8, 130)),
    "rescue": ("Looking back", (0, 1, 2, 7, 8, 130)),
    "sandbox": ("Setting up", (1, 2, 8, 130)),
}

_WITHOUT_VALUE = re.compile("Option '(.+)' requires an argument")
_VALUES = {"--vary": "steps=1,4,12", "--param": "KEY=VALUE"}

_ParseError = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""Everything Typer can say of wrong arguments; its name is public only since Typer 0.27."""


def dispatch(argv: list[str]) -> int:
    """Parses the arguments and runs the command; the exit code.

    Raises:
        UsageError: the arguments are wrong.
        TogimgError: whatever the command raises.
    """
    with typed(argv):
        return _run(argv)


def _run(argv: list[str]) -> int:
    # Only the command that is meant is loaded; help and typing errors need them all.
    meant = argv[:1] if argv[:1] and argv[0] in COMMANDS else COMMANDS
    try:
        command = app(meant)(args=argv or ["--help"], prog_name="togimg", standalone_mode=False)
    except _ParseError as error:
        raise _in_our_form(error) from error
    if callable(command):
        return int(command() or OK)
    return OK if argv else UsageError.exit_code


def app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The app with these commands."""
    made = typer.Typer(
        name="togimg",
        cls=SectionedGroup,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(epilog=_exit_codes(EXIT_CODES))(_root)
    for name in names:
        section, codes = COMMANDS[name]
        module = import_module(f"togimg.cli.{name}")
        examples = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in module.EXAMPLES)
        made.command(
            name,
            cls=SectionedCommand,
            rich_help_panel=section,
            epilog=f"{examples}\n\n{_exit_codes(codes)}",
        )(grouped(getattr(module, name)))
    return made


def _root(
    *,
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and leave."),
) -> None:
    """Make pictures with Together AI's hosted image models.

    A paid picture is never lost and an old file never replaced; every picture can be made
    again; the outcome is honest; the answer is checked.
    """
    if version:
        print(f"togimg {__version__}")
        raise typer.Exit


def _exit_codes(codes: Iterable[int]) -> str:
    # Click keeps the lines of a paragraph that begins with \b.
    return "\b\nExit codes:\n" + "\n".join(f"  {code:>3}  {EXIT_CODES[code]}" for code in codes)


def _in_our_form(error: Exception) -> UsageError:
    message = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "togimg"
    said, options = _without_suggestion(message)
    hint = f"did you mean {options}?" if options else f"see {where} --help"
    needy = _WITHOUT_VALUE.fullmatch(said)
    if needy:
        hint = f"give it a value: {needy[1]} {_VALUES.get(needy[1], 'VALUE')}"
    elif "extra argument" in said:
        hint = "put a text of several words in quotes"
    elif said.startswith("No such option") and not options:
        hint += "; a prompt that begins with - goes after --"
    return UsageError(said[:1].lower() + said[1:], hint=hint)


def _without_suggestion(message: str) -> tuple[str, str]:
    """Typer's words for what is wrong, and what it thinks was meant, if it says so."""
    for mark in (" (Possible options: ", ". Did you mean "):
        said, found, options = message.partition(mark)
        if found:
            return said, options.rstrip(" ).?").replace(", ", " or ")
    return message.rstrip(" ."), ""
