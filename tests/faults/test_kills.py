"""kill -9 at every step of one picture's life, and what the next run makes of it."""

import json
import signal
import subprocess
import sys

import pytest

from programs import Files, Outcome, Program, is_picture, is_residue, until
from running import SMALL
from togimg.sandbox import Sandbox, parse

GENERATE = ("generate", "fox", "-m", "flux-schnell", "-o", "out/", *SMALL)

# Python tells a hook of every such call before it makes it: the switch is pulled there.
SWITCH = """
import os, runpy, signal, sys
event, sign = sys.argv[1:3]
del sys.argv[1:6]
def pull(name, arguments):
    if name == event and sign in repr(arguments):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(pull)
runpy.run_module("togimg", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def dead(program: Program) -> Program:
    """A program that is killed in every test; what it left is looked at by the next run."""
    return program


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kills it, and reads what it said."""
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def next_run(program: Program) -> Outcome:
    """Another picture for the same folder, on a good day."""
    with Sandbox() as served:
        return program.run(served, *GENERATE)


def left_behind(program: Program) -> Files:
    """Everything that a killed run left, none of it half a picture under a picture's name."""
    files = program.files()
    assert all(data.endswith(b"\xff\xd9") for path, data in files.items() if is_picture(path))
    return files


@pytest.mark.parametrize(
    ("fault", "flags"),
    [
        ("black-hole:*", ()),
        ("hang", ()),
        ("slow-headers:1:60", ()),
        ("slow:1:60", ()),
        ("picture-slow:1:60", ("--response-format", "url")),
    ],
)
def test_a_run_that_is_killed_while_it_waits_leaves_a_name_for_the_next(
    dead: Program, fault: str, flags: tuple[str, ...]
) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        process = dead.start(served, *GENERATE, *flags)
        steps = 2 if flags else 1
        until(lambda: served.connections if "hole" in fault else len(served.requests) == steps)
        kill(process)
        left = [path for path in left_behind(dead) if is_residue(path)]

    ran = next_run(dead)

    assert left == ["work/out/.fox-001.togimg"]
    assert (ran.code, ran.posts, ran.paid, ran.saved) == (0, 1, 1, ("work/out/fox-001.jpg",))


@pytest.mark.parametrize(
    ("event", "sign", "has_bytes"),
    [
        ("os.truncate", "", False),
        ("os.link", ".fox-001.togimg", True),
        ("os.remove", ".fox-001.togimg", True),
    ],
    ids=["before-writing", "before-its-name", "after-its-name"],
)
def test_bytes_that_were_on_disk_are_never_lost(
    dead: Program, event: str, sign: str, has_bytes: bool
) -> None:
    dead.prefix = (sys.executable, "-c", SWITCH, event, sign)
    with Sandbox() as served:
        process = dead.start(served, *GENERATE)
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL
        paid = served.paid
    left = left_behind(dead)
    named = [path for path in left if is_picture(path)]

    dead.prefix = ()
    ran = next_run(dead)
    with Sandbox() as served:
        rescue = dead.run(served, "rescue", "--to", "out/")
        history = dead.run(served, "history", "--json").stdout.splitlines()

    told = [(entry["outcome"], entry["path"]) for entry in map(json.loads, history)]
    whole = {path for path in dead.files() if is_picture(path)}
    assert (paid, ran.code, ran.paid, rescue.code) == (1, 0, 1, 0)
    assert len(whole) == 1 + has_bytes
    assert set(named) <= whole
    assert rescue.stdout == b""
    assert ("was killed had made" in ran.stderr) == (has_bytes and not named)
    assert [outcome for outcome, _ in told] == ["made" if has_bytes else "unknown", "made"]
    assert {path for outcome, path in told if outcome == "made"} == {
        str(dead.root / path) for path in whole
    }


def test_a_picture_that_was_half_written_is_not_taken_for_one(dead: Program) -> None:
    whole = next_run(dead)
    data = (dead.root / whole.saved[0]).read_bytes()
    (dead.work / "out" / ".fox-002.togimg").write_bytes(data[: len(data) // 2])

    with Sandbox() as served:
        ran = dead.run(served, *GENERATE)
        rescue = dead.run(served, "rescue", "--to", "out/")
        gone = dead.run(served, "rescue", "--to", "out/", "--discard-broken")

    assert (ran.code, ran.saved) == (0, ("work/out/fox-002.jpg",))
    assert (rescue.code, rescue.stdout, "is no whole picture" in rescue.stderr) == (0, b"", True)
    assert (gone.code, list(dead.rescue.iterdir())) == (0, [])


def test_a_run_that_is_killed_midway_is_gone_on_with(dead: Program) -> None:
    with Sandbox(latency=0.05) as served:
        process = dead.start(served, *GENERATE, "-n", "40", "-j", "2")
        until(lambda: len(list((dead.work / "out").glob("*.jpg"))) >= 5)
        kill(process)
        paid = served.paid
    before = {path for path in left_behind(dead) if is_picture(path)}

    ran = next_run(dead)

    # What two workers had in flight is all that may be missing.
    assert paid - len(before) <= 2
    assert (ran.code, ran.paid, before & set(ran.saved)) == (0, 1, set())
    # Beside the new picture there may be those that only wanted their names.
    assert 1 <= len(set(ran.saved) - before) <= 1 + 2
