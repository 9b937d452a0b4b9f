"""The machine: folders, disks, streams and limits that are not as they should be."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from programs import Program, limited
from running import SMALL
from togimg.sandbox import Sandbox

GENERATE = ("generate", "fox", "-m", "flux-schnell", *SMALL)
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")


def test_a_folder_that_is_missing_is_made(program: Program) -> None:
    ran = program.meet(output="not/yet/there/")

    assert (ran.code, ran.saved) == (0, ("work/not/yet/there/fox-001.jpg",))


@pytest.mark.parametrize("output", ["out/", "out/deep/"])
def test_where_a_file_is_in_the_way_nothing_is_sent(program: Program, output: str) -> None:
    program.work.joinpath("out").write_bytes(b"mine")

    ran = program.meet(output=output)

    assert (ran.code, ran.stdout, ran.posts) == (8, b"", 0)
    assert ran.said.startswith("error: cannot write in out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_nothing_can_be_written_nothing_is_sent(program: Program) -> None:
    program.work.joinpath("out").mkdir(mode=0o500)

    ran = program.meet()

    assert (ran.code, ran.posts) == (8, 0)


def test_a_disk_that_is_full_costs_no_picture(program: Program) -> None:
    with small_disk(program.work / "out"):
        ran = program.meet()
    with Sandbox() as served:
        rescue = program.run(served, "rescue", "--to", "elsewhere")

    assert (ran.code, ran.paid, len(ran.saved)) == (8, 1, 1)
    assert ran.saved[0] == "home/state/togimg/rescue/fox-001-001.jpg"
    assert "no space left on device; the picture is kept in " in ran.said
    assert (rescue.code, rescue.stdout) == (0, b"elsewhere/fox-001.jpg\n")
    assert not list(program.rescue.iterdir())


def test_a_disk_that_is_full_ends_the_run(program: Program) -> None:
    with small_disk(program.work / "out"):
        ran = program.meet(flags=("-n", "20", "-j", "2"))

    assert (ran.code, ran.posts <= 3, ran.paid) == (8, True, ran.posts)


@needs_full
def test_a_stdout_that_is_full_costs_no_picture(program: Program) -> None:
    with FULL.open("wb") as full:
        ran = program.meet(stdout=full)

    assert (ran.code, ran.paid, len(ran.saved)) == (8, 1, 1)


@needs_full
def test_a_picture_that_does_not_fit_on_stdout_is_rescued(program: Program) -> None:
    with FULL.open("wb") as full:
        ran = program.meet(output="-", stdout=full)

    assert (ran.code, ran.saved) == (8, ("home/state/togimg/rescue/stdout-001.jpg",))
    assert ran.stderr.count("error: ") == 1


def test_a_reader_that_has_left_costs_no_picture(program: Program) -> None:
    for output, code in (("-", 8), ("out/", 141)):
        ours, theirs = os.pipe()
        os.close(ours)
        ran = program.meet(output=output, flags=("-j", "1"), stdout=theirs)
        os.close(theirs)

        assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (code, 1, 1, 1)


def test_the_first_line_is_enough_for_head(program: Program) -> None:
    with Sandbox() as served:
        before = program.files()
        with program.start(served, *GENERATE, "-n", "6", "-j", "1", "-o", "out/") as process:
            assert process.stdout
            assert process.stderr
            first = process.stdout.readline()
            process.stdout.close()
            stderr = process.stderr.read()
        ran = program.judge(served, before, process.returncode, first, stderr)

    assert (ran.code in {0, 141}, ran.stdout, ran.paid) == (
        True,
        b"out/fox-001.jpg\n",
        len(ran.saved),
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_descriptors_change_nothing(program: Program, closed: str) -> None:
    program.prefix = ("sh", "-c", f'exec "$@" {closed}', "sh")

    ran = program.meet()

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 1, 1)


def test_cron_has_neither_home_nor_locale(program: Program) -> None:
    program.prefix = ("sh", "-c", 'unset HOME PATH XDG_STATE_HOME; LANG=C; exec "$@"', "sh")

    ran = program.meet(prompt="ein schöner Fuchs 🦊")

    assert (ran.code, ran.saved) == (0, ("work/out/ein-schöner-fuchs-001.jpg",))


def test_paths_of_every_script_are_printed_in_every_locale(program: Program) -> None:
    ran = program.meet(prompt="狐", env={"LANG": "C", "LC_ALL": "C"})

    assert (ran.code, ran.stdout) == (0, "out/狐-001.jpg\n".encode())


def test_the_umask_holds(program: Program) -> None:
    program.prefix = ("sh", "-c", 'umask 077; exec "$@"', "sh")

    program.meet()

    assert program.work.joinpath("out", "fox-001.jpg").stat().st_mode & 0o777 == 0o600


def test_few_descriptors_are_enough(program: Program) -> None:
    program.prefix = limited("RLIMIT_NOFILE", 32)

    ran = program.meet(flags=("-n", "8", "-j", "4"))

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 8, 8)


def test_too_few_descriptors_cost_no_picture(program: Program) -> None:
    program.prefix = limited("RLIMIT_NOFILE", 20)

    ran = program.meet(flags=("-n", "12"))

    assert ran.paid == len(ran.saved)


def test_files_that_may_not_grow_are_not_left_in_pieces(program: Program) -> None:
    program.prefix = limited("RLIMIT_FSIZE", 2_000)

    ran = program.meet()

    assert (ran.code, ran.saved) == (8, ())
    assert "file too large; the picture was billed and is lost" in ran.stderr


@pytest.mark.parametrize("count", [2, 20])
def test_so_many_processes_in_one_folder_never_meet(program: Program, count: int) -> None:
    with Sandbox() as served:
        running = [program.start(served, *GENERATE, "-n", "3", "-o", "out/") for _ in range(count)]
        ends = [(process.communicate(timeout=120), process.returncode) for process in running]
        stdout = b"".join(out for (out, _), _ in ends)
        stderr = b"".join(err for (_, err), _ in ends)
        ran = program.judge(served, {}, max(code for _, code in ends), stdout, stderr)

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 3 * count, 3 * count)
    assert sorted(ran.stdout.decode().split()) == [
        f"out/fox-{number:03}.jpg" for number in range(1, 3 * count + 1)
    ]


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of one page at this folder, which is gone in the end."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        folder.joinpath("filler").write_bytes(b"x" * 4096)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)
