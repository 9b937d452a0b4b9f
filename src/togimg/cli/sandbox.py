"""togimg sandbox: an emulator of the API on loopback, for scripts, tests and other clients."""

import sys
from typing import Annotated

import typer

from togimg.cli.perform import stoppable
from togimg.errors import LocalError, UsageError
from togimg.sandbox import Sandbox
from togimg.sandbox import faults as catalogue_of_faults

EXAMPLES = (
    "togimg sandbox --port 8321",
    "togimg sandbox --fault 429:2 --latency 0.8",
    "TOGETHER_BASE_URL=http://127.0.0.1:8321/v1 TOGETHER_API_KEY=any togimg generate fox",
)
_FAULTS = ", ".join(catalogue_of_faults.FAULTS)


def sandbox(
    *,
    port: Annotated[int, typer.Option("--port", help="Port; 0 picks a free one.")] = 8321,
    host: Annotated[
        str, typer.Option("--host", help="Loopback address to serve on.")
    ] = "127.0.0.1",
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", help=f"NAME[:COUNT], repeatable: {_FAULTS}.", show_default=False),
    ] = None,
    latency: Annotated[float, typer.Option("--latency", help="Seconds before each answer.")] = 0.0,
) -> int:
    """Serve the sandbox: an emulator of the API that needs no key and costs nothing."""
    try:
        faults = [catalogue_of_faults.parse(text) for text in fault or ()]
    except ValueError as error:
        raise UsageError(str(error)) from error
    with stoppable() as halt:
        try:
            with Sandbox(host=host, port=port, faults=faults, latency=latency) as served:
                print(served.url, flush=True)
                print("the sandbox serves until Ctrl-C; any key will do", file=sys.stderr)
                while halt.pause(3600):
                    pass
        except OSError as error:
            raise LocalError(
                f"cannot serve on {host}:{port}: {(error.strerror or str(error)).lower()}",
                hint="choose another --port, or 0 for a free one",
            ) from error
    return 128 + (halt.signal or 0)
