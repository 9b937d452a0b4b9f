"""Axes and seeds become jobs: every combination of some values, and many takes of each."""

from togimg.sweep.points import PARAM, Axis, Point, points, values
from togimg.sweep.taking import SEEDS, takes

__all__ = ["PARAM", "SEEDS", "Axis", "Point", "points", "takes", "values"]
