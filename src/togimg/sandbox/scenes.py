"""Seven compositions, each drawn from a palette and a seed on a canvas of any size."""

import math
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter

from togimg.sandbox.palettes import Colour, mix
from togimg.sandbox.sketch import (
    Sketch,
    circle,
    disc,
    glow,
    gradient,
    lucky,
    ridge,
    softly,
    stars,
    steps,
    wave,
)


def hills(sketch: Sketch) -> None:
    """Layered ridges in haze, under a sun."""
    palette, chance = sketch.palette, sketch.chance("hills")
    horizon = mix(palette.shades[4], palette.accent, chance.uniform(0.05, 0.25))
    sky = palette.at(chance.uniform(0.55, 0.8))
    place = (chance.uniform(0.25, 0.75), chance.uniform(0.2, 0.36))
    size = chance.uniform(0.07, 0.12)
    with softly(sketch) as soft:
        gradient(soft, sky, horizon)
        glow(
            soft,
            soft.spot(place),
            soft.unit * size * 3.2,
            mix(palette.accent, palette.shades[4], 0.5),
        )
    disc(
        sketch, sketch.spot(place), sketch.unit * size, mix(palette.accent, palette.shades[4], 0.25)
    )
    layers = 4 + round(4 * sketch.detail)
    for layer in range(layers):
        near = (layer + 1) / layers
        ridge(sketch, 0.4 + 0.42 * near, 0.05 + 0.05 * near, palette.at(0.78 * (1 - near)), layer)


def aurora(sketch: Sketch) -> None:
    """Curtains of light over dark ridges, and stars."""
    palette, chance = sketch.palette, sketch.chance("aurora")
    tints = (palette.shades[3], palette.accent, palette.shades[2], palette.shades[4])
    with softly(sketch) as soft:
        gradient(
            soft, mix(palette.shades[0], (4, 6, 18), 0.6), mix(palette.shades[1], (8, 12, 30), 0.3)
        )
        for curtain in range(2 + round(2 * sketch.detail)):
            soft.canvas.paste(
                tints[curtain], (0, 0), light(soft, chance.uniform(0.3, 0.62), curtain)
            )
    stars(sketch, 60 + round(160 * sketch.detail))
    for layer, base in enumerate((0.74, 0.82, 0.9)):
        ridge(sketch, base, 0.06, mix(palette.shades[0], (6, 8, 16), 0.35 * layer), layer)


def light(sketch: Sketch, base: float, number: int) -> Image.Image:
    """One curtain: soft rays that hang above a wandering line."""
    chance = sketch.chance(f"curtain{number}")
    small = Image.new("L", (160, 160))
    pen = ImageDraw.Draw(small)
    line = wave(chance, 3)
    for column in range(160):
        foot = 160 * (base + 0.12 * line(column / 160))
        height = 160 * (0.28 + 0.16 * math.sin(column * 0.23 + number) * math.sin(column * 0.071))
        for step in range(8):
            top = foot - height * (1 - step / 8)
            pen.line((column, top, column, foot), fill=22 + 21 * step)
        pen.line((column, foot, column, foot + 3), fill=120)
    soft = small.filter(ImageFilter.GaussianBlur(2.2))
    return soft.resize(sketch.canvas.size, Image.Resampling.BILINEAR)


def ribbons(sketch: Sketch) -> None:
    """Bands that flow across, one over the other."""
    palette, chance = sketch.palette, sketch.chance("ribbons")
    gradient(sketch, palette.shades[4], palette.at(0.8))
    spot = (sketch.width * chance.uniform(0.2, 0.8), sketch.height * chance.uniform(0.12, 0.3))
    disc(sketch, spot, sketch.unit * chance.uniform(0.08, 0.15), palette.accent)
    count = 6 + round(10 * sketch.detail)
    slope, line, swell = chance.uniform(-0.3, 0.3), wave(chance, 2), wave(chance, 2)
    pen = sketch.pen()
    for band in range(count):
        near = band / count
        drift = chance.uniform(-0.01, 0.01)
        top = [
            (
                x * sketch.width,
                sketch.height
                * (
                    0.24
                    + 0.62 * near
                    + drift
                    + slope * (x - 0.5)
                    + 0.1 * (1 - near * 0.5) * line(x + near * 0.35)
                    + 0.05 * near * swell(x - near)
                ),
            )
            for x in steps(64)
        ]
        tint = palette.at(0.86 - 0.86 * near)
        edge = mix(tint, palette.shades[4], 0.55)
        pen.polygon([*top, (sketch.width, sketch.height * 2), (0, sketch.height * 2)], fill=tint)
        pen.line(top, fill=edge, width=max(1, round(sketch.unit * 0.002)))


def facets(sketch: Sketch) -> None:
    """A mesh of triangles, lit from one corner."""
    palette, chance = sketch.palette, sketch.chance("facets")
    cell = sketch.unit / (5 + round(8 * sketch.detail))
    columns, rows = (math.ceil(side / cell) + 1 for side in sketch.canvas.size)
    angle, line = chance.uniform(0, math.tau), wave(chance, 3)
    mesh = [
        [((x + chance.uniform(-0.36, 0.36)) * cell, (y + chance.uniform(-0.36, 0.36)) * cell)
         for x in range(-1, columns + 1)] for y in range(-1, rows + 1)
    ]  # fmt: skip
    pen = sketch.pen()
    for upper, lower in pairwise(mesh):
        for a, b, c, d in zip(upper, upper[1:], lower, lower[1:], strict=False):
            halves = ((a, b, c), (b, c, d)) if lucky(chance, 0.5) else ((a, b, d), (a, c, d))
            for half in halves:
                x = sum(point[0] for point in half) / 3 / sketch.width - 0.5
                y = sum(point[1] for point in half) / 3 / sketch.height - 0.5
                along = 0.52 + 0.62 * (x * math.cos(angle) + y * math.sin(angle))
                shade = palette.at(along + 0.13 * line(x + y) + chance.uniform(-0.08, 0.08))
                bright = 0.55 if lucky(chance, 0.035) else 0.0
                pen.polygon(half, fill=mix(shade, palette.accent, bright))


