"""A jobs file to begin with, in each format."""

from pathlib import Path
from typing import Literal


def example(format: Literal["csv", "jsonl", "txt"]) -> str:  # noqa: A002
    """A short file that works as it is."""
    return Path(__file__).with_name(f"example.{format}").read_text(encoding="utf-8")
