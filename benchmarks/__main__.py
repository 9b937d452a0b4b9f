"""Measures togimg beside its peers, against a stand-in on loopback, and prints a table.

A figure is the median of runs that take turns. Machines are noisy: read the ratios.
"""

import argparse
import math
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import Measured, is_there, middle, run, stand_in

PEERS = Path(__file__).with_name("peers.toml")
LET_IN = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """What is asked of every peer: `count` pictures, `jobs` at once.

    `command` is its name in peers.toml, `options` are the stand-in's, `ideal` the seconds that
    nobody can do without; 0 where that says nothing.
    """

    title: str
    command: str
    options: tuple[str, ...]
    count: int = 1
    jobs: int = 1
    ideal: float = 0.0


Peer = dict[str, str]


def scenes(count: int, jobs: int, latency: float) -> Iterator[Scene]:
    """Every scene; the batch has `count` pictures, `jobs` at once, of `latency` seconds each."""
    large = ("--pictures", "4", "--large")
    yield Scene("one picture", "single", ())
    yield Scene("one picture, 800 ms", "single", ("--latency", "0.8"))
    yield Scene("four at once, 800 ms", "several", ("--latency", "0.8"), 4, 4)
    yield Scene("a reply of 4 x 12 MB", "reply", large, 4)
    yield Scene("links to 4 x 12 MB", "links", (*large, "--urls"), 4)
    late = ("--latency", str(latency))
    for number in (min(200, count), count):
        ideal = math.ceil(number / jobs) * latency
        yield Scene(f"batch of {number}, {jobs} at once", "batch", late, number, jobs, ideal)
    ideal = math.ceil(200 / LET_IN) * latency
    limited = (*late, "--most", str(LET_IN))
    yield Scene(f"limiter, {LET_IN} of 16 let in", "batch", limited, 200, 16, ideal)


def peers() -> list[Peer]:
    """Those of peers.toml that are installed."""
    listed: list[dict[str, object]] = tomllib.loads(PEERS.read_text(encoding="utf-8"))["peer"]
    return [
        {key: value for key, value in peer.items() if isinstance(value, str)}
        for peer in listed
        if all(map(is_there, _texts(peer.get("needs"))))
        and find_spec(str(peer.get("imports", "sys")))
    ]


def measured(scene: Scene, found: list[Peer], rounds: int) -> list[Measured]:
    """The medians of each peer; they take turns, so that a busy moment meets them all."""
    values = {"N": str(scene.count), "J": str(scene.jobs), "PYTHON": sys.executable}
    runs: list[list[Measured]] = [[] for _ in found]
    with stand_in(*scene.options) as port, tempfile.TemporaryDirectory() as folder:
        for turn in range(rounds):
            for number, peer in enumerate(found):
                home = Path(folder) / f"{turn}-{number}"
                runs[number].append(run(peer[scene.command], home, port, values))
    return list(map(middle, runs))


def lines(scene: Scene, found: list[Peer], results: list[Measured]) -> Iterator[str]:
    """The scene's rows of the table."""
    for peer, result in zip(found, results, strict=True):
        share = f"{scene.ideal / result.seconds:.0%}" if scene.ideal else ""
        yield (
            f"{scene.title:24} {peer['name']:20} {result.seconds:8.2f} "
            f"{result.seconds / results[0].seconds:7.2f} {share:>7} "
            f"{result.cpu * 1000 / scene.count:8.1f} {result.peak:7.0f} "
            f"{result.pictures:8g} {result.requests:8g} {result.connections:11g}"
        )


def main() -> None:
    """Prints the table, scene by scene."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("-n", type=int, default=1000, help="pictures of the batch (1000)")
    parser.add_argument("-j", type=int, default=64, help="of them at once (64)")
    parser.add_argument("--latency", type=float, default=0.3, help="seconds until an answer (0.3)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the median counts (3)")
    parser.add_argument("--only", default="", help="scenes whose title has this text")
    parser.add_argument("--peer", default="", help="peers whose name has this text")
    asked = parser.parse_args()
    found = [peer for peer in peers() if asked.peer in peer["name"]]
    print(
        f"{'scene':24} {'client':20} {'seconds':>8} {'x first':>7} {'ideal':>7} {'CPU ms':>8} "
        f"{'peak MB':>7} {'pictures':>8} {'requests':>8} {'connections':>11}"
    )
    for scene in scenes(asked.n, asked.j, asked.latency):
        if asked.only in scene.title:
            results = measured(scene, found, asked.rounds)
            print(*lines(scene, found, results), sep="\n", flush=True)


def _texts(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else []


if __name__ == "__main__":
    main()
