"""The promises that the README, the help and the shape of the program make."""

import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from running import KEY, Togimg
from togimg import __version__
from togimg.cli.app import COMMANDS, EXIT_CODES, app
from togimg.cli.grouped import grouped
from togimg.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_what_it_was(
    togimg: Togimg, golden: Callable[[str, str], None], command: str
) -> None:
    ran = togimg(*filter(None, [command]), "--help")

    assert (ran.code, ran.stderr) == (0, "")
    golden(f"help-{command or 'togimg'}.txt", ran.stdout)


def test_without_arguments_there_is_help_and_the_code_of_wrong_usage(togimg: Togimg) -> None:
    bare = togimg()

    assert (bare.code, bare.stdout) == (2, togimg("--help").stdout)


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_told(togimg: Togimg, flag: str) -> None:
    assert togimg(flag).stdout == f"togimg {__version__}\n"


def test_the_module_is_the_program() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "togimg", "generate", "--jsn"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stderr) == (
        2,
        "error: no such option: --jsn\nhint: did you mean --jobs or --json?\n",
    )


def test_the_readme_has_the_table_of_exit_codes() -> None:
    rows = re.findall(r"^\| (\d+) \|\s*(\w*)\s*\| (.*) \|$", README, re.MULTILINE)

    table = {int(code): f"{name}: {when}".removeprefix(": ") for code, name, when in rows}
    assert table == EXIT_CODES


def commands_in(text: str) -> list[list[str]]:
    """Every togimg command of a shell text, as its arguments."""
    lines = (line for line in text.splitlines() if "togimg " in line)
    parts = (part for line in lines for part in re.split(r"\s\|\s|&&|<\(", line))
    words = (shlex.split(part, comments=True) for part in parts if re.search(r"\btogimg ", part))
    return [list_[find(list_) + 1 :] for list_ in words if find(list_) >= 0]


def find(words: list[str]) -> int:
    """Where the program's name is among the words of a command."""
    hits = (n for n, word in enumerate(words) if word.rpartition("/")[2] == "togimg")
    return next(hits, -1)


def flags_of(command: str) -> set[str]:
    """Every flag in a command's help."""
    help_text = (ROOT / "tests" / "golden" / f"help-{command}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", help_text))


def test_every_command_and_flag_of_the_readme_exists() -> None:
    used = [argv for block in BLOCKS for argv in commands_in(block)]

    assert {argv[0] for argv in used} == set(COMMANDS) - {"nothing"}
    for command, *rest in used:
        said = rest[: rest.index("--")] if "--" in rest else rest
        flags = {word for word in said if word.startswith("-") and word != "-"}
        assert flags - flags_of(command) == set(), f"togimg {command}"


def test_every_flag_of_the_readme_s_prose_exists() -> None:
    everywhere = set().union(*map(flags_of, COMMANDS), flags_of("togimg"))
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)

    said = set(re.findall(r"`(--[a-z][\w-]*)", prose))
    assert said - everywhere == set()


def test_the_json_fields_of_the_readme_are_those_of_the_events() -> None:
    from togimg import events  # noqa: PLC0415  only this test looks at them

    classes = {
        "image": events.Saved,
        "skipped": events.Skipped,
        "sheet": events.Drawn,
        "note": events.Noted,
        "plan": events.Planned,
        "summary": events.Finished,
    }
    rows = dict(re.findall(r"^\| `(\w+)` \| `([\w ]+)`", README, re.MULTILINE))

    assert {name: rows[name].split() for name in classes} == {
        name: list(inspect.signature(kind).parameters) for name, kind in classes.items()
    }


def test_ci_runs_exactly_the_readme_s_test_line() -> None:
    (line,) = [block.strip() for block in BLOCKS if "pytest" in block]

    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == line


def test_the_readme_s_pictures_are_there() -> None:
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", README)

    assert [(ROOT / path).is_file() for path in pictures] == [True, True]


LOADED = (
    "import sys; from togimg.cli import main; main({argv!r}); print(*sys.modules, file=sys.stderr)"
)
HEAVY = {"httpx", "PIL", "rich", "asyncio", "pydantic", "sqlite3", "ssl", "truststore"}


@pytest.mark.parametrize(
    "argv",
    [
        ["--version"],
        ["--help"],
        ["generate", "--help"],
        ["generate", "fox", "--dry-run"],
        ["models"],
        ["models", "kontext-pro"],
        ["show", "missing.jpg"],
        ["rescue"],
        ["sandbox", "--fault", "list"],
    ],
    ids=" ".join,
)
def test_what_needs_no_network_and_no_picture_loads_neither(argv: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(argv=argv)], capture_output=True, text=True, check=True
    )

    assert HEAVY & set(ran.stderr.split()) == set()


@pytest.mark.parametrize(
    "argv",
    [
        ["generate", "fox", "-o", "fox.jpg"],
        ["batch", "jobs.txt", "-o", "out/"],
        ["variations", "fox.jpg"],
    ],
    ids=lambda argv: str(argv[0]),
)
def test_a_picture_loads_what_it_needs_and_no_other_command_line(
    argv: list[str], tmp_path: Path
) -> None:
    (tmp_path / "jobs.txt").write_text("fox")
    Image.new("RGB", (64, 64)).save(tmp_path / "fox.jpg")

    with Sandbox() as served:
        ran = subprocess.run(
            [sys.executable, "-c", LOADED.format(argv=argv)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env=os.environ | {"TOGETHER_BASE_URL": served.url, "TOGETHER_API_KEY": KEY},
        )

    loaded = (HEAVY | {"click", "pygments"}) & set(ran.stderr.split())
    assert loaded == {"PIL", "sqlite3"}


def test_the_version_loads_next_to_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(argv=["--version"])],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {name for name in ran.stderr.split() if name.startswith(("togimg", "typer", "re"))}
    assert loaded == {"togimg", "togimg.cli"}


def test_every_command_is_in_the_readme_and_has_examples_that_parse() -> None:
    for name in COMMANDS:
        help_text = (ROOT / "tests" / "golden" / f"help-{name}.txt").read_text(encoding="utf-8")
        examples = commands_in(help_text.partition("Examples:")[2].partition("Exit codes:")[0])
        assert f"### {name}: " in README
        assert {argv[0] for argv in examples} <= set(COMMANDS)
        assert examples


def test_flags_travel_in_groups_and_come_back_whole() -> None:
    @dataclass(frozen=True)
    class Colours:
        fur: str = "red"
        eyes: str = "green"

    @dataclass(frozen=True)
    class Animal:
        colours: Colours
        legs: int = 4

    def command(name: str, *, animal: Animal) -> tuple[str, Animal]:
        return name, animal

    unfolded = grouped(command)

    assert list(inspect.signature(unfolded).parameters) == ["name", "fur", "eyes", "legs"]
    assert unfolded(name="fox", fur="grey", eyes="green", legs=3)() == (
        "fox",
        Animal(Colours(fur="grey"), legs=3),
    )


def test_the_environment_sets_flags(togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOGIMG_MODEL", "flux-2-dev")
    monkeypatch.setenv("TOGIMG_OUTPUT", "from-environment/")
    monkeypatch.setenv("TOGIMG_DRY_RUN", "1")

    ran = togimg("generate", "fox", "--seed", "1", "-o", "said/")

    assert ran.stdout.splitlines()[0] == "said/fox-001  (about $0.0154)"
    assert '"model": "black-forest-labs/FLUX.2-dev"' in ran.stdout


def test_the_whole_app_can_be_built() -> None:
    assert [command.name for command in app().registered_commands] == list(COMMANDS)
