"""One run of a program, measured: seconds, CPU, peak memory, pictures, connections."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

_ROOT = str(Path(__file__).parent.parent)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a run took: `seconds` by the clock, `cpu` seconds (user and system), `peak` in MB.

    `pictures` files were there in the end; the server saw so many `connections` and `requests`.
    """

    seconds: float
    cpu: float
    peak: float
    pictures: int
    connections: int
    requests: int


@contextmanager
def stand_in(*options: str) -> Iterator[int]:
    """The stand-in for the API in a process of its own; its port."""
    command = [sys.executable, "-m", "benchmarks.server", *options]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout  # noqa: S101  it is a pipe
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def counts(port: int) -> dict[str, int]:
    """What the stand-in has counted since it began."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/counts")
    seen: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return seen


def run(command: str, home: Path, port: int, values: Mapping[str, str]) -> Measured:
    """Runs a shell command in a new home, where its folder is `out`, against the stand-in.

    Pictures are counted there. A peak below that of this process, some 20 MB, is not seen.
    """
    out = home / "out"
    out.mkdir(parents=True)
    before = counts(port)
    began = time.monotonic()
    with (home / "said").open("wb") as said:
        child = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=out,
            env=_environment(home, port, values),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    seconds = time.monotonic() - began
    after = counts(port)
    return Measured(
        seconds=seconds,
        cpu=used.ru_utime + used.ru_stime,
        peak=used.ru_maxrss / 1024,
        pictures=sum(file.stat().st_size > 0 for file in out.iterdir()),
        connections=after["connections"] - before["connections"],
        requests=after["requests"] - before["requests"],
    )


def middle(runs: Sequence[Measured]) -> Measured:
    """The median of each figure."""
    names = Measured.__slots__
    return Measured(**{name: median(getattr(one, name) for one in runs) for name in names})


def is_there(program: str) -> bool:
    """Whether a program can be run."""
    return shutil.which(program, path=_path()) is not None


def _environment(home: Path, port: int, values: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": _path(),
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")])),
        "LANG": "C.UTF-8",
        "TOGETHER_API_KEY": "benchmark",
        "TOGETHER_BASE_URL": f"http://127.0.0.1:{port}/v1",
        **values,
    }


def _path() -> str:
    # What is installed beside this Python comes first.
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
