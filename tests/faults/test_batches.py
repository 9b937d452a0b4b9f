"""Long runs on bad days: killed again and again, several at once, split over machines."""

import json
import re
import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from programs import Program, until
from running import Gate
from togimg.sandbox import Sandbox, parse

JOBS = ("-m", "flux-schnell", "--size", "64x64", "-o", "out/")
ROWS = 40


@pytest.fixture
def batch(program: Program) -> tuple[str, ...]:
    """A jobs file of forty rows."""
    rows = "".join(f"fox {number}\n" for number in range(1, ROWS + 1))
    (program.work / "jobs.txt").write_text(rows)
    return ("batch", "jobs.txt", *JOBS)


def made(program: Program, folder: str = "out") -> list[Path]:
    """The pictures there, each of them whole."""
    found = sorted((program.work / folder).glob("*.jpg"))
    for path in found:
        with Image.open(path) as picture:
            picture.load()
    return found


def kill(process: subprocess.Popen[bytes]) -> str:
    """Kills it, if it has not ended by itself; what it had said."""
    process.kill()
    _, stderr = process.communicate(timeout=30)
    assert process.returncode in {0, -signal.SIGKILL}
    return stderr.decode()


def ran(program: Program, served: Sandbox, *argv: str) -> tuple[int, bytes]:
    """Exit code and stdout of one run to its end."""
    process = program.start(served, *argv)
    stdout, _ = process.communicate(timeout=60)
    return process.returncode, stdout


def prompts(served: Sandbox) -> Counter[str]:
    """How often each prompt was posted."""
    # Of those that a kill cut short, there is no body.
    posts = (request for request in served.requests if request.method == "POST" and request.body)
    return Counter(json.loads(request.body)["prompt"] for request in posts)


