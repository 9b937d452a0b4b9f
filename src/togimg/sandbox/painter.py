"""Paints a stand-in picture: the same pixels for the same commission, and labelled as such."""

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw, ImageOps

from togimg.letters import Letters
from togimg.sandbox.palettes import Palette, mix, palette
from togimg.sandbox.scenes import SCENES
from togimg.sandbox.sketch import Sketch, dust

LETTERS = Letters()
MARK = "togimg sandbox: not a real picture"
LONG_MARK = "togimg sandbox — not a real picture"
WORK_PIXELS = 4_300_000


@dataclass(frozen=True, slots=True)
class Commission:
    """What decides every byte of a picture.

    Attributes:
        references: File contents, or the addresses of pictures that are not fetched.
        kept: The share of the file that is handed over; below 1 it is cut short.
    """

    model: str
    prompt: str
    seed: int
    width: int
    height: int
    steps: int = 20
    negative_prompt: str = ""
    guidance: float = 3.5
    references: tuple[bytes | str, ...] = ()
    form: Literal["jpeg", "png", "webp", "bmp", "tiff"] = "jpeg"
    kept: float = 1.0


@lru_cache(maxsize=16)
def paint(commission: Commission) -> bytes:
    """The file: JPEG 4:2:0 with one EXIF block, as recorded 2026-05-31, or PNG, or WebP."""
    picture = draw(commission)
    out = BytesIO()
    if commission.form == "jpeg":
        picture.save(out, "JPEG", quality=88, subsampling="4:2:0", exif=exif(picture.size))
        data = without_jfif(out.getvalue())
    else:
        picture.save(out, commission.form, compress_level=3)
        data = out.getvalue()
    return data[: math.ceil(len(data) * commission.kept)]


def draw(commission: Commission, letters: Letters = LETTERS) -> Image.Image:
    """The picture, exactly as many pixels as were asked for."""
    key = fingerprint(commission)
    colours = colours_of(commission, key)
    size = (commission.width, commission.height)
    if commission.references:
        picture = edited(commission, colours, size)
    else:
        picture = scene(key, colours, commission.steps, size)
    label(picture, commission, colours, letters)
    return picture


def richness(steps: int) -> float:
    """How much detail the steps buy: 1 at 50 steps, and the first ones count most."""
    return math.sqrt(min(max(steps, 1), 50) / 50)


def scene(key: int, colours: Palette, steps: int, size: tuple[int, int]) -> Image.Image:
    """One of the compositions, drawn larger than needed and reduced: smooth edges."""
    factor = max(1.0, min(2.0, math.sqrt(WORK_PIXELS / (size[0] * size[1]))))
    canvas = Image.new("RGB", (math.ceil(size[0] * factor), math.ceil(size[1] * factor)))
    sketch = Sketch(canvas, colours, str(key), richness(steps))
    SCENES[key % len(SCENES)](sketch)
    # The counts of a scene are rounded: without a speck for each, some steps would not show.
    dust(sketch, min(steps, 100))
    if factor == 2:  # noqa: PLR2004
        return canvas.reduce(2)
    return canvas.resize(size, Image.Resampling.BILINEAR) if canvas.size != size else canvas


def edited(commission: Commission, colours: Palette, size: tuple[int, int]) -> Image.Image:
    """The references side by side, toned with the palette, in a thin frame."""
    picture = Image.new("RGB", size)
    count = len(commission.references)
    share = 0.3 + 0.2 * richness(commission.steps)
    wide = size[0] >= size[1]
    for index, reference in enumerate(commission.references):
        start, end = (
            round((size[0] if wide else size[1]) * step / count) for step in (index, index + 1)
        )
        box = (start, 0, end, size[1]) if wide else (0, start, size[0], end)
        if end > start:
            area = (box[2] - box[0], box[3] - box[1])
            picture.paste(toned(opened(reference, area), area, colours, share), box[:2])
    frame(picture, colours)
    return picture


def toned(
    reference: Image.Image, area: tuple[int, int], colours: Palette, share: float
) -> Image.Image:
    """The reference cut to the area, a share of it in the colours of the prompt."""
    cut = ImageOps.fit(reference.convert("RGB"), area, Image.Resampling.BILINEAR)
    dark, middle, bright = colours.shades[0], colours.shades[2], colours.shades[4]
    tone = ImageOps.colorize(cut.convert("L"), black=dark, mid=middle, white=bright)
    return Image.blend(cut, tone, share)


def opened(reference: bytes | str, area: tuple[int, int]) -> Image.Image:
    """The reference; for one that is not fetched, a scene that shows its address."""
    if isinstance(reference, bytes):
        return Image.open(BytesIO(reference))
    key = int.from_bytes(hashlib.sha256(reference.encode(errors="replace")).digest()[:8])
    picture = scene(key, palette(key // 7), 10, area)
    text = f"stand-in for {LETTERS.legible(reference)[0]}"
    size = lettering(area)
    lines = LETTERS.wrap(text, size, area[0] - size * 2, 3)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, area[0], round(size * (1.3 * len(lines) + 1))), fill=(18, 18, 24))
    for index, line in enumerate(lines):
        LETTERS.write(pen, (size, round(size * (1.5 + 1.3 * index))), line, size, (240, 240, 240))
    return picture


