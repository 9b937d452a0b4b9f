"""Keeps a work for one process, so that two runs of the same jobs do not both pay for them."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from togimg.errors import LocalError
from togimg.ledger import runs


@contextlib.contextmanager
def alone(folder: Path, work: str, shard: str | None = None) -> Iterator[None]:
    """Keeps a work for this process while it lasts: the whole of it, or one shard beside others.

    Shards stand beside each other when the work is split into as many of them.

    Raises:
        LocalError: another process is at it.
    """
    name = hashlib.sha256(work.encode(errors="surrogateescape")).hexdigest()[:32]
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(_locked(folder / "runs", name, shard and shard.replace("/", "-")))
        except BlockingIOError as error:
            raise LocalError(
                "another togimg is at these jobs", hint="wait for it: it makes what is missing"
            ) from error
        yield


@contextlib.contextmanager
def _locked(folder: Path, name: str, shard: str | None) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = {f"{name}.whole": shard is not None}
    wanted |= {f"{name}.{shard}": False} if shard else {}
    with contextlib.ExitStack() as held:
        for file, shared in wanted.items():
            descriptor = os.open(folder / file, runs.FLAGS | os.O_CREAT, 0o600)
            held.callback(os.close, descriptor)
            if not runs.lock(descriptor, shared=shared):
                raise BlockingIOError
        if shard and _is_split_otherwise(folder, name, shard):
            raise BlockingIOError
        yield


def _is_split_otherwise(folder: Path, name: str, shard: str) -> bool:
    """Whether a run is at the work that splits it into another number of shares: they overlap."""
    count = shard.rpartition("-")[2]
    others = (path for path in folder.glob(f"{name}.*-*") if not path.match(f"*-{count}"))
    return any(map(_is_held, others))


def _is_held(path: Path) -> bool:
    descriptor = os.open(path, runs.FLAGS)
    try:
        return not runs.lock(descriptor, shared=True)
    finally:
        os.close(descriptor)
