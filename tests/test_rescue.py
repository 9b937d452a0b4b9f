"""togimg rescue: what could not be placed is listed, and finds its way."""

import json
import os
from pathlib import Path

import pytest

from running import SMALL, Togimg, names, objects, pixels
from togimg.sandbox import Sandbox

STATE = Path("../home/state/togimg/rescue")


@pytest.fixture
def fox(togimg: Togimg, sandbox: Sandbox) -> bytes:
    """A whole picture with its recipe."""
    togimg("generate", "a fox", "-m", "flux-schnell", "-o", "fox.jpg", *SMALL)
    data = Path("fox.jpg").read_bytes()
    Path("fox.jpg").unlink()
    STATE.mkdir(parents=True)
    return data


def keep(name: str, data: bytes) -> None:
    """Puts a file in the rescue folder, as if it was of 2026-01-02."""
    path = STATE / name
    path.write_bytes(data)
    os.utime(path, (1767355200, 1767355200))


def rescued() -> list[str]:
    return names(str(STATE))


def test_where_nothing_had_to_be_rescued_there_is_nothing_to_list(togimg: Togimg) -> None:
    plain, listed = togimg("rescue"), togimg("rescue", "--json")

    assert (plain.code, plain.stdout, plain.stderr) == (0, "", "nothing had to be rescued\n")
    assert (listed.code, listed.stdout, listed.stderr) == (0, "", "")


def test_what_is_there_is_listed_with_what_was_asked(togimg: Togimg, fox: bytes) -> None:
    keep("fox-001-001.jpg", fox)
    keep("owl-001-001.unfinished", fox[:1000])

    ran = togimg("rescue")

    headers, first, second = ran.stdout.splitlines()
    assert headers.split() == ["file", "size", "saved", "model", "prompt"]
    assert first.split()[0].endswith("/fox-001-001.jpg")
    assert first.split()[-3:] == ["FLUX.1-schnell", "a", "fox"]
    assert second.split()[1] == "broken"
    assert ran.stderr == "hint: togimg rescue --to FOLDER places them\n"


def test_json_tells_all_of_it(togimg: Togimg, fox: bytes) -> None:
    keep("fox-001-001.jpg", fox)

    (one,) = objects(togimg("rescue", "--json"))

    saved = one.pop("saved")
    assert saved.startswith("2026-01-02T")
    assert one.pop("path").endswith("/fox-001-001.jpg")
    assert one == {
        "type": "rescued",
        "bytes": len(fox),
        "whole": True,
        "prompt": "a fox",
        "model": "black-forest-labs/FLUX.1-schnell",
        "placed": None,
    }


def test_placing_gives_the_old_names_and_empties_the_folder(togimg: Togimg, fox: bytes) -> None:
    keep("fox-001-001.jpg", fox)
    keep("fox-002-001.jpg", fox)

    ran = togimg("rescue", "--to", "out")

    assert (ran.code, ran.stdout, ran.stderr) == (0, "out/fox-001.jpg\nout/fox-002.jpg\n", "")
    assert (rescued(), names("out")) == ([], ["fox-001.jpg", "fox-002.jpg"])
    assert Path("out/fox-001.jpg").read_bytes() == fox


def test_placing_never_replaces(togimg: Togimg, fox: bytes) -> None:
    keep("fox-001.jpg", fox)
    Path("out").mkdir()
    Path("out/fox.jpg").write_bytes(b"mine")

    ran = togimg("rescue", "--to", "out", "--json")

    assert [one["placed"] for one in objects(ran)] == ["out/fox-001.jpg"]
    assert Path("out/fox.jpg").read_bytes() == b"mine"


def test_bytes_of_a_killed_process_get_their_extension_when_they_are_whole(
    togimg: Togimg, fox: bytes
) -> None:
    keep("fox-001-001.unfinished", fox)

    ran = togimg("rescue", "--to", "out")

    assert (ran.stdout, rescued(), pixels("out/fox-001.jpg")[1]) == (
        "out/fox-001.jpg\n",
        [],
        (64, 64),
    )


def test_a_broken_one_stays_until_it_is_said_that_it_may_go(togimg: Togimg, fox: bytes) -> None:
    keep("fox-001-001.unfinished", fox[:1000])

    stays, left = togimg("rescue", "--to", "out"), rescued()
    goes = togimg("rescue", "--to", "out", "--discard-broken")

    assert (stays.code, stays.stdout, left) == (0, "", ["fox-001-001.unfinished"])
    assert stays.stderr.endswith(
        "fox-001-001.unfinished is no whole picture and stays there; --discard-broken deletes it\n"
    )
    assert (goes.code, goes.stderr.endswith("is deleted\n"), rescued()) == (0, True, [])


def test_what_a_process_left_that_was_killed_while_it_rescued_is_found(
    togimg: Togimg, fox: bytes
) -> None:
    keep(".fox-001-001.togimg", fox)

    ran = togimg("rescue", "--to", "out")

    assert (ran.code, names("out"), rescued()) == (0, ["fox-001-001.jpg"], [])


def test_a_folder_that_cannot_be_written_leaves_all_where_it_is(togimg: Togimg, fox: bytes) -> None:
    keep("fox-001-001.jpg", fox)
    Path("out").write_bytes(b"")

    ran = togimg("rescue", "--to", "out")

    assert (ran.code, ran.stdout, rescued()) == (8, "", ["fox-001-001.jpg"])
    assert ran.stderr.startswith("error: cannot write in out: ")


def test_links_and_hidden_files_are_not_taken_for_pictures(togimg: Togimg, fox: bytes) -> None:
    Path("mine.jpg").write_bytes(fox)
    (STATE / "link-001.jpg").symlink_to(Path("mine.jpg").absolute())
    keep(".hidden.jpg", fox)

    ran = togimg("rescue", "--to", "out")

    assert (ran.code, ran.stdout, Path("mine.jpg").exists()) == (0, "", True)


def test_discarding_needs_a_place_for_the_rest(togimg: Togimg) -> None:
    ran = togimg("rescue", "--discard-broken")

    assert (ran.code, ran.stderr.splitlines()[0]) == (2, "error: --discard-broken goes with --to")


def test_a_picture_in_a_foreign_hand_is_left_alone(togimg: Togimg, fox: bytes) -> None:
    fcntl = pytest.importorskip("fcntl")
    keep("fox-001-001.jpg", fox)
    with (STATE / "fox-001-001.jpg").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = togimg("rescue", "--to", "out")

    assert (ran.code, ran.stdout, rescued(), names("out")) == (0, "", ["fox-001-001.jpg"], [])


def test_lines_of_json_are_json_whatever_the_name(togimg: Togimg, fox: bytes) -> None:
    keep("fo\udcffx\n-001.jpg", fox)

    assert json.loads(togimg("rescue", "--json").stdout)["bytes"] == len(fox)
