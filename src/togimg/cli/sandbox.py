"""togimg sandbox: an emulator of the API on loopback, for scripts, tests and other clients."""

import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from togimg.addresses import is_loopback
from togimg.cli.showing import is_live
from togimg.cli.signals import stopping
from togimg.display import tables
from togimg.errors import OK, LocalError, UsageError, reason
from togimg.pacing import Halt

EXAMPLES = (
    "togimg sandbox --port 8321",
    "togimg sandbox --fault 429:2 --latency 0.8",
    "TOGETHER_BASE_URL=http://127.0.0.1:8321/v1 TOGETHER_API_KEY=any togimg generate fox",
)


def sandbox(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port; 0 picks a free one.")
    ] = 8321,
    host: Annotated[
        str, typer.Option("--host", help="Loopback address to serve on.")
    ] = "127.0.0.1",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault",
            help="NAME[:COUNT[:SECONDS]], COUNT may be *; repeatable; `list` shows what there is.",
            show_default=False,
        ),
    ] = None,
    latency: Annotated[float, typer.Option("--latency", help="Seconds before each answer.")] = 0.0,
) -> int:
    """Serve an emulator of the API on loopback: no key, no cost."""
    from togimg.sandbox import FAULTS, Sandbox, parse

    if "list" in (fault or ()):
        tables.record(tuple(FAULTS.items()), drawn=is_live(sys.stdout))
        return OK
    try:
        faults = [parse(text) for text in fault or ()]
    except ValueError as error:
        raise UsageError(str(error), hint="see what there is: --fault list") from error
    if not is_loopback(f"http://{f'[{host}]' if ':' in host else host}"):
        raise UsageError(f"the sandbox serves loopback, not {host}", hint="use --host 127.0.0.1")
    halt = Halt()
    with stopping(halt), ExitStack() as open_things:
        served = Sandbox(host=host, port=port, faults=faults, latency=latency)
        try:
            open_things.enter_context(served)
        except OSError as error:
            raise LocalError(
                f"cannot serve on {host}:{port}: {reason(error)}",
                hint="choose another --port, or 0 for a free one",
            ) from error
        print(served.url, flush=True)
        print("the sandbox serves until Ctrl-C; any key will do", file=sys.stderr)
        while halt.pause(3600):
            pass
    return 128 + (halt.signal or 0)
