"""Text in the letters that fonts can show: no boxes, nothing lost without a word."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, features

from togimg.sandbox.letters import BUILTIN, UNASSIGNED, Letters, has, tidied
from togimg.sandbox.painter import Commission, label_lines

HERE = Letters()
BARE = Letters(())


def label_of(prompt: str, letters: Letters) -> list[str]:
    commission = Commission("a/model", prompt, 1, 512, 512)
    return [text for _, text in label_lines(commission, letters, 12, 480)]


def test_without_any_font_the_one_in_pillow_is_used() -> None:
    assert BARE.face("a") == BUILTIN


def test_what_no_font_can_show_is_left_out_and_counted() -> None:
    assert BARE.legible("Ölbild 夕暮れ, ok") == ("lbild , ok", 4)


def test_the_label_says_how_many_letters_are_left_out() -> None:
    assert label_of("a 夕暮れ boat", BARE) == [
        "togimg sandbox: not a real picture",
        "a boat",
        "a/model · seed 1 · (+3 letters no font here can show)",
    ]


def test_one_letter_is_one_letter() -> None:
    assert label_of("夕", BARE)[-1] == "a/model · seed 1 · (+1 letter no font here can show)"


@pytest.mark.skipif(HERE.face("夕") is None, reason="no font with Japanese letters here")
def test_japanese_is_drawn_where_a_font_has_it() -> None:
    picture = Image.new("L", (200, 40))

    HERE.write(ImageDraw.Draw(picture), (4, 30), "夕暮れの灯台", 24, 255)

    box = picture.getbbox()
    assert HERE.legible("夕暮れの灯台") == ("夕暮れの灯台", 0)
    assert box is not None
    assert box[2] - box[0] > 120


@pytest.mark.skipif(HERE.face("ö") is None, reason="no font with umlauts here")
def test_umlauts_and_cyrillic_stay_in_one_line_with_the_rest() -> None:
    assert HERE.legible("Ölgemälde — мир")[1] == 0


def test_the_sign_for_an_unknown_letter_is_no_letter() -> None:
    assert [has(BUILTIN, char) for char in ("a", " ", "夕", UNASSIGNED, "\u0378")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("one\ntwo\r\n\tthree", "one two three"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u202eturned", "turned"),
        ("heart\ufe0f", "heart"),
        ("half \ud83d", "half"),
        ("  apart  ", "apart"),
        ("", ""),
    ],
)
def test_breaks_become_blanks_and_what_shows_nothing_goes(text: str, tidy: str) -> None:
    assert tidied(text) == tidy


def test_lines_break_between_words_and_the_rest_is_an_ellipsis() -> None:
    lines = BARE.wrap("one two three four five six", 20, 110, 2)

    assert lines == ["one two", "three four…"]


def test_a_word_too_long_for_a_line_is_cut() -> None:
    lines = BARE.wrap("w" * 40, 20, 100, 9)

    assert "".join(lines) == "w" * 40
    assert len(lines) > 4


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_line_is_wider_than_there_is_room(text: str) -> None:
    shown, _ = HERE.legible(text)
    lines = HERE.wrap(shown, 16, 120, 3)

    assert all(HERE.length(line, 16) <= 121 for line in lines)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_every_letter_is_shown_or_counted(text: str) -> None:
    shown, missing = HERE.legible(text)

    assert len(shown.replace(" ", "")) + missing == len(tidied(text).replace(" ", ""))


def test_letters_that_join_reach_the_layout_in_one_piece() -> None:
    text = "منارة عند الغسق"
    if HERE.legible(text)[1] or not (features.check("raqm") and features.check("fribidi")):
        pytest.skip("no font or no layout for Arabic letters here")

    together = HERE.length(text, 24)

    assert together < sum(HERE.length(char, 24) for char in text)


def test_a_folder_that_is_not_there_is_no_trouble() -> None:
    assert Letters(("/no/such/folder", "~nobody-at-all/fonts")).face("a") == BUILTIN


def test_a_file_that_is_no_font_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"not a font")

    assert Letters((str(tmp_path),)).face("a") == BUILTIN
