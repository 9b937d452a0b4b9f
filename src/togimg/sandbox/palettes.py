"""Sixteen colour schemes, and how a seed picks and tunes one of them."""

import colorsys
from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Five shades from dark to light that go together, and one that stands out."""

    shades: tuple[Colour, ...]
    accent: Colour

    def at(self, place: float) -> Colour:
        """The shade at a place between 0, the darkest, and 1, the lightest."""
        steps = len(self.shades) - 1
        position = min(max(place, 0.0), 1.0) * steps
        index = min(int(position), steps - 1)
        return mix(self.shades[index], self.shades[index + 1], position - index)


def palette(number: int, *, turn: float = 0.0, saturation: float = 1.0) -> Palette:
    """The scheme of that number (any integer), its hues turned by a share of the circle."""
    *shades, accent = (
        tune(colour(code), turn, saturation) for code in SCHEMES[number % len(SCHEMES)].split()
    )
    return Palette(tuple(shades), accent)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour between two, `share` of the way to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def tune(of: Colour, turn: float, saturation: float) -> Colour:
    """The colour with its hue turned and its saturation multiplied."""
    hue, light, strength = colorsys.rgb_to_hls(*(channel / 255 for channel in of))
    red, green, blue = colorsys.hls_to_rgb((hue + turn) % 1.0, light, min(strength * saturation, 1))
    return round(red * 255), round(green * 255), round(blue * 255)


def colour(code: str) -> Colour:
    """The colour of six hexadecimal digits."""
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


SCHEMES = (
    "0b132b 1c2541 3a506b 5bc0be f2f5ea ffb347",
    "4a1c40 7b2d5b c2526b f08a5d fbe3c0 4ecdc4",
    "264653 2a9d8f 8ab17d e9c46a f6ead2 e76f51",
    "10002b 3c096c 7b2cbf c77dff f0e0ff ffb703",
    "132a13 31572c 5f8a3a a3b96a f1f3cf ff9f1c",
    "1d3557 457b9d 7fb4c8 a8dadc f1faee e63946",
    "3d2645 832161 da4167 f0a48a f5eff0 ffd166",
    "0d3b3e 14666b 3f9c8f a3d5b7 f4f1de f2545b",
    "22223b 4a4e69 9a8c98 c9ada7 f2e9e4 e07a5f",
    "370617 7f1d1d c8402f f48c06 ffe6a7 2ec4b6",
    "03203c 0a5c8a 2fa4c7 90dcec e9f9fc ffca3a",
    "2d1e2f 583e5c a9714b e0a458 ffdbb5 419d78",
    "1b1b3a 4a3f78 8e6bb0 d9a5c5 f8e6e6 ff8c69",
    "2f3e46 354f52 52796f 84a98c e6ecdf f4a261",
    "2a1a5e 4361ee 4cc9f0 b8e6f5 f7f3ff f72585",
    "2b2d42 5c677d 8d99ae cfd8e3 f5f3ef ef5b4c",
)
