"""The command line: `main()` is the program, and the one place where errors become exits."""

import os
import sys

from togimg import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from togimg.errors import TogimgError


def run() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(argv: list[str]) -> int:
    """Runs togimg with these arguments; the exit code."""
    _prepare_streams()
    if argv in (["--version"], ["-V"]):
        print(f"togimg {__version__}")
        return 0

    from togimg import errors

    try:
        from togimg.cli.app import dispatch

        return dispatch(argv)
    except errors.TogimgError as error:
        return _tell(error, as_json="--json" in argv)
    except KeyboardInterrupt:
        return errors.INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has left; the interpreter must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + 13
    except Exception as bug:  # noqa: BLE001  the one place: whatever is left is our bug
        _confess(bug, argv)
        return errors.BUG


def _prepare_streams() -> None:
    """Closed streams become empty ones, and every path can be printed in every locale."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


def _tell(error: "TogimgError", *, as_json: bool) -> int:
    from togimg.display.words import problem

    if as_json:
        from togimg.display.jsonl import JsonLines
        from togimg.events import Failed, Finished

        display = JsonLines()
        display.show(Failed(None, None, error.outcome, error))
        display.show(Finished(0, 1, 0, None, error.exit_code, 0.0))
    for line in problem(error):
        print(line, file=sys.stderr)
    return error.exit_code


def _confess(bug: Exception, argv: list[str]) -> None:
    verbose = os.environ.get("TOGIMG_DEBUG") == "1" or bool({"-v", "--verbose"} & set(argv))
    if verbose:
        import traceback

        traceback.print_exception(bug)
    print(f"error: a bug in togimg: {type(bug).__name__}: {bug}", file=sys.stderr)
    if not verbose:
        print("hint: TOGIMG_DEBUG=1 shows where it happened", file=sys.stderr)