def frame(picture: Image.Image, colours: Palette) -> None:
    """A thin line inside the edge: the sign of an edit."""
    unit = min(picture.size)
    inset = round(unit * 0.025)
    box = (inset, inset, picture.width - 1 - inset, picture.height - 1 - inset)
    ImageDraw.Draw(picture).rectangle(
        box, outline=colours.accent, width=max(1, round(unit * 0.006))
    )


def label(picture: Image.Image, commission: Commission, colours: Palette, letters: Letters) -> None:
    """The strip at the foot that says what this is: not a real picture, prompt, model, seed."""
    size = lettering(picture.size)
    room = picture.width - size * 2
    lines = label_lines(commission, letters, size, room)
    line_height = size * 1.42
    most = max(1, int((picture.height * 0.6) / line_height))
    lines = lines[:most]
    top = round(picture.height - line_height * len(lines) - size * 0.9)
    dark = mix(colours.shades[0], (10, 10, 14), 0.55)
    strip = Image.new("RGB", (picture.width, picture.height - top), dark)
    under = picture.crop((0, top, picture.width, picture.height))
    picture.paste(Image.blend(under, strip, 1.0 if commission.references else 0.88), (0, top))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, top, picture.width, top + max(1, size // 8) - 1), fill=colours.accent)
    inks = {"mark": mix(colours.accent, (255, 255, 255), 0.35), "prompt": (255, 255, 255)}
    for index, (kind, text) in enumerate(lines):
        baseline = round(top + size * 0.5 + line_height * (index + 0.78))
        letters.write(pen, (size, baseline), text, size, inks.get(kind, (205, 208, 214)))


def label_lines(
    commission: Commission, letters: Letters, size: int, room: float
) -> list[tuple[str, str]]:
    """What the strip says, line by line, each with its kind."""
    mark = LONG_MARK if letters.face("—") else MARK
    prompt, missing = letters.legible(commission.prompt)
    details = [commission.model, f"seed {commission.seed}"]
    if pictures := len(commission.references):
        details.append(f"edit of {pictures} picture{'s' if pictures > 1 else ''}")
    if missing:
        noun = "letter" if missing == 1 else "letters"
        details.append(f"(+{missing} {noun} no font here can show)")
    if letters.length(commission.model, size) > room:
        details[0] = commission.model.rpartition("/")[2]
    details = [letters.legible(detail)[0] for detail in details]
    return [
        *(("mark", line) for line in letters.wrap(mark, size, room, 2)),
        *(("prompt", line) for line in letters.wrap(prompt, size, room, 3)),
        *(("details", line) for line in packed(details, letters, size, room)),
    ]


def packed(details: list[str], letters: Letters, size: int, room: float) -> list[str]:
    """As many details on a line as there is room for."""
    lines: list[str] = []
    for detail in details:
        joined = f"{lines[-1]} · {detail}" if lines else detail
        if lines and letters.length(joined, size) <= room:
            lines[-1] = joined
        else:
            lines += letters.wrap(detail, size, room, 2)
    return lines


def lettering(size: tuple[int, int]) -> int:
    """The height of the label's letters in pixels: 11 at 256 by 256, 24 at 1024 by 1024."""
    width, height = size
    return max(8, round(min(max(11.0, math.sqrt(width * height) * 0.0235), width / 22)))


def fingerprint(commission: Commission) -> int:
    """A number decided by model, prompt and seed; neighbouring seeds get other scenes."""
    text = f"{commission.model}\n{commission.prompt}".encode(errors="surrogatepass")
    start = int.from_bytes(hashlib.sha256(text).digest()[:6])
    return start + commission.seed


def colours_of(commission: Commission, key: int) -> Palette:
    """The palette; guidance makes it stronger, a negative prompt turns its hues a little."""
    digest = hashlib.sha256(
        f"{key}\n{commission.negative_prompt}".encode(errors="replace")
    ).digest()
    turn = (digest[0] / 255 - 0.5) * 0.06
    strength = 0.85 + 0.3 * min(max(commission.guidance, 0.0), 10.0) / 10
    return palette(key * 5, turn=turn, saturation=strength)


def exif(size: tuple[int, int]) -> Image.Exif:
    """The fields of the recorded pictures: orientation, resolution, version, colours, size."""
    block = Image.Exif()
    block.update({0x0112: 1, 0x011A: 72.0, 0x011B: 72.0, 0x0128: 2})
    details = block.get_ifd(0x8769)
    details.update({0x9000: b"0210", 0xA001: 1, 0xA002: size[0], 0xA003: size[1]})
    return block


def without_jfif(data: bytes) -> bytes:
    """The JPEG without the APP0 block that Pillow always writes, and the recorded ones lack."""
    if data[2:4] != b"\xff\xe0":
        return data
    return data[:2] + data[4 + int.from_bytes(data[4:6]) :]
