"""Signals: the first lets what is paid for land, the second leaves at once."""

import signal
import subprocess
import sys
import time

import pytest

from programs import Program, until
from running import SMALL, Gate
from togimg.sandbox import Sandbox, parse

GENERATE = ("generate", "fox", "-m", "flux-schnell", "-o", "out/", *SMALL)
MANY = (*GENERATE, "-n", "40", "-j", "3")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def stopping(process: subprocess.Popen[bytes]) -> bytes:
    """The line in which the program says that it is stopping, once it has said so."""
    assert process.stderr
    line = b""
    while b"stopping" not in line:
        line = process.stderr.readline()
        assert line, "it ended before it said so"
    return line


def interrupt(process: subprocess.Popen[bytes], number: int) -> bytes:
    """Sends a signal once the program has said that it is stopping because of another."""
    line = stopping(process)
    process.send_signal(number)
    return line


@pytest.mark.parametrize(("number", "code"), CODES.items())
def test_the_first_signal_lets_what_is_in_flight_land(
    program: Program, number: int, code: int
) -> None:
    with Gate() as served:
        process = program.start(served, *MANY)
        until(lambda: len(served.requests) == 3)
        process.send_signal(number)
        line = stopping(process)
        served.opened.set()
        stdout, stderr = process.communicate(timeout=30)
        ran = program.judge(served, {}, process.returncode, stdout, line + stderr)

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (code, 3, 3, 3)
    assert ran.stderr.count("stopping: ") == 1


@pytest.mark.parametrize(("number", "code"), CODES.items())
def test_the_second_signal_leaves_at_once_and_says_what_may_be_billed(
    program: Program, number: int, code: int
) -> None:
    with Sandbox(faults=[parse("hang:*")]) as served:
        process = program.start(served, *MANY)
        until(lambda: served.paid == 3)
        process.send_signal(number)
        line = interrupt(process, number)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=30)
        seconds = time.monotonic() - began
        ran = program.judge(served, {}, process.returncode, stdout, line + stderr)

    assert (ran.code, ran.posts, ran.saved) == (code, 3, ())
    assert "3 requests were in flight when the run was stopped and may have been billed" in (
        ran.stderr
    )
    assert seconds < 2


def test_one_signal_leaves_at_once_when_the_time_for_the_run_is_over(program: Program) -> None:
    with Sandbox(faults=[parse("hang:*")]) as served:
        process = program.start(served, *GENERATE, "--max-time", "3")
        assert process.stderr
        line = process.stderr.readline() + process.stderr.readline()
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=30)
        seconds = time.monotonic() - began
        ran = program.judge(served, {}, process.returncode, stdout, line + stderr)

    assert ran.stderr.startswith(
        "note: the time that --max-time allows is over: nothing more is sent, "
        "what is in flight lands first\nhint: Ctrl-C leaves at once\n"
    )
    assert (ran.code, ran.posts, seconds < 5) == (130, 1, True)
    assert "1 request was in flight when the run was stopped and may have been billed" in ran.stderr


INTERRUPTED_AT_IMPORT = """
import signal, sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
from togimg.cli import run
sys.argv = ["togimg", "models"]
run()
"""


@pytest.mark.parametrize("module", ["togimg.errors", "togimg.cli.app", "typer"])
def test_an_interrupt_before_the_program_has_begun_ends_it_quietly(module: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT_IMPORT.replace("sys.argv[1]", repr(module))]
    ended = subprocess.run(command, capture_output=True, check=False)

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_wait(program: Program, number: int) -> None:
    with Sandbox(faults=[parse("429:*:50")]) as served:
        process = program.start(served, *MANY)
        assert process.stderr
        told = process.stderr.readline() + process.stderr.readline()
        process.send_signal(number)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=30)
        seconds = time.monotonic() - began
        ran = program.judge(served, {}, process.returncode, stdout, told + stderr)

    assert ran.said.startswith("waiting ")
    assert (ran.code, ran.paid, seconds < 5) == (CODES[signal.Signals(number)], 0, True)


def test_a_signal_before_anything_was_sent_ends_quietly(program: Program) -> None:
    with Sandbox(faults=[parse("black-hole:*")]) as served:
        process = program.start(served, *GENERATE)
        until(lambda: served.connections)
        process.send_signal(signal.SIGTERM)
        line = interrupt(process, signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=30)
        ran = program.judge(served, {}, process.returncode, stdout, line + stderr)

    assert (ran.code, ran.posts, ran.saved) == (143, 0, ())


def test_nohup_is_honoured(program: Program) -> None:
    program.prefix = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
    with Sandbox(latency=0.5) as served:
        process = program.start(served, *GENERATE, "-n", "4", "-j", "2")
        until(lambda: served.requests)
        process.send_signal(signal.SIGHUP)
        stdout, stderr = process.communicate(timeout=30)
        ran = program.judge(served, {}, process.returncode, stdout, stderr)

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 4, 4)
