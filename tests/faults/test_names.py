"""Names: prompts, templates and links that would lead out of the folder, and old files in it."""

from pathlib import Path

import pytest

from programs import Program, unprintable

NAMED = ("--name", "{prompt}-{number}")


@pytest.mark.parametrize("flags", [(), NAMED], ids=["slug", "prompt"])
@pytest.mark.parametrize(
    "prompt",
    [
        "../../../etc/passwd",
        "/absolute\\C:\\x|?*",
        "-rf",
        "con",
        "\x1b[31mred\n\r\t\u202e",
        "狐🦊" * 300,
        "...",
    ],
    ids=["up", "absolute", "dash", "reserved", "escapes", "long", "dots"],
)
def test_a_prompt_never_leads_out_of_the_folder(
    program: Program, prompt: str, flags: tuple[str, ...]
) -> None:
    ran = program.meet(prompt=prompt, flags=flags)

    (path,) = ran.saved
    assert ran.code == 0
    assert Path(path).parent == Path("work/out")
    assert len(Path(path).name.encode()) <= 255
    assert not Path(path).name.startswith(".")
    assert not unprintable(path)


@pytest.mark.parametrize("name", ["../{slug}", "/{slug}", "a/../../{slug}", "{nonsense}", "{"])
def test_a_template_that_leads_out_is_refused_before_anything_is_sent(
    program: Program, name: str
) -> None:
    ran = program.meet(flags=("--name", name))

    assert (ran.code, ran.posts, ran.saved) == (2, 0, ())


def test_old_files_stay_and_numbers_go_on(program: Program) -> None:
    out = program.work / "out"
    out.mkdir()
    for name in ("fox-001.jpg", "fox-007.png"):
        (out / name).write_bytes(b"mine")

    ran = program.meet(flags=("-n", "2"))

    assert (ran.code, ran.saved) == (0, ("work/out/fox-008.jpg", "work/out/fox-009.jpg"))


@pytest.mark.parametrize(
    ("on_exists", "code", "posts"), [("unique", 0, 1), ("error", 8, 0), ("skip", 0, 0)]
)
def test_a_name_that_is_taken_is_never_written(
    program: Program, on_exists: str, code: int, posts: int
) -> None:
    program.work.joinpath("fox.jpg").write_bytes(b"mine")

    ran = program.meet(output="fox.jpg", flags=("--on-exists", on_exists))

    assert (ran.code, ran.posts, len(ran.saved)) == (code, posts, posts)


def test_links_that_were_planted_are_neither_followed_nor_replaced(program: Program) -> None:
    victim = program.root / "home" / "precious"
    victim.write_bytes(b"mine")
    out = program.work / "out"
    out.mkdir()
    (out / "fox-001.jpg").symlink_to(victim)
    (out / "fox-002.png").symlink_to(program.root / "nowhere")

    ran = program.meet(flags=("-n", "2"))

    assert (ran.code, ran.saved) == (0, ("work/out/fox-003.jpg", "work/out/fox-004.jpg"))


def test_a_link_planted_for_the_placeholder_is_not_written_through(program: Program) -> None:
    victim = program.root / "home" / "precious"
    victim.write_bytes(b"mine")
    out = program.work / "out"
    out.mkdir()
    (out / ".fox-001.togimg").symlink_to(victim)

    ran = program.meet(allowed=("work/out/.fox-001.togimg",))

    assert (ran.code, ran.saved) == (0, ("work/out/fox-002.jpg",))


def test_a_rescue_folder_planted_by_somebody_else_is_not_used(program: Program) -> None:
    trap = program.root / "trap"
    trap.mkdir()
    program.rescue.parent.mkdir(parents=True)
    program.rescue.symlink_to(trap)
    program.work.joinpath("out").mkdir()

    with Path("/dev/full").open("wb") as full:
        ran = program.meet(output="-", stdout=full)

    assert (ran.code, list(trap.iterdir()), len(ran.saved)) == (8, [], 1)