def test_a_batch_that_is_killed_after_every_fifth_picture_pays_for_no_row_twice_unasked(
    program: Program, batch: tuple[str, ...]
) -> None:
    flying = 4
    doubtful: set[str] = set()
    ends: list[int | None] = []
    with Sandbox(latency=0.03) as served:
        for killed in range(1, ROWS // 5):
            process = program.start(served, *batch, "-j", str(flying))
            until(lambda wanted=5 * killed: len(there(program)) >= wanted)  # type: ignore[misc]
            doubtful |= named(kill(process))
            ends.append(process.returncode)
        last = program.start(served, *batch, "-j", str(flying))
        _, stderr = last.communicate(timeout=60)
        doubtful |= named(stderr.decode())
        again = ran(program, served, *batch)
        paid = prompts(served)

    assert -signal.SIGKILL in ends
    assert last.returncode == 0
    assert again == (0, b"")
    assert len(paid) == ROWS
    assert served.paid <= ROWS + flying * (ROWS // 5 - 1)
    # Every row that was asked for twice was in flight at a kill, and was said so.
    assert {prompt.removeprefix("fox ") for prompt, times in paid.items() if times > 1} <= doubtful
    assert len(there(program)) >= ROWS


def there(program: Program) -> list[Path]:
    """The pictures that were made, with those that a kill kept from their names."""
    return [*made(program), *program.rescue.glob("*.unfinished")]


def named(stderr: str) -> set[str]:
    """The rows that a run said may have been billed."""
    found = re.search(r"may have been billed and will be made again: ([\d, ]+)", stderr)
    return set(found[1].replace(" ", "").split(",")) if found else set()


def test_a_batch_that_was_killed_leaves_what_is_in_doubt_when_told(
    program: Program, batch: tuple[str, ...]
) -> None:
    with Sandbox(latency=0.05) as served:
        process = program.start(served, *batch, "-j", "4")
        until(lambda: len(made(program)) >= 10)
        kill(process)
        ran = program.start(served, *batch, "--skip-unknown")
        ran.communicate(timeout=60)
        paid = prompts(served)

    assert ran.returncode == 0
    assert max(paid.values()) == 1
    assert ROWS - 4 <= len(paid) <= ROWS
    assert ROWS - 4 <= len(made(program)) <= ROWS


def test_two_runs_of_one_batch_at_once_pay_once(program: Program, batch: tuple[str, ...]) -> None:
    with Gate() as served:
        first = program.start(served, *batch, "-j", "4")
        until(lambda: served.requests)
        second = program.start(served, *batch, "-j", "4")
        _, said = second.communicate(timeout=30)
        served.opened.set()
        first.communicate(timeout=60)
        paid = prompts(served)

    assert (first.returncode, second.returncode) == (0, 8)
    assert said.startswith(b"error: another togimg is at these jobs\n")
    assert set(paid.values()) == {1}
    assert len(made(program)) == ROWS


def test_what_is_in_flight_in_a_run_that_goes_on_is_said_to_be_so(
    program: Program, batch: tuple[str, ...]
) -> None:
    (program.work / "other.txt").write_text("fox 1\n")
    with Gate() as served:
        first = program.start(served, *batch, "-j", "2")
        until(lambda: len(served.requests) == 2)
        status = ran(program, served, *batch, "--status", "--json")
        shown = ran(program, served, *batch, "--status")
        listed = ran(program, served, "history", "--unknown", "--json")
        left_out = program.start(served, "batch", "other.txt", *JOBS, "-q", "--skip-unknown")
        left_out.communicate(timeout=30)
        other = program.start(served, "batch", "other.txt", *JOBS, "-q")
        until(lambda: len(served.requests) == 3)
        served.opened.set()
        _, warned = other.communicate(timeout=30)
        first.communicate(timeout=60)

    counts = json.loads(status[1].splitlines()[-1])
    assert {state: n for state, n in counts.items() if n and state not in {"type", "cost"}} == {
        "new": ROWS - 2,
        "in_flight": 2,
        "to_make": ROWS - 2,
    }
    assert b"in flight  2     being asked for now, by a run that goes on" in shown[1]
    assert [json.loads(line)["outcome"] for line in listed[1].splitlines()] == ["intent"] * 2
    assert (left_out.returncode, warned.decode().splitlines()) == (
        0,
        [
            "note: 1 picture is in flight in another run and will be made here as well: 1",
            "hint: --skip-unknown leaves them out",
        ],
    )


def test_four_shards_together_make_what_one_run_makes(
    program: Program, batch: tuple[str, ...]
) -> None:
    with Sandbox() as served:
        shards = [
            program.start(served, *batch[:-1], f"{host}/", "--shard", f"{host}/4")
            for host in range(1, 5)
        ]
        for shard in shards:
            shard.communicate(timeout=60)
        split = prompts(served)
        ran(program, served, *batch[:-1], "whole/")
        again = ran(program, served, *batch[:-1], "3/", "--shard", "3/4")

    assert [shard.returncode for shard in shards] == [0] * 4
    assert set(split.values()) == {1}
    assert again == (0, b"")
    shares = [made(program, str(host)) for host in range(1, 5)]
    assert all(shares)
    union = sorted((path.name, pixels(path)) for share in shares for path in share)
    assert union == sorted((path.name, pixels(path)) for path in made(program, "whole"))


def pixels(path: Path) -> bytes:
    with Image.open(path) as picture:
        return picture.tobytes()


def test_two_batches_at_once_never_pass_a_budget(program: Program) -> None:
    program.environment["TOGIMG_CONFIG"] = str(program.root / "togimg.toml")
    (program.root / "togimg.toml").write_text("budget.per_day = 0.10\n")
    for name in "ab":
        rows = "".join(f"{name} {number}\n" for number in range(20))
        (program.work / f"{name}.txt").write_text(rows)
    flags = ("-m", "flux-2-dev", "--size", "512x512", "-j", "8")

    with Sandbox(latency=0.02, faults=[parse("ok:3"), parse("500:2")]) as served:
        both = [
            program.start(served, "batch", f"{name}.txt", "-o", f"{name}/", *flags) for name in "ab"
        ]
        for one in both:
            one.communicate(timeout=60)
        sums = spent(program)
        before = len(served.requests)
        over = ran(program, served, "generate", "one more", "-o", "c/", *flags)

    assert {one.returncode for one in both} <= {6, 7}
    assert 0.08 < sums <= 0.10
    assert (over, len(served.requests)) == ((6, b""), before)


def spent(program: Program) -> float:
    """What the ledger says that is billed, or may be."""
    ledger = program.root / "home" / "state" / "togimg" / "ledger.sqlite3"
    billed = (
        "SELECT total(cost) FROM requests WHERE outcome IN ('made','unknown','failed','intent')"
    )
    file = sqlite3.connect(ledger)
    try:
        (total,) = file.execute(billed).fetchone()
        (days,) = file.execute("SELECT total(cost) FROM days").fetchone()
    finally:
        file.close()
    assert days == pytest.approx(total)
    return float(total)


def test_a_budget_that_ends_midway_says_how_to_go_on(
    program: Program, batch: tuple[str, ...]
) -> None:
    with Sandbox() as served:
        ran = program.run(served, *batch, "--max-cost", "0.0001")

    assert (ran.code, len(ran.saved)) == (7, 9)
    assert "error: --max-cost is $0.0001: " in ran.stderr
    assert "hint: go on with: togimg batch jobs.txt" in ran.stderr


def test_what_a_killed_run_had_on_disk_is_not_bought_again(
    program: Program, batch: tuple[str, ...]
) -> None:
    """A kill between writing a picture and giving it its name: the next run gives it that."""
    with Sandbox(latency=0.05) as served:
        process = program.start(served, *batch, "-j", "1")
        until(lambda: len(made(program)) >= 3)
        kill(process)
        whole = made(program)[0]
        # As if the kill had come one step earlier for the first picture.
        whole.rename(whole.with_name(f".{whole.stem}.togimg"))
        ran = program.start(served, *batch)
        ran.communicate(timeout=60)
        paid = prompts(served)

    assert ran.returncode == 0
    assert paid["fox 1"] == 1
    assert len(made(program)) == ROWS
    assert list(program.rescue.iterdir()) == []
