"""A canvas with its palette and chances, and the figures that scenes are put together from."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from PIL import Image, ImageDraw

from togimg.sandbox.palettes import Colour, Palette, mix

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a scene draws on and with; `detail` goes from 0, sparse, to 1, rich."""

    canvas: Image.Image
    palette: Palette
    key: str
    detail: float

    @property
    def width(self) -> int:
        """Of the canvas, in pixels."""
        return self.canvas.width

    @property
    def height(self) -> int:
        """Of the canvas, in pixels."""
        return self.canvas.height

    @property
    def unit(self) -> float:
        """The length that sizes things alike on canvases of any size and shape."""
        return math.sqrt(self.width * self.height)

    def chance(self, part: str) -> Random:
        """Numbers for one part of the scene, so that more detail moves nothing else."""
        return Random(f"{self.key}/{part}")  # noqa: S311  reproducible, not secret

    def spot(self, place: Point) -> Point:
        """The pixel at a place given in shares of the width and the height."""
        return place[0] * self.width, place[1] * self.height

    def pen(self) -> ImageDraw.ImageDraw:
        """What draws on the canvas."""
        return ImageDraw.Draw(self.canvas)


@contextmanager
def softly(sketch: Sketch) -> Iterator[Sketch]:
    """A small copy of the canvas for what has no edges; it fills the canvas in the end."""
    size = (max(64, sketch.width // 6), max(64, sketch.height // 6))
    small = replace(sketch, canvas=Image.new("RGB", size))
    yield small
    # Doubling by the nearest is fast, and the painter halves large canvases in the end.
    half = (sketch.width // 2, sketch.height // 2)
    smooth = small.canvas.resize(half, Image.Resampling.BILINEAR)
    sketch.canvas.paste(smooth.resize(sketch.canvas.size, Image.Resampling.NEAREST))


def gradient(sketch: Sketch, top: Colour, bottom: Colour) -> None:
    """The whole canvas, from one colour down to the other."""
    last = max(sketch.height - 1, 1)
    shades = bytes(channel for y in range(sketch.height) for channel in mix(top, bottom, y / last))
    column = Image.frombytes("RGB", (1, sketch.height), shades)
    sketch.canvas.paste(column.resize(sketch.canvas.size, Image.Resampling.NEAREST))


def ridge(sketch: Sketch, base: float, swing: float, tint: Colour, number: int) -> None:
    """A range of hills from its line down to the foot of the canvas."""
    chance = sketch.chance(f"ridge{number}")
    line, rough = wave(chance, 3), wave(chance, 9)
    top = [
        (x * sketch.width, sketch.height * (base + swing * (line(x) + 0.12 * rough(x * 3))))
        for x in steps(96)
    ]
    sketch.pen().polygon([*top, (sketch.width, sketch.height), (0, sketch.height)], fill=tint)


def stars(sketch: Sketch, count: int) -> None:
    """Dots of light, fewer towards the foot."""
    chance, pen = sketch.chance("stars"), sketch.pen()
    for _ in range(count):
        spot = (chance.random() * sketch.width, chance.random() ** 1.4 * sketch.height)
        bright = chance.random()
        circle(
            pen,
            spot,
            sketch.unit * (0.0008 + 0.0014 * bright**3),
            mix(sketch.palette.shades[1], (255, 255, 255), 0.35 + 0.6 * bright),
        )


def dust(sketch: Sketch, specks: int) -> None:
    """Specks in the upper third, each hardly another colour than what it lies on."""
    chance, pen = sketch.chance("dust"), sketch.pen()
    for _ in range(specks):
        x, y = sketch.spot((chance.random(), chance.uniform(0.01, 0.35)))
        red, green, blue, *_ = pixel(sketch.canvas, (int(x), int(y)))
        circle(
            pen, (x, y), sketch.unit * 0.0011, mix((red, green, blue), sketch.palette.accent, 0.3)
        )


def pixel(canvas: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    """The channels of one pixel."""
    found = canvas.getpixel(at)
    return found if isinstance(found, tuple) else (0, 0, 0)


def glow(sketch: Sketch, spot: Point, radius: float, tint: Colour) -> None:
    """A halo that fades out at the radius."""
    fading = Image.radial_gradient("L").point([max(0, 150 - value) for value in range(256)])
    side = max(2, round(radius * 2 * 255 / 150 / 1.2))
    mask = fading.resize((side, side), Image.Resampling.BILINEAR)
    sketch.canvas.paste(tint, (round(spot[0] - side / 2), round(spot[1] - side / 2)), mask)


def disc(sketch: Sketch, spot: Point, radius: float, tint: Colour) -> None:
    """A filled circle on the canvas."""
    circle(sketch.pen(), spot, radius, tint)


def circle(pen: ImageDraw.ImageDraw, spot: Point, radius: float, tint: Colour) -> None:
    """A filled circle."""
    x, y = spot
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=tint)


def wave(chance: Random, parts: int) -> Callable[[float], float]:
    """A wandering line: about -1 to 1 for x from 0 to 1."""
    sines = [
        (chance.uniform(0.6, 1.6) * (part + 1), chance.uniform(0, math.tau), 1 / (part + 1))
        for part in range(parts)
    ]
    return lambda x: sum(high * math.sin(math.tau * often * x + at) for often, at, high in sines)


def steps(count: int) -> list[float]:
    """Evenly spaced places from 0 to 1."""
    return [step / count for step in range(count + 1)]


def lucky(chance: Random, share: float) -> bool:
    """Whether a draw falls into the share, from 0 to 1."""
    return chance.random() < share
