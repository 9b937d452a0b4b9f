"""References are read once while there is room for them, and again when there was none."""

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from togimg.errors import UsageError
from togimg.request import Source
from togimg.studio import References

FOX, OWL, STDIN = Source("fox.png"), Source("owl.png"), Source("-")
ROOM_FOR_ONE = 1000


def paint(source: Source, colour: str) -> None:
    Image.new("RGB", (8, 8), colour).save(source.text)


@pytest.fixture(autouse=True)
def _pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    paint(FOX, "red")
    paint(OWL, "brown")
    piped = io.TextIOWrapper(io.BytesIO(Path(FOX.text).read_bytes()))
    monkeypatch.setattr(sys, "stdin", piped)


def is_kept(references: References, source: Source) -> bool:
    Path(source.text).unlink(missing_ok=True)
    try:
        return bool(references.ready(source))
    except UsageError:
        return False


def test_a_reference_is_read_once_while_there_is_room() -> None:
    references = References()

    first = [references.ready(source) for source in (FOX, OWL, FOX)]

    assert [is_kept(references, source) for source in (FOX, OWL)] == [True, True]
    assert references.digest(FOX) == first[0].sha256


def test_what_was_used_longest_ago_makes_room() -> None:
    references = References(most=ROOM_FOR_ONE)

    for source in (FOX, OWL):
        references.ready(source)

    assert [is_kept(references, source) for source in (OWL, FOX)] == [True, False]


def test_what_came_through_stdin_is_never_forgotten() -> None:
    references = References(most=ROOM_FOR_ONE)

    for source in (STDIN, FOX, OWL):
        references.ready(source)

    assert references.ready(STDIN).name == "the picture on stdin"


def test_one_that_is_larger_than_all_room_is_kept_while_it_is_the_last() -> None:
    references = References(most=0)

    references.ready(FOX)

    assert is_kept(references, FOX)
