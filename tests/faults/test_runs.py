"""Runs of many pictures: limits are learned, failures stay single, accounts end the day."""

import pytest

from programs import Program


def test_a_limiter_of_eight_under_sixteen_workers_makes_every_picture(program: Program) -> None:
    ran = program.meet("limit:8:0.05", flags=("-n", "200", "-j", "16"), latency=0.02)

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 200, 200)


def test_a_limiter_of_twenty_a_second_under_sixteen_workers_makes_every_picture(
    program: Program,
) -> None:
    ran = program.meet("rate:20:0.5", flags=("-n", "60", "-j", "16"))

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 60, 60)


def test_where_every_third_request_fails_every_picture_is_made(program: Program) -> None:
    ran = program.meet("flapping:30:0", flags=("-n", "100", "-j", "8", "--retries", "12"))

    assert (ran.code, ran.paid, len(ran.saved)) == (0, 100, 100)


def test_resets_that_are_charged_are_never_sent_twice(program: Program) -> None:
    ran = program.meet("reset:3", flags=("-n", "10", "-j", "2"))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (7, 10, 10, 7)
    assert ran.stderr.count("may have been billed") == 3


@pytest.mark.parametrize("status", [401, 402, 403])
def test_after_an_account_error_midway_nothing_more_is_sent(program: Program, status: int) -> None:
    ran = program.meet("ok:5", f"{status}:*", flags=("-n", "40", "-j", "2"))

    assert (ran.code, ran.posts <= 7, ran.paid, len(ran.saved)) == (7, True, 5, 5)
    assert 1 <= ran.stderr.count("error: ") <= 2


def test_an_account_error_from_the_start_sends_next_to_nothing(program: Program) -> None:
    ran = program.meet("402:*", flags=("-n", "40", "-j", "4"))

    assert (ran.code, ran.posts <= 4, ran.paid) == (3, True, 0)


def test_what_is_refused_does_not_stop_the_rest(program: Program) -> None:
    ran = program.meet("ok:2", "422:3", flags=("-n", "10", "-j", "1"))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (7, 10, 7, 7)


def test_the_time_that_is_allowed_ends_the_run(program: Program) -> None:
    flags = ("-n", "200", "-j", "2", "--max-time", "1.5")
    ran = program.meet(flags=flags, latency=0.3)

    assert (ran.code, ran.posts < 40, ran.paid) == (7, True, len(ran.saved))
    assert "--max-time" in ran.stderr


def test_every_fault_of_a_bad_day_costs_what_was_made_and_no_more(program: Program) -> None:
    bad = ("429:1:0", "ok", "reset", "503:1:0", "cut-json", "422", "close-in-body", "ok", "504")
    ran = program.meet(*bad, flags=("-n", "8", "-j", "1"))

    # Two of the answers were asked for again, the four unknown ones never.
    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (7, 10, 7, 3)
