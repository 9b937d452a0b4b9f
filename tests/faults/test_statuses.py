"""Statuses: which are asked again, what each costs, and what is said of it."""

import pytest

from programs import Program, in_turn

REFUSED = (400, 404, 413, 418, 422)
NOT_BEGUN = (408, 429, 503, 521, 522, 523, 529)
FAILED = (500, 502, 520)
UNKNOWN = (204, 302, 304, 307, 308, 501, 504, 524)


def test_a_refusal_is_final_and_costs_nothing(program: Program) -> None:
    ran = program.meet(*map(str, REFUSED), flags=in_turn(5))

    assert (ran.code, ran.stdout, ran.posts, ran.paid, ran.saved) == (4, b"", 5, 0, ())
    assert ran.stderr.count("error: the service refused the request: ") == 5


@pytest.mark.parametrize("status", [401, 402, 403])
def test_an_account_that_is_refused_ends_the_run(program: Program, status: int) -> None:
    ran = program.meet(f"{status}:*", flags=in_turn(3))

    assert (ran.code, ran.stdout, ran.posts, ran.paid, ran.saved) == (3, b"", 1, 0, ())
    assert ran.said.startswith("error: the service refused the account: ")
    assert ran.stderr.count("error: ") == 1


def test_what_was_not_begun_is_asked_again(program: Program) -> None:
    ran = program.meet(*once(NOT_BEGUN), flags=in_turn(7))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, 14, 7, 7)
    assert ran.said.startswith("waiting ")


def test_what_is_never_begun_ends_with_the_tries(program: Program) -> None:
    flags = (*in_turn(7), "--retries", "2")
    ran = program.meet(*(f"{status}:3:0" for status in NOT_BEGUN), flags=flags)

    assert (ran.code, ran.stdout, ran.posts, ran.paid) == (5, b"", 21, 0)
    assert ran.stderr.count("error: ") == 7


def test_what_failed_is_asked_again_and_may_have_been_billed(program: Program) -> None:
    ran = program.meet(*once(FAILED), flags=in_turn(3))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, 6, 3, 3)
    assert "billed" in ran.stderr


def test_what_fails_for_ever_is_asked_again_twice_at_most(program: Program) -> None:
    ran = program.meet(*(f"{status}:3:0" for status in FAILED), flags=in_turn(3))

    assert (ran.code, ran.stdout, ran.posts, ran.saved) == (5, b"", 9, ())
    assert "billed" in ran.stderr


def test_what_may_have_been_billed_is_not_asked_again(program: Program) -> None:
    ran = program.meet(*map(str, UNKNOWN), flags=in_turn(8))

    assert (ran.code, ran.stdout, ran.posts, ran.saved) == (9, b"", 8, ())
    assert ran.stderr.count("may have been billed") >= 8


@pytest.mark.parametrize(
    ("fault", "code"),
    [("html", 5), ("big-error", 5), ("error-string", 5), ("error-null", 5), ("echo-key", 3)],
)
def test_odd_error_bodies_are_told_in_few_words(program: Program, fault: str, code: int) -> None:
    ran = program.meet(f"{fault}:*", flags=("--retries", "0"))

    assert (ran.code, ran.posts, len(ran.stderr) < 2_000) == (code, 1, True)
    assert ran.said.startswith("error: ")


def test_escapes_of_the_server_are_shown_and_its_echo_of_the_key_is_not(program: Program) -> None:
    ran = program.meet("echo-key", flags=("-v",))

    assert r"\x1b[31mIncorrect API key provided: [key]\x1b[0m\u202e" in ran.stderr


def test_a_refusal_leaves_what_was_there(program: Program) -> None:
    program.work.joinpath("fox.jpg").write_bytes(b"mine")

    ran = program.meet("422", output="fox.jpg", flags=("--on-exists", "overwrite"))

    assert (ran.code, ran.saved) == (4, ())


def once(statuses: tuple[int, ...]) -> list[str]:
    """The faults by which every picture meets one of these statuses, and then none."""
    return [fault for status in statuses for fault in (f"{status}:1:0", "ok")]
