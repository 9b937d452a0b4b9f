"""Downloads: fetched again freely, checked to the last pixel, never with the key."""

import re

import pytest

from programs import Program, in_turn
from running import KEY, SMALL
from togimg.sandbox import Sandbox, parse

URL = ("--response-format", "url")
NAMED = re.compile(r"\bo\w+-2kFHot-\w+-PDX\b.* http://127\.0\.0\.1:\d+/shrt/\w+")


def test_a_picture_is_fetched_until_it_comes(program: Program) -> None:
    days = (
        *("picture-429:2:0", "picture-500:1", "picture-cut:1", "picture-slow:1:0.3"),
        *("picture-redirect:1", "picture-away:1", "picture-html:1"),
    )
    ran = program.meet(*days, flags=(*URL, *in_turn(4)))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, 4, 4, 4)


@pytest.mark.parametrize(
    ("whats", "flags"),
    [
        (("403", "404", "expired", "loop:6", "file", "gzip-bomb"), in_turn(6)),
        # Side by side they meet each other's faults, and all of them use up five tries.
        (
            ("500:5", "cut:5", "429:5:0", "html:5", "bomb:5", "endless:5"),
            ("-n", "6", "-j", "6", "--timeout", "1"),
        ),
    ],
    ids=["at-once", "after-five-tries"],
)
def test_pictures_that_cannot_be_had_are_named_and_may_have_been_billed(
    program: Program, whats: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    count = len(whats)
    ran = program.meet(*(f"picture-{what}" for what in whats), flags=(*URL, *flags))

    assert (ran.code, ran.stdout, ran.posts, ran.paid, ran.saved) == (9, b"", count, count, ())
    told = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert len(told) == count
    assert [line for line in told if not NAMED.search(line)] == []
    assert ran.stderr.count("billed") >= count


def test_a_picture_that_is_cut_without_a_word_is_not_kept(program: Program) -> None:
    ran = program.meet("truncated-picture:*", flags=(*URL, "--retries", "1"))

    assert (ran.code, ran.posts, ran.saved) == (9, 1, ())


def test_no_machine_inside_a_network_is_asked_for_a_picture(program: Program) -> None:
    ran = program.meet("picture-private:*", flags=(*URL, "--retries", "0", "--timeout", "1"))

    # The sandbox itself is on loopback, which allows private addresses; no picture comes of it.
    assert (ran.code, ran.posts, ran.saved) == (9, 1, ())


@pytest.mark.parametrize("fault", ["picture-away:*", "picture-redirect:*", "ok"])
def test_the_key_stays_with_the_api_when_pictures_are_fetched(program: Program, fault: str) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        argv = ("generate", "fox", "-m", "flux-schnell", "-o", "out/", *SMALL, *URL)
        ran = program.run(served, *argv)
        met = [*served.requests, *served.elsewhere]

    assert ran.code == 0
    assert {r.route for r in met if r.key} == {"/v1/images/generations"}
    assert {r.key for r in met if r.key} == {KEY}


def test_a_picture_that_fails_does_not_take_the_others_with_it(program: Program) -> None:
    flags = (*URL, "-n", "3", "-j", "1")
    ran = program.meet("picture-file", flags=flags)

    assert (ran.code, ran.paid, len(ran.saved)) == (7, 3, 2)
