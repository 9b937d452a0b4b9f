"""Text in the letters that fonts can show: no boxes, nothing lost without a word."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont, features

from togimg.letters import Letters
from togimg.letters.faces import BUILTIN, UNASSIGNED, font, has
from togimg.letters.order import mirrored, pieces
from togimg.letters.spelling import JOINERS, tidied
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
    assert tidied(text, joiners=True) == tidy


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

    assert len(shown.replace(" ", "")) + missing == len(tidied(text, joiners=True).replace(" ", ""))


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


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_what_no_font_has_is_written_in_letters_that_one_has(text: str) -> None:
    shown = [char for char in BARE.spelled(text) if char not in JOINERS]

    assert [char for char in shown if BARE.face(char) is None] == []


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("a red fox", "a red fox"),
        ("a 夕暮れ boat", "a U+5915 U+66AE U+308C boat"),
        ("ab字cd", "ab U+5B57 cd"),
        ("🦊 at night🌙", "(fox face) at night (crescent moon)"),
        ("🇫🇷", "FR"),
        ("Ölgemälde, Straße, Łódź", "Olgemalde, Strasse, Lodz"),
        ("e\u0301te\u0301", "ete"),
        ("512\u00d7512 \u2014 ½", "512x512 - 1\u20442"),
        ("\u0915\u093f", "U+0915 U+093F"),
        ("", ""),
    ],
)
def test_pictures_are_named_accents_go_and_other_letters_become_numbers(
    text: str, spelled: str
) -> None:
    assert BARE.spelled(text) == spelled


def test_a_lone_mark_is_not_taken_for_one_that_the_font_has() -> None:
    # Layouts add a dotted circle to it, and beside the box that is no box any more.
    assert has(BUILTIN, "\u093f") is False


def test_a_long_value_is_cut_in_its_middle_between_words() -> None:
    text = "a lighthouse at dusk in the style of the old masters, oil on canvas"

    assert [BARE.fold(text, 20, width, most) for width, most in ((2000, 1), (200, 2))] == [
        [text],
        ["a lighthouse at dusk in", "the … oil on canvas"],
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab cde fghi W"), max_size=300), st.integers(1, 4))
def test_folded_lines_are_few_and_fit(text: str, most: int) -> None:
    lines = BARE.fold(BARE.spelled(text), 16, 90, most)

    assert len(lines) <= most
    assert all(BARE.length(line, 16) <= 90 for line in lines)


def test_the_bold_sister_of_a_font_goes_before_it(tmp_path: Path) -> None:
    plain, bold = (fonts(tmp_path, name) for name in ("Inter-Regular.ttf", "Inter-Bold.ttf"))

    faces = [Letters((str(tmp_path),), bold=is_bold).face("a") for is_bold in (False, True)]
    assert faces == [plain, bold]


def test_a_font_without_a_bold_sister_sets_both(tmp_path: Path) -> None:
    plain = fonts(tmp_path, "DejaVuSans.ttf")
    fonts(tmp_path, "Arial Bold.ttf")

    assert Letters((str(tmp_path),), bold=True).face("a") == plain


def test_fonts_of_unknown_names_serve_too_but_not_those_made_of_boxes(tmp_path: Path) -> None:
    for name in ("LastResort.otf", "Odd-BoldItalic.ttf", "NotoColorEmoji.ttf", "readme.txt"):
        fonts(tmp_path, name)
    assert Letters((str(tmp_path),)).face("a") == BUILTIN

    odd = fonts(tmp_path, "Odd-Sans.otf")
    assert Letters((str(tmp_path),)).face("a") == odd


def fonts(folder: Path, name: str) -> str:
    """The font of Pillow in a file of that name."""
    builtin = ImageFont.load_default(20)
    assert isinstance(builtin, ImageFont.FreeTypeFont)
    assert isinstance(builtin.path, BytesIO)
    (folder / name).write_bytes(builtin.path.getvalue())
    return str(folder / name)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("a red fox", [("a red fox", False)]),
        ("שלום", [("שלום", True)]),
        ("see שלום עולם here", [("see ", False), ("שלום עולם", True), (" here", False)]),
        ("שלום abc, ok עולם", [(" עולם", True), ("abc, ok", False), ("שלום ", True)]),
        ("منارة 2024", [("2024", False), ("منارة ", True)]),
        ("", []),
    ],
)
def test_pieces_stand_in_the_order_in_which_the_line_is_read(
    text: str, standing: list[tuple[str, bool]]
) -> None:
    assert pieces(text) == standing


def test_a_layout_that_only_goes_right_gets_its_letters_turned() -> None:
    assert mirrored("(שָׁלוֹם) א") == "א (םוֹלשָׁ)"


def test_joiners_stay_between_letters_where_the_layout_obeys_them() -> None:
    text = "नि\u200cषि \u200d!"

    assert [tidied(text, joiners=obeyed) for obeyed in (True, False)] == [
        "नि\u200cषि !",
        "निषि !",
    ]


@pytest.mark.skipif(not HERE.face("ש"), reason="no font with Hebrew letters here")
def test_hebrew_stands_from_right_to_left_without_raqm_too() -> None:
    pictures = [Image.new("L", (200, 40)) for _ in range(2)]
    pens = [ImageDraw.Draw(picture) for picture in pictures]
    face = font(HERE.face("ש") or BUILTIN, 24, ImageFont.Layout.BASIC)

    Letters(layout=ImageFont.Layout.BASIC).write(pens[0], (4, 30), "(שלום)", 24, 255)
    pens[1].text((4, 30), "(םולש)", font=face, fill=255, anchor="ls")

    assert pictures[0] == pictures[1]
