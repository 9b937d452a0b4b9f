"""What every test of a bad day gets: the program, and a folder of its own for it."""

from pathlib import Path

import pytest

from programs import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The whole program, held to its promises in every run."""
    return Program(tmp_path)
