"""Pages into pixels; one picture is open at a time."""

from PIL import Image, ImageDraw

from togimg.errors import LocalError
from togimg.letters import Letters
from togimg.pictures import thumbnail
from togimg.sheet.marks import Frame, Rule, Words
from togimg.sheet.paging import Page

PAPER = (255, 255, 255)
INKS = {"strong": (22, 22, 24), "quiet": (96, 96, 100)}
LINE = (214, 214, 216)
EMPTY = (244, 244, 245)
CHECKER = ((255, 255, 255), (232, 232, 234))
SQUARE = 12
"""The side of a checker's square in pixels: it shows where a picture is transparent."""


def draw(page: Page, strong: Letters, quiet: Letters) -> Image.Image:
    """The page in RGB."""
    sheet = Image.new("RGB", (page.width, page.height), PAPER)
    pen = ImageDraw.Draw(sheet)
    for mark in page.marks:
        match mark:
            case Words(x, y, text, size, kind):
                letters = strong if kind == "strong" else quiet
                letters.write(pen, (x, y), text, size, INKS[kind])
            case Rule(x, y, width):
                pen.rectangle((x, y, x + width - 1, y + 1), fill=LINE)
            case Frame():
                _place(mark, sheet, pen, quiet)
    return sheet


def _place(frame: Frame, sheet: Image.Image, pen: ImageDraw.ImageDraw, quiet: Letters) -> None:
    """The picture on the lower left corner of its frame; a frame with a word when there is none."""
    if frame.tile.path is None:
        _leave_empty(frame, frame.tile.missing, pen, quiet)
        return
    try:
        picture = thumbnail(frame.tile.path, (frame.width, frame.height))
    except LocalError:
        word = "cannot be read" if frame.tile.path.exists() else "file is gone"
        _leave_empty(frame, word, pen, quiet)
        return
    shown = _on_checker(picture) if picture.mode == "RGBA" else picture
    top = frame.y + frame.height - shown.height
    # A hairline outside: pictures that end in white have edges too.
    pen.rectangle(
        (frame.x - 1, top - 1, frame.x + shown.width, frame.y + frame.height), outline=LINE
    )
    sheet.paste(shown, (frame.x, top))


def _leave_empty(frame: Frame, word: str, pen: ImageDraw.ImageDraw, quiet: Letters) -> None:
    right, bottom = frame.x + frame.width, frame.y + frame.height
    pen.rectangle((frame.x - 1, frame.y - 1, right, bottom), fill=EMPTY, outline=LINE)
    size = frame.size
    lines = quiet.wrap(quiet.spelled(word), size, frame.width * 0.9, 3)
    for number, line in enumerate(lines):
        x = frame.x + (frame.width - quiet.length(line, size)) / 2
        y = frame.y + frame.height / 2 + size * (0.35 + 1.35 * (number - (len(lines) - 1) / 2))
        quiet.write(pen, (x, y), line, size, INKS["quiet"])


def _on_checker(picture: Image.Image) -> Image.Image:
    light, dark = CHECKER
    board = Image.new("RGBA", picture.size, light)
    pen = ImageDraw.Draw(board)
    for y in range(0, picture.height, SQUARE):
        for x in range(y // SQUARE % 2 * SQUARE, picture.width, 2 * SQUARE):
            pen.rectangle((x, y, x + SQUARE - 1, y + SQUARE - 1), fill=dark)
    return Image.alpha_composite(board, picture).convert("RGB")
