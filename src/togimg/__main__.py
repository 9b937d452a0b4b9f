"""python -m togimg."""

from togimg.cli import run

run()
