"""The completion scripts: up to date, without fault, and right in the shells that are here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from togimg.cli.app import COMMANDS
from togimg.cli.generate import generate as generate_command

COMPLETIONS = Path(__file__).parents[1] / "completions"
BASH = COMPLETIONS / "togimg.bash"
FISH = COMPLETIONS / "togimg.fish"
ZSH = COMPLETIONS / "_togimg"

COLON_AND_EQUALS = r"[:=]+|[^\s:=]+"
WHITE_SPACE = r"\S+"


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not installed")


def test_regenerating_changes_nothing() -> None:
    assert generate(COMPLETIONS, "--check") == (0, "")


def test_a_script_that_is_out_of_date_is_named_and_then_written_anew(tmp_path: Path) -> None:
    folder = tmp_path / "completions"
    shutil.copytree(COMPLETIONS, folder)
    (folder / "togimg.fish").write_text("old")

    checked = generate(folder, "--check")
    written = generate(folder)

    complaint = "out of date: togimg.fish; run: python completions/generate.py\n"
    assert (checked, written) == ((1, complaint), (0, ""))
    assert (folder / "togimg.fish").read_text("utf-8") == FISH.read_text("utf-8")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("bash", "-n", BASH), marks=needs("bash")),
        pytest.param(("zsh", "-n", ZSH), marks=needs("zsh")),
        pytest.param(("fish", "-n", FISH), marks=needs("fish")),
        pytest.param(("shellcheck", BASH), marks=needs("shellcheck")),
    ],
    ids=["bash", "zsh", "fish", "shellcheck"],
)
def test_the_script_has_no_fault(command: tuple[str | Path, ...]) -> None:
    assert run(*command) == ""


@needs("bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("togimg ver", []),
        ("togimg gen", ["generate"]),
        ("togimg -", ["--version", "-V", "-h", "--help"]),
        ("togimg generate --si", ["--size"]),
        ("togimg generate --size squ", ["square"]),
        ("togimg generate --size=squ", ["square"]),
        ("togimg generate -m flux-sch", ["flux-schnell"]),
        ("togimg models kontext", ["kontext-pro", "kontext-max"]),
        ("togimg generate fox --aspect-ratio 16:", ["9"]),
        ("togimg generate fox --aspect-ratio 16:9", ["9"]),
        ("togimg generate fox --aspect-ratio=16:", ["9"]),
        ("togimg generate --on-exists ", ["unique", "error", "skip", "overwrite"]),
        ("togimg edit fox --no", ["--no-prompt-upsampling"]),
        ("togimg show -", ["-h", "--help", "--json", "--command"]),
        ("togimg show --si", []),
        ("togimg generate --seed ", []),
        ("togimg generate -- --si", []),
        ("togimg generate ", []),
    ],
)
def test_bash_offers(line: str, offered: list[str]) -> None:
    assert bash(line) == offered


@needs("bash")
def test_bash_offers_every_command() -> None:
    assert bash("togimg ") == list(COMMANDS)


@needs("bash")
def test_bash_offers_the_whole_ratio_where_colons_do_not_part_words() -> None:
    spaced = bash("togimg generate --aspect-ratio 16:", words=WHITE_SPACE)
    joined = bash("togimg generate --aspect-ratio=16:", words=WHITE_SPACE)

    assert (spaced, joined) == (["16:9"], ["--aspect-ratio=16:9"])


@needs("bash")
@pytest.mark.parametrize("start", ["togimg show ", "togimg variations ", "togimg edit x --image="])
def test_bash_offers_pictures_and_folders(start: str) -> None:
    for name in ("fox.png", "FOX.JPG", "notes.txt"):
        Path(name).touch()
    Path("out").mkdir()

    assert sorted(bash(start)) == ["FOX.JPG", "fox.png", "out"]


@needs("bash")
def test_bash_offers_any_file_as_a_prompt() -> None:
    Path("my prompt.txt").touch()

    assert bash("togimg generate --prompt-file my") == ["my prompt.txt"]


@needs("fish")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("togimg gen", ["generate"]),
        ("togimg generate show --aspect-ratio 16:", ["16:9"]),
        ("togimg generate -m flux-sch", ["flux-schnell"]),
        ("togimg show --si", []),
        ("togimg generate ", []),
    ],
)
def test_fish_offers(line: str, offered: list[str]) -> None:
    assert [word for word, _ in fish(line)] == offered


@needs("fish")
def test_fish_says_what_a_command_does() -> None:
    said = str(generate_command.__doc__).partition("\n")[0]

    assert fish("togimg gen") == [("generate", said.rstrip("."))]


@needs("zsh")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("togimg gen", "togimg generate "),
        ("togimg generate --si", "togimg generate --size="),
        ("togimg generate 'a fox' -m flux-sch", "togimg generate 'a fox' -m flux-schnell "),
        ("togimg generate --aspect-ratio 16:", "togimg generate --aspect-ratio 16:9 "),
        ("togimg show f", "togimg show fox.png "),
    ],
)
@pytest.mark.parametrize("setup", ["fpath=({0} $fpath); compinit -D -u", "compinit -D; . {0}/{1}"])
def test_zsh_completes_on_the_first_tab(
    line: str, completed: str, setup: str, tmp_path: Path
) -> None:
    Path("fox.png").touch()
    Path("fox.txt").touch()
    started = setup.format(COMPLETIONS, ZSH.name)
    (tmp_path / ".zshrc").write_text(ZSHRC.format(setup=started, told=tmp_path / "told"))

    type_into_zsh(line + "\t", tmp_path)

    assert (tmp_path / "told").read_text() == completed


FISH_TAB = "source $argv[1]; complete -C $argv[2]"

# Without a PATH: a Tab starts no program.
BASH_TAB = """
PATH= COMP_LINE=$2 COMP_POINT=${#2}
source "$1"
shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_togimg
for each in "${COMPREPLY[@]}"; do printf '%s\\n' "$each"; done
"""

# The Tab tells what the line has become, and ends the shell.
ZSHRC = """
autoload -Uz compinit
{setup}
tell() {{ zle complete-word; print -rn -- "$BUFFER" >{told}; exit }}
zle -N tell
bindkey '^I' tell
PS1='ready>'
"""


def generate(folder: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, str(folder / "generate.py"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def bash(line: str, words: str = COLON_AND_EQUALS) -> list[str]:
    """What is offered at the end of a line, which `words` takes apart as readline does."""
    parts = re.findall(words, line) + [""] * line.endswith(" ")
    return run("bash", "--norc", "-c", BASH_TAB, "bash", BASH, line, *parts).splitlines()


def fish(line: str) -> list[tuple[str, str]]:
    """What is offered at the end of a line, each with its description."""
    said = run("fish", "--no-config", "-c", FISH_TAB, FISH, line)
    return [(word, told) for word, _, told in (each.partition("\t") for each in said.splitlines())]


def run(*command: str | Path) -> str:
    """What a program said, on both streams."""
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    ).stdout


def type_into_zsh(keys: str, home: Path) -> None:
    """Types as soon as there is a prompt, and waits for the end of the shell."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "ZDOTDIR": str(home), "TERM": "vt100"}
    with subprocess.Popen(
        ["zsh", "-d", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as shell:
        os.close(theirs)
        said = b""
        while b"ready>" not in said:
            said += os.read(ours, 1000)
        os.write(ours, keys.encode())
        shell.wait(timeout=30)
    os.close(ours)