def orbits(sketch: Sketch) -> None:
    """Planets on rings around a sun."""
    palette, chance = sketch.palette, sketch.chance("orbits")
    place, size = (chance.uniform(0.3, 0.7), chance.uniform(0.3, 0.5)), chance.uniform(0.07, 0.11)
    with softly(sketch) as soft:
        gradient(soft, mix(palette.shades[0], (0, 0, 0), 0.35), palette.shades[1])
        glow(
            soft,
            soft.spot(place),
            soft.unit * size * 4,
            mix(palette.accent, palette.shades[2], 0.6),
        )
    stars(sketch, 40 + round(120 * sketch.detail))
    (x, y), core = sketch.spot(place), sketch.unit * size
    disc(sketch, (x, y), core, palette.accent)
    disc(
        sketch,
        (x - core * 0.18, y - core * 0.18),
        core * 0.7,
        mix(palette.accent, (255, 255, 255), 0.25),
    )
    pen, reach = sketch.pen(), core * 1.7
    for number in range(4 + round(5 * sketch.detail)):
        box = (x - reach, y - reach, x + reach, y + reach)
        pen.ellipse(box, outline=palette.at(0.42), width=max(1, round(sketch.unit * 0.0018)))
        turn, size = chance.uniform(0, math.tau), sketch.unit * chance.uniform(0.012, 0.034)
        spot = (x + reach * math.cos(turn), y + reach * math.sin(turn))
        tint = palette.at(0.5 + 0.5 * ((number * 0.37) % 1))
        disc(sketch, spot, size, tint)
        disc(
            sketch,
            (spot[0] - size * 0.16, spot[1] - size * 0.16),
            size * 0.8,
            mix(tint, palette.shades[4], 0.3),
        )
        reach *= chance.uniform(1.22, 1.42)


def tiles(sketch: Sketch) -> None:
    """A quilt of quarter circles, rings and halves."""
    palette, chance = sketch.palette, sketch.chance("tiles")
    across = 3 + round(3 * sketch.detail)
    cell = math.ceil(min(sketch.canvas.size) / across)
    inks = (*palette.shades, palette.accent)
    pen = sketch.pen()
    for top in range(0, sketch.height, cell):
        for left in range(0, sketch.width, cell):
            ground, ink, dot = chance.sample(inks, 3)
            box = (left, top, left + cell, top + cell)
            pen.rectangle(box, fill=ground)
            # The centre of a quarter circle is a corner: its box is four cells.
            dx, dy = chance.choice(((0, 0), (1, 0), (0, 1), (1, 1)))
            tile = Image.new("RGB", (cell, cell), ground)
            brush = ImageDraw.Draw(tile)
            motif(brush, cell, chance.choice("qqqhcr"), ((dx, dy), ink, dot))
            sketch.canvas.paste(tile, (left, top))


def motif(
    brush: ImageDraw.ImageDraw, cell: int, kind: str, how: tuple[tuple[int, int], Colour, Colour]
) -> None:
    """The figure on one tile: quarter circles, half circles, a circle or a ring."""
    (dx, dy), ink, dot = how
    corner, middle = (dx * cell, dy * cell), (cell / 2, cell / 2)
    if kind == "q":
        circle(brush, corner, cell, ink)
        circle(brush, corner, cell * 0.5, dot)
    elif kind == "h":
        circle(brush, (cell / 2, dy * cell), cell / 2, ink)
        circle(brush, (dx * cell, cell / 2), cell / 4, dot)
    else:
        circle(brush, middle, cell * 0.42, ink)
        circle(brush, middle, cell * (0.24 if kind == "r" else 0.1), dot)


def scales(sketch: Sketch) -> None:
    """Rows of fans, each with its rings, like waves."""
    palette, chance = sketch.palette, sketch.chance("scales")
    radius = sketch.unit / (6 + round(5 * sketch.detail))
    rings, line = 4 + round(2 * sketch.detail), wave(chance, 2)
    gradient(sketch, palette.shades[4], palette.at(0.85))
    pen, row, y = sketch.pen(), 0, sketch.height * 0.1
    while y < sketch.height + radius:
        x = -radius if row % 2 else 0.0
        while x < sketch.width + radius:
            place = 0.9 - 0.85 * y / sketch.height + 0.14 * line(x / sketch.width)
            bright = lucky(chance, 0.07)
            for ring in range(rings):
                tint = palette.at(place if ring % 2 else place - 0.22)
                if bright:
                    tint = mix(palette.accent, tint, 0.0 if ring % 2 == 0 else 0.75)
                circle(pen, (x, y + radius), radius * (1 - ring / rings), tint)
            x += radius * 2
        row, y = row + 1, y + radius * 0.5


SCENES = (hills, ribbons, facets, aurora, tiles, orbits, scales)
