"""Clocks that jump while a run waits: it waits as long as it was asked to, and remembers."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from programs import Program, until
from running import SMALL
from togimg.sandbox import Sandbox, parse

# libfaketime gives a program the time that a file says, and the file can change.
FOUND = tuple(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
needs_faketime = pytest.mark.skipif(not FOUND, reason="libfaketime is not installed")
GENERATE = ("generate", "fox", "-m", "flux-schnell", "-o", "out/", *SMALL)


@pytest.fixture
def clock(program: Program) -> Path:
    """The file that says what time it is for the program: at first as it is."""
    file = program.root / "clock"
    program.environment |= {
        "LD_PRELOAD": str(FOUND[0]),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    jump(file, timedelta())
    return file


def jump(clock: Path, ahead: timedelta) -> None:
    """Sets the clock ahead of the real one."""
    new = clock.with_suffix(".new")
    new.write_text(f"{int(ahead.total_seconds()):+}")
    new.replace(clock)


def history(program: Program) -> list[dict[str, Any]]:
    with Sandbox() as served:
        told = program.run(served, "history", "--json")
    return [json.loads(line) for line in told.stdout.splitlines()]


@needs_faketime
@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_clock_that_jumps_during_a_wait_neither_ends_nor_stretches_it(
    program: Program, clock: Path, days: int
) -> None:
    with Sandbox(faults=[parse("429:1:1.5")]) as served:
        process = program.start(served, *GENERATE)
        until(lambda: served.requests)
        jump(clock, timedelta(days=days))
        began = time.monotonic()
        stdout, _ = process.communicate(timeout=30)
        waited = time.monotonic() - began

    (entry,) = history(program)
    assert (process.returncode, stdout) == (0, b"out/fox-001.jpg\n")
    assert (entry["outcome"], len(served.requests)) == ("made", 2)
    assert 1 < waited < 15
    assert 0 <= entry["duration"] < 15


@needs_faketime
def test_a_clock_that_was_set_back_hides_nothing_from_the_history(
    program: Program, clock: Path
) -> None:
    with Sandbox() as served:
        jump(clock, timedelta(days=30))
        first = program.start(served, *GENERATE)
        first.communicate(timeout=30)
        jump(clock, timedelta())
        second = program.start(served, *GENERATE)
        second.communicate(timeout=30)

    entries = history(program)
    later, now = sorted(datetime.fromisoformat(entry["started"]) for entry in entries)[::-1]
    assert (first.returncode, second.returncode) == (0, 0)
    assert [entry["outcome"] for entry in entries] == ["made", "made"]
    assert timedelta(days=29) < later - now < timedelta(days=31)
    assert len(list((program.work / "out").iterdir())) == 2
