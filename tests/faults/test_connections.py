"""Connections that fail: before the request nothing is lost, after it nothing is sent twice."""

import socket
import subprocess
from contextlib import ExitStack

import pytest

from programs import Program, in_turn, limited, until
from running import KEY, SMALL
from togimg.sandbox import Sandbox, parse

TIMED = ("--timeout", "0.5")
GENERATE = ("generate", "fox", "-m", "flux-schnell", "-o", "out/", *SMALL)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("faults", "flags"),
    [
        (("reset", "close", "close-in-headers", "close-in-body"), ()),
        (("double-length", "big-header", "short-length"), ()),
        (("hang", "slow:1:60", "slow-headers:1:60"), TIMED),
    ],
    ids=["ended", "broken", "slow"],
)
def test_what_was_sent_and_not_answered_is_unknown_and_is_not_sent_again(
    program: Program, faults: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    ran = program.meet(*faults, flags=(*in_turn(len(faults)), "-v", *flags))

    count = len(faults)
    assert (ran.code, ran.stdout, ran.posts, ran.paid, ran.saved) == (9, b"", count, count, ())
    assert ran.stderr.count("error: ") == count
    assert ran.stderr.count("may have been billed") >= count


@pytest.mark.parametrize("fault", ["reset", "slow:1:60"])
def test_with_retry_unknown_it_is_sent_again(program: Program, fault: str) -> None:
    ran = program.meet(fault, flags=("--retry-unknown", "--timeout", "2"))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, 2, 2, 1)
    assert "billed" in ran.stderr


@pytest.mark.parametrize("fault", ["redirect:*", "redirect-away:*", "302:*", "308:*"])
def test_the_post_is_never_redirected(program: Program, fault: str) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        ran = program.run(served, *GENERATE)

        assert (ran.code, ran.posts, ran.saved, served.elsewhere) == (9, 1, (), ())


@pytest.mark.parametrize("fault", ["reset-at-accept", "close-at-accept"])
def test_a_connection_that_ends_at_accept_costs_nothing(program: Program, fault: str) -> None:
    ran = program.meet(f"{fault}:*", flags=("--retries", "1"))

    assert (ran.code in {5, 9}, ran.stdout, ran.posts, ran.paid, ran.saved) == (
        True,
        b"",
        0,
        0,
        (),
    )


def test_a_black_hole_ends_with_the_timeout(program: Program) -> None:
    ran = program.meet("black-hole:*", flags=(*TIMED, "--retries", "0"))

    assert (ran.code, ran.stdout, ran.posts, ran.saved) == (9, b"", 0, ())


def test_a_connection_that_is_refused_was_not_sent(program: Program) -> None:
    with Sandbox() as served:
        gone = f"http://127.0.0.1:{free_port()}/v1"
        ran = program.run(served, *GENERATE, "--base-url", gone, "--retries", "1", "--json")

    assert (ran.code, ran.posts, ran.saved) == (5, 0, ())
    assert b'"outcome": "not_sent"' in ran.stdout


def test_a_service_that_comes_up_while_it_is_waited_for_is_used(program: Program) -> None:
    port = free_port()
    with ExitStack() as stack:
        gone = Sandbox()
        environment = {"TOGETHER_BASE_URL": f"http://127.0.0.1:{port}/v1"}
        process = program.start(None, *GENERATE, "--retries", "20", env=environment)
        assert process.stderr
        first = process.stderr.readline()
        served = stack.enter_context(Sandbox(port=port))
        stdout, stderr = process.communicate(timeout=60)
        ran = program.judge(served, {}, process.returncode, stdout, first + stderr)

    assert (ran.code, ran.posts, len(ran.saved), gone.paid) == (0, 1, 1, 0)
    assert ran.said.startswith("waiting ")


def test_a_stale_connection_is_not_used_again(program: Program) -> None:
    ran = program.meet("stale:*", flags=("-n", "4", "-j", "1"))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, 4, 4, 4)


def test_a_bomb_ends_before_the_memory_does(program: Program) -> None:
    program.prefix = limited("RLIMIT_AS", 1_500_000_000)

    ran = program.meet("gzip-bomb")

    assert (ran.code, ran.posts, ran.paid) == (9, 1, 1)


@pytest.mark.parametrize("key", ["two\nlines", "schlüssel", "with blank"])
def test_a_key_that_no_header_can_carry_is_refused_before_anything_is_sent(
    program: Program, key: str
) -> None:
    with Sandbox() as served:
        ran = program.run(served, *GENERATE, env={"TOGETHER_API_KEY": key})

    assert (ran.code, ran.posts, ran.saved) == (3, 0, ())
    assert key not in ran.stderr


def test_a_key_with_blanks_around_it_is_sent_without_them(program: Program) -> None:
    with Sandbox() as served:
        ran = program.run(served, *GENERATE, env={"TOGETHER_API_KEY": f" {KEY} "})

        assert (ran.code, {r.key for r in served.requests}) == (0, {KEY})


@pytest.mark.parametrize("flags", [("-v",), ("--json",), ("--dry-run",), ("--dry-run", "--curl")])
def test_no_output_holds_the_key_however_much_is_said(
    program: Program, flags: tuple[str, ...]
) -> None:
    ran = program.meet(flags=flags)

    assert ran.code == 0


def test_the_process_list_holds_no_key(program: Program) -> None:
    with Sandbox(faults=[parse("hang")]) as served:
        process = program.start(served, *GENERATE)
        until(lambda: served.requests)
        listed = subprocess.run(
            ["ps", "-o", "args=", "-p", str(process.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        process.kill()
        process.communicate()

    assert "generate fox" in listed.stdout
    assert KEY not in listed.stdout
