"""The whole program as a process of its own, and the promises that hold whatever goes wrong."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from running import KEY, SMALL
from togimg.sandbox import Sandbox, parse

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"}
PATIENCE = 30.0

Files = dict[str, bytes]


@dataclass(frozen=True)
class Outcome:
    """What a run of the program came to.

    Attributes:
        posts: How many requests for pictures reached the service.
        paid: How many pictures it billed.
        saved: Every new file with a picture's name, below the folder of the test.
    """

    code: int
    stdout: bytes
    stderr: str
    posts: int
    paid: int
    saved: tuple[str, ...]

    @property
    def said(self) -> str:
        """The first line of stderr, behind the estimate of a run of several."""
        lines = [line for line in self.stderr.splitlines() if "(an estimate, " not in line]
        return next(iter(lines), "")


@dataclass
class Program:
    """Runs togimg in an empty folder, and looks at everything it left."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for folder in ("work", "home", "tmp"):
            (self.root / folder).mkdir(exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root / "home"),
            "XDG_STATE_HOME": str(self.root / "home" / "state"),
            "TMPDIR": str(self.root / "tmp"),
            **self.environment,
        }

    @property
    def work(self) -> Path:
        """Where it is started."""
        return self.root / "work"

    @property
    def rescue(self) -> Path:
        """Where it keeps what it could not place."""
        return self.root / "home" / "state" / "togimg" / "rescue"

    def meet(
        self,
        *faults: str,
        flags: tuple[str, ...] = (),
        prompt: str = "fox",
        output: str = "out/",
        **how: Any,
    ) -> Outcome:
        """Makes a small picture on a day with these faults."""
        latency = how.pop("latency", 0.0)
        with Sandbox(faults=map(parse, faults), latency=latency) as served:
            argv = ("generate", "-m", "flux-schnell", "-o", output, *SMALL, *flags, "--", prompt)
            return self.run(served, *argv, **how)

    def run(
        self, served: Sandbox, *argv: str, allowed: tuple[str, ...] = (), **how: Any
    ) -> Outcome:
        """Runs to the end, and holds the program to its promises; `allowed` may be left."""
        before = self.files()
        process = self.start(served, *argv, **how)
        stdout, stderr = process.communicate(timeout=PATIENCE)
        return self.judge(served, before, process.returncode, stdout, stderr, allowed=allowed)

    def start(
        self, served: Sandbox | None, *argv: str, env: Mapping[str, str] | None = None, **how: Any
    ) -> subprocess.Popen[bytes]:
        """Starts it, with the sandbox as its service."""
        service = {"TOGETHER_BASE_URL": served.url} if served else {}
        key = {"TOGETHER_API_KEY": KEY}
        command = [*self.prefix, sys.executable, "-m", "togimg", *argv]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(
            command,
            cwd=self.work,
            env={**self.environment, **service, **key, **(env or {})},
            **{**pipes, **how},
        )

    def judge(
        self,
        served: Sandbox,
        before: Files,
        code: int,
        stdout: bytes | None,
        stderr: bytes | None,
        *,
        allowed: tuple[str, ...] = (),
    ) -> Outcome:
        """What a run came to, once every promise was found kept."""
        after = self.files()
        talk = (stderr or b"").decode()
        saved = tuple(sorted(p for p in after.keys() - before.keys() if is_picture(p)))
        posts = sum(request.method == "POST" for request in served.requests)
        whole = len(saved) + (stdout or b"").startswith((b"\xff\xd8", b"\x89PNG"))
        keeps_the_key(served, after, (stdout or b"") + (stderr or b""))
        theirs = {path: data for path, data in before.items() if not is_own(path)}
        assert {path: after.get(path) for path in theirs} == theirs, "an old file has changed"
        for path in saved:
            with Image.open(self.root / path) as picture:
                picture.load()
        assert not [p for p in after if is_residue(p) and p not in allowed], (
            "something was left behind"
        )
        assert "Traceback" not in talk
        assert not unprintable(talk)
        assert whole == 1 or not unprintable((stdout or b"").decode(errors="surrogateescape"))
        told = talk + (stdout or b"").decode() if stdout and stdout[:1] == b"{" else talk
        assert served.paid <= whole or re.search("billed|paid|rescue", told), told
        return Outcome(code, stdout or b"", talk, posts, served.paid, saved)

    def files(self) -> Files:
        """Every file below the folder of the test, with its bytes; links as where they lead."""
        found = (p for p in self.root.rglob("*") if p.is_symlink() or p.is_file())
        return {
            str(p.relative_to(self.root)): os.fsencode(p.readlink())
            if p.is_symlink()
            else p.read_bytes()
            for p in found
        }


def in_turn(count: int) -> tuple[str, ...]:
    """The flags of a run in which one picture after the other meets the next fault."""
    return ("-n", str(count), "-j", "1")


def limited(resource: str, most: int) -> tuple[str, ...]:
    """The beginning of a command line that runs the rest of it under this limit."""
    program = (
        f"import os, resource, sys; resource.setrlimit(resource.{resource}, ({most}, {most}));"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    return (sys.executable, "-c", program)


def keeps_the_key(served: Sandbox, files: Files, streams: bytes) -> None:
    """The key went to the API of its origin, and nowhere else at all."""
    key = KEY.encode()
    strangers = [r for r in served.requests if not r.path.startswith("/v1/")]
    for request in (*strangers, *served.elsewhere):
        assert KEY not in f"{request.path} {dict(request.headers)}"
        assert key not in request.body
    assert all(KEY not in r.path and key not in r.body for r in served.requests)
    assert key not in streams
    assert not [path for path, data in files.items() if key in data]


def is_picture(path: str) -> bool:
    """Whether a file has a picture's name."""
    return Path(path).suffix.lower() in PICTURES


def is_own(path: str) -> bool:
    """Whether a file is the program's own: its state, or what a killed run left."""
    return path.startswith("home/state/togimg/") or is_residue(path)


def is_residue(path: str) -> bool:
    """Whether a file should not have been left."""
    if "rescue" in Path(path).parent.name:
        return path.endswith(".togimg")
    return path.startswith("tmp/") or path.endswith((".togimg", ".unfinished", ".tmp", ".part"))


def unprintable(text: str) -> list[str]:
    """The characters of a text that could steer a terminal."""
    return [sign for sign in text if not sign.isprintable() and sign != "\n"]


def until(reached: Callable[[], object], patience: float = PATIENCE) -> None:
    """Returns as soon as something is so; fails when it never is."""
    # Wakes every few milliseconds: what is waited for is a state of files and sockets.
    pause, ends = signal.sigtimedwait, time.monotonic() + patience
    while not reached():
        assert time.monotonic() < ends, "it never came to this"
        pause((), 0.005)
