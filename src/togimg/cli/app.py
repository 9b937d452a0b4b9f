"""The Typer app: every command in its place in the help, and the arguments' way to one of them."""

import os
import sys
from typing import cast

# Read by Typer when it is imported: a help that goes into a pipe or a log needs no rich.
if not (sys.stdout.isatty() and sys.stderr.isatty()):
    os.environ.setdefault("TYPER_USE_RICH", "0")

import typer

from togimg import __version__
from togimg.cli import edit, generate, models, sandbox, show, variations
from togimg.cli.grouped import Command, grouped
from togimg.errors import OK, UsageError

EXIT_CODES = {
    0: "ok: all made, or skipped as asked",
    1: "bug: an error in togimg itself",
    2: "usage: wrong flags or input; nothing was sent",
    3: "account: no key, key refused, no credit",
    4: "refused: the service refused the request",
    5: "service: limit or failure of service or network",
    7: "partial: some made, some not",
    8: "local: cannot write, disk full, name exists",
    9: "unknown: sent, no usable answer: maybe billed",
    10: "mismatch: --strict, and not what was asked",
    130: "interrupted (143: terminated)",
}
_MAKES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 130)
_READS = (0, 1, 2)
_ASKS = (0, 1, 2, 3, 5)

_ParseError = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""Everything Typer can say of wrong arguments; its name is public only since Typer 0.27."""

app = typer.Typer(
    name="togimg",
    help="Make pictures with Together AI's hosted image models.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def dispatch(argv: list[str]) -> int:
    """Parses the arguments and runs the command; the exit code.

    Raises:
        UsageError: the arguments are wrong.
        TogimgError: whatever the command raises.
    """
    try:
        command = app(args=argv or ["--help"], prog_name="togimg", standalone_mode=False)
    except _ParseError as error:
        raise _in_our_form(error) from error
    if callable(command):
        return int(command() or OK)
    return OK if argv else UsageError.exit_code


def _epilog(examples: str, codes: tuple[int, ...]) -> str:
    lines = [f"  {code:>3}  {EXIT_CODES[code]}" for code in codes]
    return "\n\n".join(("\b\n" + examples, "\b\nExit codes:\n" + "\n".join(lines)))


def _add(command: Command, module: object, codes: tuple[int, ...], panel: str | None) -> None:
    examples = "Examples:\n" + "\n".join(f"  {line}" for line in getattr(module, "EXAMPLES", ()))
    app.command(
        command.__name__, rich_help_panel=panel or "Commands", epilog=_epilog(examples, codes)
    )(grouped(command))


def _in_our_form(error: Exception) -> UsageError:
    message = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "togimg"
    said, options = _without_suggestion(message)
    hint = f"did you mean {options}?" if options else f"see {where} --help"
    return UsageError(said[:1].lower() + said[1:], hint=hint)


def _without_suggestion(message: str) -> tuple[str, str]:
    """Typer's words for what is wrong, and what it thinks was meant, if it says so."""
    for mark in (" (Possible options: ", ". Did you mean "):
        said, found, options = message.partition(mark)
        if found:
            return said, options.rstrip(" ).?").replace(", ", " or ")
    return message.rstrip(" ."), ""


@app.callback(epilog=_epilog("", tuple(EXIT_CODES)).replace("\b\n\n\n", ""))
def root(
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


_add(generate.generate, generate, _MAKES, None)
_add(edit.edit, edit, _MAKES, None)
_add(variations.variations, variations, _MAKES, None)
_add(models.models, models, _ASKS, None)
_add(show.show, show, _READS, "Looking back")
_add(sandbox.sandbox, sandbox, (0, 1, 2, 8, 130), "Setting up")
