"""Answers: every way to write a good one is read, and none that is bad becomes a picture."""

import pytest

from programs import Program, in_turn

URL = ("--response-format", "url")
FOX = ("work/out/fox-001.jpg",)


def test_every_way_to_write_an_answer_is_read(program: Program) -> None:
    ways = (
        *("ok", "both", "type-null", "extra", "gzip", "chunked", "bom", "slow:1:0.2"),
        *("unpadded", "wrapped", "data-uri", "no-length", "stale", "slow-headers:1:0.2"),
        *("url-safe", "bare-list", "single", "utf-16", "not-gzip", "wrong-length", "unended"),
        *("twice", "strayed"),
    )
    ran = program.meet(*ways, flags=in_turn(len(ways)))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, len(ways), len(ways), len(ways))
    assert ran.stdout.splitlines()[0] == b"out/fox-001.jpg"
    assert ran.said.startswith(f"{len(ways)} pictures in ")


def test_a_picture_behind_a_link_is_fetched(program: Program) -> None:
    ran = program.meet(flags=URL)

    assert (ran.code, ran.posts, ran.saved) == (0, 1, FOX)


@pytest.mark.parametrize("fault", ["mixed", "shuffled", "same-index", "both"])
def test_every_picture_of_an_answer_is_kept(program: Program, fault: str) -> None:
    ran = program.meet(fault, flags=("--param", "n=3"))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (0, 1, 3, 3)


def test_more_pictures_than_asked_are_all_kept(program: Program) -> None:
    ran = program.meet("more")

    assert (ran.code, len(ran.stdout.splitlines()), len(ran.saved)) == (0, 2, 2)


def test_fewer_pictures_than_asked_are_kept_and_the_rest_may_have_been_billed(
    program: Program,
) -> None:
    ran = program.meet("fewer", flags=("--param", "n=3"))

    assert (ran.code, ran.paid, len(ran.saved)) == (7, 3, 2)
    assert ran.said.startswith("error: 1 of 3 pictures are missing from the answer; ")


@pytest.mark.parametrize(
    ("fault", "extension"), [("webp", "webp"), ("png", "png"), ("bmp", "png"), ("tiff", "png")]
)
def test_the_bytes_decide_the_extension(program: Program, fault: str, extension: str) -> None:
    ran = program.meet(fault)

    assert (ran.code, ran.saved) == (0, (f"work/out/fox-001.{extension}",))


@pytest.mark.parametrize("fault", ["webp", "png", "bmp"])
def test_an_extension_that_was_said_is_honoured(program: Program, fault: str) -> None:
    ran = program.meet(fault, output="fox.jpg")

    assert (ran.code, ran.saved) == (0, ("work/fox.jpg",))
    assert ran.stderr.count("note: converted from ") == 1


def test_no_usable_answer_is_unknown_and_is_not_asked_for_again(program: Program) -> None:
    bad = (
        *("empty", "no-data", "bad-base64", "cut-json", "error-in-200", "truncated-picture"),
        *("204", "short-length"),
    )
    ran = program.meet(*bad, flags=(*in_turn(len(bad)), "-v"))

    assert (ran.code, ran.stdout, ran.posts, ran.saved) == (9, b"", len(bad), ())
    assert ran.stderr.count("error: ") == len(bad)
    assert ran.stderr.count("may have been billed") >= len(bad)


def test_a_good_picture_beside_bad_ones_is_kept(program: Program) -> None:
    ran = program.meet("truncated-picture", "ok", flags=("-n", "2", "-j", "1"))

    assert (ran.code, ran.posts, ran.paid, len(ran.saved)) == (7, 2, 2, 1)
