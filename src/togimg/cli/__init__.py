"""The command line: `main()` is the program, and the one place where errors become exits."""

import os
import sys

from togimg import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from togimg.errors import TogimgError


def run() -> None:
    """The console script: it ends quietly even when it is interrupted before it has begun."""
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        code = 128 + 2
    sys.exit(code)


def main(argv: list[str]) -> int:
    """Runs togimg with these arguments; the exit code."""
    _prepare_streams()
    if argv in (["--version"], ["-V"]):
        print(f"togimg {__version__}")
        return 0

    from togimg import errors

    try:
        from togimg.cli.app import dispatch

        code = dispatch(argv)
        # What was printed may be waiting still: a full disk is met here and not at exit.
        sys.stdout.flush()
    except errors.TogimgError as error:
        code = _tell(error, as_json="--json" in argv)
    except KeyboardInterrupt:
        code = errors.INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        code = 128 + 13
    except OSError as error:
        _let_go_of_stdout()
        failure = errors.LocalError(f"cannot go on: {errors.reason(error)}")
        code = _tell(failure, as_json=False)
    except Exception as bug:  # noqa: BLE001  the one place: whatever is left is our bug
        confess(bug, argv)
        code = errors.BUG
    return code


def _let_go_of_stdout() -> None:
    """Whoever read it has left, or it is full: the interpreter must not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _prepare_streams() -> None:
    """Closed streams become empty ones, and every path can be printed in every locale."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")
    names = sys.getfilesystemencoding()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding=names, errors="surrogateescape")
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(errors="backslashreplace")


def _tell(error: "TogimgError", *, as_json: bool) -> int:
    import contextlib

    from togimg.display.words import problem

    if as_json:
        from togimg.display.jsonl import JsonLines
        from togimg.events import Failed, Finished

        display = JsonLines()
        display.show(Failed(None, None, error.outcome, error))
        not_sent = int(error.outcome == "not_sent")
        display.show(Finished(0, 1, 0, None, error.exit_code, 0.0, not_sent=not_sent))
    # A stderr that cannot be written does not change what the exit code says.
    with contextlib.suppress(OSError):
        print(*problem(error), sep="\n", file=sys.stderr, flush=True)
    return error.exit_code


def confess(bug: Exception, argv: list[str]) -> None:
    """Says on stderr that there is a bug, with the traceback if that is wanted; without the key."""
    from togimg import settings
    from togimg.addresses import hidden
    from togimg.display.words import visible

    verbose = os.environ.get("TOGIMG_DEBUG") == "1" or bool({"-v", "--verbose"} & set(argv))
    if verbose:
        import traceback

        told = "".join(traceback.format_exception(bug)).splitlines()
        print(*(visible(hidden(line, settings.key())) for line in told), sep="\n", file=sys.stderr)
    said = hidden(f"{type(bug).__name__}: {bug}", settings.key())
    print(f"error: a bug in togimg: {visible(said)}", file=sys.stderr)
    if not verbose:
        print("hint: TOGIMG_DEBUG=1 shows where it happened", file=sys.stderr)
