"""Running the program, and looking at what it did."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from togimg.sandbox import Answer, Received, Sandbox
from wires import Wires

KEY = "tgp_v1_0123456789abcdef_SECRET"
SMALL = ("--size", "64x64", "--seed", "7")


@dataclass(frozen=True)
class Ran:
    """What a whole run of the program gave."""

    code: int
    stdout: str
    stderr: str


Togimg = Callable[..., Ran]


class Gate(Sandbox):
    """A service that lets its answers go once its event is set."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = threading.Event()

    def answer(self, received: Received) -> Answer:
        made = super().answer(received)
        self.opened.wait(20)
        return made


def use(served: Sandbox | Wires, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a server the service of the environment."""
    monkeypatch.setenv("TOGETHER_BASE_URL", served.url)
    monkeypatch.setenv("TOGETHER_API_KEY", KEY)


def bodies(served: Sandbox) -> list[dict[str, Any]]:
    """What was posted."""
    return [json.loads(r.body) for r in served.requests if r.method == "POST"]


def names(folder: str = ".") -> list[str]:
    """Every file in the folder, hidden ones too."""
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*") if p.is_file())


def objects(ran: Ran) -> list[dict[str, Any]]:
    """The JSON Lines on stdout."""
    return [json.loads(line) for line in ran.stdout.splitlines()]


def pixels(path: str | Path) -> tuple[str | None, tuple[int, int], bytes]:
    """Format, size and pixels of a whole picture."""
    with Image.open(path) as picture:
        return picture.format, picture.size, picture.tobytes()
