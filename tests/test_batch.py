"""togimg batch: from a jobs file to pictures, and what of it is made again."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from running import Ran, Togimg, bodies, names, objects, use
from togimg import ledger
from togimg.sandbox import Answer, Received, Sandbox, parse

SCHNELL = "black-forest-labs/FLUX.1-schnell"
ALL = ("-m", "flux-schnell", "--size", "64x64", "-o", "out/")


def write(name: str, *lines: str) -> str:
    """A jobs file of these lines."""
    Path(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return name


def prompts(count: int) -> list[str]:
    return [f"fox {number}" for number in range(1, count + 1)]


def asked(served: Sandbox, after: int = 0) -> list[str]:
    """The prompts that were posted, but for the first ones, in alphabetical order."""
    return sorted(body["prompt"] for body in bodies(served)[after:])


def states(togimg: Togimg, *argv: str) -> dict[str, int]:
    """How many jobs are in which state."""
    *_, last = objects(togimg("batch", *argv, "--status", "--json"))
    return {state: n for state, n in last.items() if n and state not in {"type", "cost"}}


@pytest.fixture
def forty(togimg: Togimg, sandbox: Sandbox) -> tuple[str, ...]:
    """Forty rows with prompt and seed, made."""
    write("jobs.csv", "prompt,seed", *(f"fox {n},{n}" for n in range(1, 41)))
    argv = ("jobs.csv", *ALL, "-j", "8")
    assert togimg("batch", *argv).code == 0
    return argv


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("jobs.txt", ["# two foxes", "", "a red fox", "  a snowy fox"]),
        ("jobs.csv", ["Prompt", "a red fox", "a snowy fox"]),
        ("jobs.tsv", ["prompt\tmodel", "a red fox\tflux-schnell", "a snowy fox\t"]),
        ("jobs.jsonl", ['{"prompt": "a red fox", "n": 1}', '{"prompt": "a snowy fox"}']),
        (
            "openai.jsonl",
            [
                '{"custom_id": "a", "method": "POST", "body": {"prompt": "a red fox"}}',
                '{"custom_id": "b", "body": {"prompt": "a snowy fox"}}',
            ],
        ),
    ],
)
def test_every_row_becomes_a_picture(
    togimg: Togimg, sandbox: Sandbox, name: str, lines: list[str]
) -> None:
    ran = togimg("batch", write(name, *lines), *ALL)

    assert (ran.code, sorted(ran.stdout.splitlines())) == (
        0,
        ["out/a-red-fox-001.jpg", "out/a-snowy-fox-001.jpg"],
    )
    assert asked(sandbox) == ["a red fox", "a snowy fox"]
    assert {(b["model"], b["width"], b["height"]) for b in bodies(sandbox)} == {(SCHNELL, 64, 64)}


def test_stdin_is_a_jobs_file_too(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("batch", "-", *ALL, stdin=b"a red fox\n")

    assert (ran.code, ran.stdout, asked(sandbox)) == (0, "out/a-red-fox-001.jpg\n", ["a red fox"])


def test_a_row_says_what_the_flags_do_not(togimg: Togimg, sandbox: Sandbox) -> None:
    write(
        "jobs.jsonl",
        '{"prompt": "fox", "steps": 2, "seed": 7, "size": "128x64", "output": "out/wide/"}',
        '{"prompt": "fox", "count": 2, "seed": 1, "param": {"a": 1}, "name": "two-{seed}.png"}',
    )

    ran = togimg("batch", "jobs.jsonl", *ALL, "--steps", "1", "--param", "b=2")

    usual = {"model": SCHNELL, "prompt": "fox", "response_format": "base64", "b": 2}
    small = usual | {"width": 64, "height": 64, "steps": 1, "a": 1, "output_format": "png"}
    assert ran.code == 0
    assert sorted(bodies(sandbox), key=lambda body: body["seed"]) == [
        small | {"seed": 1},
        small | {"seed": 2},
        usual | {"width": 128, "height": 64, "steps": 2, "seed": 7},
    ]
    assert names() == ["jobs.jsonl", "out/two-1.png", "out/two-2.png", "out/wide/fox-001.jpg"]


def test_columns_of_one_s_own_fill_prompts_and_names(togimg: Togimg, sandbox: Sandbox) -> None:
    write("animals.csv", "Animal,place", "red fox,snow", "owl,")

    ran = togimg(
        "batch", "animals.csv", *ALL, "--prompt", "a {animal} in {place}", "--name", "{animal}"
    )

    assert (ran.code, asked(sandbox)) == (0, ["a owl in ", "a red fox in snow"])
    assert names("out") == ["owl.jpg", "red fox.jpg"]


def test_a_table_on_stdin_is_read_as_one_where_the_prompt_names_its_columns(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("batch", "-", *ALL, "--prompt", "a {animal}", stdin=b"animal\nfox\nowl\n")

    assert (ran.code, asked(sandbox)) == (0, ["a fox", "a owl"])


@pytest.mark.parametrize(
    ("file", "flags", "message"),
    [
        ("a.csv", (), "a.csv has no column prompt"),
        (
            "a.txt",
            ("--prompt", "a {animal}"),
            "--prompt is for rows that have none, and every line of a.txt is one",
        ),
        (
            "animals",
            ("--dry-run",),
            "animals begins with what looks like names of columns, and none is prompt",
        ),
    ],
)
def test_a_header_is_never_a_prompt(
    togimg: Togimg, sandbox: Sandbox, file: str, flags: tuple[str, ...], message: str
) -> None:
    ran = togimg("batch", write(file, "animal,steps", "fox,1"), *ALL, *flags)

    assert (ran.code, ran.stdout, sandbox.requests) == (2, "", ())
    assert ran.stderr.splitlines()[0] == f"error: {message}"


def test_rows_with_the_same_id_are_noted_with_their_lines(togimg: Togimg, sandbox: Sandbox) -> None:
    write("jobs.csv", "id,prompt", "a,fox", "b,owl", "a,hare", ",elk", ",elk", "a,cat")

    ran = togimg("batch", "jobs.csv", *ALL, "--dry-run")

    assert ran.stderr.splitlines()[:2] == [
        "note: rows have the same id: a (lines 2 and 4), a (lines 2 and 7)",
        "hint: messages and {id} in names do not tell them apart",
    ]


def test_only_some_of_many_same_ids_are_named(togimg: Togimg, sandbox: Sandbox) -> None:
    write("jobs.csv", "id,prompt", *("a,fox" for _ in range(14)))

    ran = togimg("batch", "jobs.csv", *ALL, "--dry-run")

    assert ran.stderr.splitlines()[0].endswith(", a (lines 2 and 12) and 3 more")


def test_rows_without_a_seed_have_one_that_stays(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("batch", write("jobs.txt", "fox", "owl", "fox"), *ALL)
    togimg("batch", write("other.txt", "hare", "fox", "owl", "fox"), *ALL[:-1], "other/")

    seeds = [(body["prompt"], body["seed"]) for body in bodies(sandbox)]
    first, second = sorted(seeds[:3]), sorted(seeds[3:])
    (_, one), (_, another), _ = first
    assert another == one + 1
    assert [seed for seed in second if seed[0] != "hare"] == first


def test_all_lines_that_cannot_be_meant_are_named_and_nothing_is_sent(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    write(
        "jobs.csv", "prompt,steps,size,name", "fox,six,,", ",,,", "fox,,huge,", "owl,,,", "x,,,{no}"
    )

    ran = togimg("batch", "jobs.csv", *ALL[:2], "-o", "out/")

    assert (ran.code, ran.stdout, sandbox.requests, names()) == (2, "", (), ["jobs.csv"])
    assert [line for line in ran.stderr.splitlines() if not line.startswith("hint")] == [
        "error: line 2: steps must be a whole number, not 'six'",
        "error: line 4: --size huge is no size",
        "error: line 6: a name template has no field {no}",
        "no pictures, 3 not sent in 0.0 s",
    ]


def test_lines_that_cannot_be_meant_are_objects_with_json(togimg: Togimg, sandbox: Sandbox) -> None:
    write("jobs.jsonl", '{"prompt": "fox"', "[]")

    first, second, summary = objects(togimg("batch", "jobs.jsonl", *ALL, "--json"))

    assert [(one["id"], one["outcome"], one["error"]["code"]) for one in (first, second)] == [
        ("1", "not_sent", "usage"),
        ("2", "not_sent", "usage"),
    ]
    assert (summary["failed"], summary["not_sent"], summary["exit_code"]) == (2, 2, 2)


@pytest.mark.parametrize(
    ("name", "lines", "flags", "where"),
    [
        ("jobs.txt", ["# a comment"], (), "jobs.txt"),
        ("jobs.csv", ["prompt", ""], ("--dry-run",), "jobs.csv"),
        ("jobs.jsonl", [], (), "jobs.jsonl"),
        # By its fingerprint this one is in the first half.
        ("jobs.txt", ["fox"], ("--shard", "2/2"), "share 2/2 of jobs.txt"),
    ],
)
def test_a_file_without_jobs_is_noted(
    togimg: Togimg,
    sandbox: Sandbox,
    name: str,
    lines: list[str],
    flags: tuple[str, ...],
    where: str,
) -> None:
    ran = togimg("batch", write(name, *lines), *ALL, *flags)

    assert (ran.code, ran.stderr.splitlines()[0], sandbox.requests) == (
        0,
        f"note: there are no jobs in {where}",
        (),
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_the_example_works_as_it_is(togimg: Togimg, kind: str) -> None:
    Path(f"jobs.{kind}").write_text(togimg("batch", "--example", kind).stdout, encoding="utf-8")

    ran = togimg("batch", f"jobs.{kind}", "--sandbox", "-o", "out/")

    assert (ran.code, len(names("out"))) == (0, len(ran.stdout.splitlines()))
    assert names("out")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ((), "no jobs file"),
        (("gone.csv",), "cannot read the jobs file gone.csv: no such file or directory"),
        ((".",), "cannot read the jobs file .: is a directory"),
        (("jobs.txt", "--shard", "0/4"), "--shard 0/4 is no share"),
        (("jobs.txt", "--shard", "5/4"), "--shard 5/4 is no share"),
        (("jobs.txt", "--shard", "half"), "--shard half is no share"),
        (("jobs.txt", "--failures", "x.csv"), "--failures x.csv is no name of a jobs file"),
        (("jobs.txt", "--status", "--force"), "--status and --force contradict"),
        (("jobs.txt", "--max-cost", "-1"), "--max-cost must be a sum in USD, not -1"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    togimg: Togimg, sandbox: Sandbox, argv: tuple[str, ...], message: str
) -> None:
    write("jobs.txt", "fox")

    ran = togimg("batch", *argv)

    assert (ran.code, ran.stdout, sandbox.requests) == (2, "", ())
    assert ran.stderr.splitlines()[0] == f"error: {message}"


def test_a_batch_does_not_go_to_stdout(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("batch", write("jobs.txt", "fox"), "-o", "-")

    assert (ran.code, "error: line 1: a batch makes files" in ran.stderr) == (2, True)


@pytest.mark.parametrize("output", ["/elsewhere/", "../", "elsewhere/", "out/../../", "link/"])
def test_a_row_does_not_leave_the_folder_of_the_command(
    togimg: Togimg, sandbox: Sandbox, output: str
) -> None:
    Path("out").mkdir()
    Path("link").symlink_to("..")
    write("jobs.csv", "prompt,output", f"fox,{output}")

    ran = togimg("batch", "jobs.csv", *ALL)

    assert (ran.code, sandbox.requests) == (2, ())
    assert ran.stderr.startswith(f"error: line 2: the output {output} of the row is not inside out")


def test_a_row_replaces_a_file_only_where_the_command_does(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    Path("out").mkdir()
    Path("out/fox.jpg").write_text("an old file")
    argv = (write("jobs.csv", "prompt,name,on-exists", "fox,fox,overwrite"), *ALL)

    refused = togimg("batch", *argv)
    left = Path("out/fox.jpg").read_bytes()
    allowed = togimg("batch", *argv, "--on-exists", "overwrite")

    assert refused == Ran(
        2,
        "",
        "error: line 2: the row would replace files that are there\n"
        "hint: allow it with --on-exists overwrite\n",
    )
    assert (left, allowed.code, allowed.stdout) == (b"an old file", 0, "out/fox.jpg\n")
    assert Path("out/fox.jpg").read_bytes() != left


def test_a_column_that_resembles_a_flag_is_noted_once(togimg: Togimg, sandbox: Sandbox) -> None:
    write("jobs.csv", "prompt,stpes", "fox,1", "owl,2")

    ran = togimg("batch", "jobs.csv", *ALL)

    assert ran.code == 0
    assert ran.stderr.count("note: the column stpes is taken for one of your own") == 1
    assert "hint: or is it steps?" in ran.stderr


def test_what_is_made_is_not_made_again(
    togimg: Togimg, sandbox: Sandbox, forty: tuple[str, ...]
) -> None:
    ran = togimg("batch", *forty)

    assert (ran.code, ran.stdout, len(sandbox.requests)) == (0, "", 40)
    assert ran.stderr.splitlines()[0] == "note: 40 pictures are made already"


def test_what_was_edited_deleted_or_cut_is_made_again_and_nothing_else(
    togimg: Togimg, sandbox: Sandbox, forty: tuple[str, ...]
) -> None:
    lines = Path("jobs.csv").read_text().splitlines()
    lines[3], lines[4] = "owl,3", "fox 4,400"
    write("jobs.csv", *lines)
    Path("out/fox-10-001.jpg").unlink()
    os.truncate("out/fox-11-001.jpg", 500)

    before = states(togimg, *forty)
    ran = togimg("batch", *forty)
    after = states(togimg, *forty)

    assert before == {"made": 36, "changed": 2, "missing": 1, "broken": 1, "to_make": 4}
    assert (ran.code, asked(sandbox, 40)) == (0, ["fox 10", "fox 11", "fox 4", "owl"])
    assert after == {"made": 40}


def test_a_line_that_was_put_between_is_the_only_one_that_is_made(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    argv = (write("jobs.txt", *prompts(5)), *ALL)
    togimg("batch", *argv)
    write("jobs.txt", "owl", *prompts(5))

    before = states(togimg, *argv)
    togimg("batch", *argv)

    assert (before, asked(sandbox, 5)) == ({"made": 5, "new": 1, "to_make": 1}, ["owl"])


def test_the_status_names_what_stands_out(
    togimg: Togimg, sandbox: Sandbox, forty: tuple[str, ...]
) -> None:
    Path("out/fox-10-001.jpg").unlink()

    ran = togimg("batch", *forty, "--status")

    assert (ran.code, len(sandbox.requests)) == (0, 40)
    assert ran.stdout.splitlines() == [
        "state    jobs  which are",
        "made     39    there, and whole",
        "missing  1     made, and the file is gone",
        "",
        "row  state    prompt",
        "11   missing  fox 10",
    ]
    assert ran.stderr.startswith("to make: 1 picture, about $0.000011")


def test_a_dry_run_shows_the_names_that_the_run_gives(togimg: Togimg, sandbox: Sandbox) -> None:
    Path("out").mkdir()
    Path("out/owl.jpg").touch()
    Path("out/owl-004.jpg").touch()
    called = "fox", "fox", "owl", "fox.png", "owl", "fox", "hare"
    write("jobs.csv", "prompt,name,seed", *(f"x,{name},{n}" for n, name in enumerate(called)))
    argv = ("batch", "jobs.csv", *ALL, "-j", "1")

    planned = [o["path"] for o in objects(togimg(*argv, "--dry-run", "--json"))[:-2]]
    made = togimg(*argv).stdout.splitlines()

    assert planned == [path.removesuffix(".jpg") for path in made]
    assert planned == [
        "out/fox",
        "out/fox-001",
        "out/owl-005",
        "out/fox.png",
        "out/owl-006",
        "out/fox-002",
        "out/hare",
    ]


class Vandal(Sandbox):
    """A service that puts a file in place of the folder while it makes the second picture."""

    def answer(self, received: Received) -> Answer:
        if self.paid == 1:
            shutil.rmtree("out")
            Path("out").touch()
        return super().answer(received)


def test_a_picture_in_the_rescue_folder_is_made_and_the_way_to_place_it_is_told(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ("batch", write("jobs.txt", "fox", "owl"), *ALL, "-j", "1")
    with Vandal() as served:
        use(served, monkeypatch)
        first = togimg(*argv)
        Path("out").unlink()

        status = togimg(*argv, "--status")
        again = togimg(*argv)

    notes = [
        "note: 1 of what is made is in the rescue folder",
        "hint: togimg rescue --to FOLDER places what is there",
    ]
    assert first.code == 7
    assert "hint: make room, then: togimg rescue --to FOLDER" in first.stderr
    assert status.stderr.splitlines()[:2] == notes
    assert again.stderr.splitlines()[:3] == ["note: 1 picture is made already", *notes]
    assert (again.code, again.stdout) == (0, "out/fox-001.jpg\n")


def test_status_and_dry_run_leave_nothing(togimg: Togimg) -> None:
    write("jobs.txt", "fox", "owl")

    status = togimg("batch", "jobs.txt", "--status", "--sandbox")
    rehearsed = togimg("batch", "jobs.txt", "--dry-run", *ALL)

    assert (status.code, rehearsed.code, names()) == (0, 0, ["jobs.txt"])
    assert rehearsed.stdout.count('"prompt"') == 2
    assert "2 pictures, about" in rehearsed.stderr
    assert not Path(os.environ["XDG_STATE_HOME"]).exists()


def test_force_makes_all_of_it(togimg: Togimg, sandbox: Sandbox) -> None:
    argv = (write("jobs.txt", *prompts(3)), *ALL)
    togimg("batch", *argv)

    ran = togimg("batch", *argv, "--force")

    assert (ran.code, asked(sandbox)) == (0, sorted(prompts(3) * 2))
    assert len(names("out")) == 6


def test_the_way_to_go_on_from_a_forced_run_pays_for_nothing_again(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("batch", write("jobs.txt", "fox", "owl [refuse]"), *ALL, "--force", "--json")

    assert objects(ran)[-1]["next"] == (
        "togimg batch jobs.txt -m flux-schnell --size 64x64 -o out/ --json"
    )


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        ((), "with --failures FILE the rest would be a jobs file by itself"),
        (
            ("--failures", "my rest.jsonl"),
            "togimg batch 'my rest.jsonl' --force makes the rest alone",
        ),
    ],
)
def test_what_a_forced_run_left_and_has_an_older_picture_is_not_left_to_a_run_that_skips_it(
    togimg: Togimg, sandbox: Sandbox, flags: tuple[str, ...], hint: str
) -> None:
    argv = ("batch", write("two.txt", *prompts(2)), *ALL, *flags)
    togimg(*argv)

    ran = togimg(*argv, "--force", "--max-cost", "0.000011", "-j", "1")

    *_, error, _, note, told, summary = ran.stderr.splitlines()
    assert error.startswith("error: --max-cost is $0.000011: ")
    assert (ran.code, note, told) == (
        7,
        "note: some of what is left has an older picture: only --force makes it",
        f"hint: {hint}",
    )
    assert summary.startswith("1 picture, 1 not sent in ")


def test_the_rest_of_a_forced_run_is_made_from_its_list_of_failures(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    argv = ("batch", write("two.txt", *prompts(2)), *ALL)
    togimg(*argv)
    limit = ("--max-cost", "0.000011", "-j", "1", "--failures", "rest.jsonl")
    togimg(*argv, "--force", *limit)

    ran = togimg("batch", "rest.jsonl", "--force")

    assert (ran.code, asked(sandbox)) == (0, sorted(prompts(2) * 2))


def test_a_skipped_row_names_its_own_picture_that_is_there(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    argv = ("batch", write("jobs.csv", "prompt,seed", "fox,7", "fox,7"), *ALL)
    togimg(*argv)
    Path("out/fox-001.jpg").unlink()
    togimg(*argv)

    skipped = [o["path"] for o in objects(togimg(*argv, "--json")) if o["type"] == "skipped"]

    here = Path("out").resolve()
    assert skipped == [f"{here}/fox-002.jpg", f"{here}/fox-003.jpg"]


def test_a_picture_with_that_of_another_row_in_its_place_is_made_again(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    argv = (write("jobs.txt", "fox", "owl"), *ALL)
    togimg("batch", *argv)
    shutil.copy("out/owl-001.jpg", "out/fox-001.jpg")

    assert states(togimg, *argv) == {"made": 1, "missing": 1, "to_make": 1}


def test_a_picture_that_was_touched_is_still_its_row_s(togimg: Togimg, sandbox: Sandbox) -> None:
    argv = (write("jobs.txt", "fox", "owl"), *ALL)
    togimg("batch", *argv)
    with Image.open("out/fox-001.jpg") as picture:
        picture.rotate(90).save("out/fox-001.jpg")

    assert states(togimg, *argv) == {"made": 2}


@pytest.mark.parametrize("folder", ["there/../out", "link", "{here}/out", "./out/"])
def test_a_folder_is_the_same_by_whatever_path_it_is_named(
    togimg: Togimg, sandbox: Sandbox, folder: str
) -> None:
    Path("there").mkdir()
    Path("link").symlink_to("out")
    write("jobs.txt", "fox")
    togimg("batch", "jobs.txt", *ALL)

    ran = togimg("batch", "jobs.txt", *ALL[:-1], folder.format(here=Path.cwd()))

    assert (ran.code, len(sandbox.requests)) == (0, 1)


@pytest.mark.parametrize("on_exists", ["error", "skip", "overwrite"])
def test_rows_do_not_take_the_place_of_each_other_s_pictures(
    togimg: Togimg, sandbox: Sandbox, on_exists: str
) -> None:
    argv = ("batch", write("jobs.txt", "fox", "owl"), *ALL, "--on-exists", on_exists)

    same = togimg(*argv, "--name", "a.png")
    apart = togimg(*argv, "--name", "a-{number}.png")

    assert (same.code, same.stderr) == (
        2,
        (
            "error: line 2: out/a.png is the name of an earlier picture of this file\n"
            "hint: let names differ, as {number} and {id} do, or leave --on-exists unique\n"
        ),
    )
    assert (apart.code, names("out")) == (0, ["a-1.png", "a-2.png"])


def test_rows_name_their_pictures_by_their_ids(togimg: Togimg, sandbox: Sandbox) -> None:
    write("jobs.csv", "id,prompt", "red,a fox", ",an owl")

    ran = togimg("batch", "jobs.csv", *ALL, "--name", "{id}")

    assert (ran.code, names("out")) == (0, ["3.jpg", "red.jpg"])


def test_a_row_does_not_ask_for_more_than_anybody_means(togimg: Togimg, sandbox: Sandbox) -> None:
    ran = togimg("batch", write("jobs.jsonl", '{"prompt": "fox", "n": 1e9}'), *ALL)

    assert (ran.code, ran.stderr, sandbox.requests) == (
        2,
        "error: line 1: 1,000,000,000 pictures of one row\nhint: make it 10,000 at most\n",
        (),
    )


def test_the_sandbox_is_free_of_budgets(togimg: Togimg, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("togimg.toml").write_text("budget.per_day = 0")
    monkeypatch.setenv("TOGIMG_CONFIG", "togimg.toml")

    one = togimg("generate", "fox", *ALL, "--sandbox")
    some = togimg("batch", write("jobs.txt", "owl", "hare"), *ALL, "--sandbox")

    assert (one.code, some.code) == (0, 0)
    assert "budget" not in some.stderr


def test_the_same_row_twice_makes_two_pictures_and_not_four(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    argv = (write("jobs.csv", "prompt,seed", "fox,7", "fox,7"), *ALL)

    togimg("batch", *argv)
    togimg("batch", *argv)

    assert (asked(sandbox), len(names("out"))) == (["fox", "fox"], 2)


def test_pictures_of_one_folder_are_not_those_of_another(togimg: Togimg, sandbox: Sandbox) -> None:
    write("jobs.txt", "fox")
    for folder in ("a/", "b/", "a/"):
        togimg("batch", "jobs.txt", *ALL[:-1], folder)

    assert (asked(sandbox), names("a"), names("b")) == (
        ["fox", "fox"],
        ["fox-001.jpg"],
        ["fox-001.jpg"],
    )


def test_what_another_service_made_does_not_count_and_that_is_said(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    argv = ("batch", write("jobs.txt", "fox"), *ALL)
    togimg(*argv, "--sandbox")

    ran = togimg(*argv)

    assert (ran.code, asked(sandbox)) == (0, ["fox"])
    assert "note: what sandbox made of these jobs does not count here\n" in ran.stderr


def test_a_picture_that_generate_made_counts(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("generate", "fox", *ALL, "--seed", "7")
    write("jobs.csv", "prompt,seed", "fox,7", "owl,7")

    togimg("batch", "jobs.csv", *ALL)

    assert asked(sandbox) == ["fox", "owl"]


def test_what_did_not_work_is_a_jobs_file_that_runs_as_it_is(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    write(
        "jobs.csv",
        "id,prompt,animal,seed,steps",
        "a,a {animal} [policy] {{x}},fox,7,1",
        "b,an {animal},owl,8,2",
    )
    argv = ("--failures", "failed.jsonl", "--name", "{animal}.png")
    first = togimg("batch", "jobs.csv", *ALL, *argv)
    (line,) = Path("failed.jsonl").read_text().splitlines()

    again = togimg("batch", "failed.jsonl", "--failures", "failed.jsonl")

    failed = json.loads(line)
    assert (first.code, again.code) == (7, 4)
    assert {key: failed[key] for key in ("id", "outcome", "animal", "steps", "seed")} == {
        "id": "a", "outcome": "refused", "animal": "fox", "steps": 1, "seed": 7,
    }  # fmt: skip
    assert "moderation" in failed["reason"]
    policy = [body for body in bodies(sandbox) if "policy" in body["prompt"]]
    assert policy[0] == policy[1]
    assert policy[0]["prompt"] == "a fox [policy] {x}"
    assert Path("failed.jsonl").read_text() == f"{line}\n"


def test_the_reason_of_what_was_not_sent_is_not_what_another_row_may_have_cost(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=map(parse, ("500", "402"))) as served:
        use(served, monkeypatch)
        flags = ("-j", "1", "--failures", "failed.jsonl")
        ran = togimg("batch", write("jobs.txt", *prompts(2)), *ALL, *flags)

    first, second = map(json.loads, Path("failed.jsonl").read_text().splitlines())
    refusal = first["reason"].removesuffix("; 1 failed try may have been billed")
    assert (ran.code, first["outcome"], refusal == first["reason"]) == (3, "failed", False)
    assert (second["outcome"], second["reason"]) == ("not_sent", f"not sent: {refusal}")


def test_a_list_of_failures_is_empty_when_all_went_well(togimg: Togimg, sandbox: Sandbox) -> None:
    Path("failed.jsonl").write_text('{"prompt": "x", "reason": "r", "outcome": "failed"}\n')

    ran = togimg("batch", write("jobs.txt", "fox"), *ALL, "--failures", "failed.jsonl")

    assert (ran.code, Path("failed.jsonl").read_bytes()) == (0, b"")


def test_a_file_that_is_no_list_of_failures_is_not_written_over(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    write("jobs.jsonl", '{"prompt": "fox"}')

    ran = togimg("batch", "jobs.jsonl", *ALL, "--failures", "jobs.jsonl")

    assert (ran.code, sandbox.requests) == (8, ())
    assert ran.stderr.startswith("error: jobs.jsonl is there, and is no list of failures\n")
    assert Path("jobs.jsonl").read_text() == '{"prompt": "fox"}\n'


@pytest.fixture
def doubtful(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Sandbox, tuple[str, ...]]]:
    """Three rows of which the second may have been billed, without a picture."""
    with Sandbox(faults=map(parse, ("ok", "reset"))) as served:
        use(served, monkeypatch)
        argv = (write("jobs.txt", *prompts(3)), *ALL, "-j", "1")
        assert togimg("batch", *argv).code == 7
        yield served, argv


def test_what_may_have_been_billed_is_named_and_made_again(
    togimg: Togimg, doubtful: tuple[Sandbox, tuple[str, ...]]
) -> None:
    served, argv = doubtful

    before = states(togimg, *argv)
    ran = togimg("batch", *argv)

    assert before == {"made": 2, "unknown": 1, "to_make": 1}
    assert (ran.code, asked(served, 3)) == (0, ["fox 2"])
    assert "note: 1 picture may have been billed and will be made again: 2\n" in ran.stderr


def test_what_is_paid_for_again_is_named_in_quiet_too(
    togimg: Togimg, doubtful: tuple[Sandbox, tuple[str, ...]]
) -> None:
    _, argv = doubtful

    left_out = togimg("batch", *argv, "-q", "--skip-unknown")
    again = togimg("batch", *argv, "-q")

    assert (left_out.code, left_out.stderr) == (0, "")
    assert (again.code, again.stderr) == (
        0,
        (
            "note: 1 picture may have been billed and will be made again: 2\n"
            "hint: --skip-unknown leaves them out\n"
        ),
    )


def test_what_may_have_been_billed_is_left_out_when_that_is_said(
    togimg: Togimg, doubtful: tuple[Sandbox, tuple[str, ...]]
) -> None:
    served, argv = doubtful

    ran = togimg("batch", *argv, "--skip-unknown", "--json")

    skipped = [(o["id"], o["why"]) for o in objects(ran) if o["type"] == "skipped"]
    assert (ran.code, len(served.requests)) == (0, 3)
    assert sorted(skipped) == [("1", "made"), ("2", "unknown"), ("3", "made")]


def test_the_summary_says_how_to_go_on(togimg: Togimg, sandbox: Sandbox) -> None:
    argv = ("batch", write("my jobs.txt", "fox", "owl [refuse]"), *ALL)

    ran = togimg(*argv)

    assert ran.stderr.splitlines()[-1] == (
        "hint: go on with: togimg batch 'my jobs.txt' -m flux-schnell --size 64x64 -o out/"
    )


def test_two_runs_of_one_file_do_not_meet(togimg: Togimg, sandbox: Sandbox) -> None:
    argv = ("batch", write("jobs.txt", "fox"), *ALL)
    state = Path(os.environ["XDG_STATE_HOME"], "togimg")
    work = f"{Path('jobs.txt').resolve()} in {Path('out').absolute()}"

    with ledger.alone(state, work):
        second = togimg(*argv)
        elsewhere = togimg(*argv[:-1], "other/")

    assert (second.code, second.stdout) == (8, "")
    assert second.stderr.startswith("error: another togimg is at these jobs\n")
    assert (elsewhere.code, len(sandbox.requests)) == (0, 1)


def test_without_a_history_a_batch_does_not_begin(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/state")

    ran = togimg("batch", write("jobs.txt", "fox"), *ALL)

    assert (ran.code, sandbox.requests) == (8, ())
    assert ran.stderr == (
        "error: a batch needs its history: the history in /dev/null/state/togimg cannot be used: "
        "not a directory; nothing is remembered of this run\n"
        "hint: look at that folder, or let XDG_STATE_HOME name another\n"
    )


def costs(ran: Ran) -> dict[str, Any]:
    """The summary's counts."""
    *_, last = objects(ran)
    return {name: last[name] for name in ("made", "not_sent", "exit_code")}


def test_a_batch_makes_what_fits_and_stops(togimg: Togimg, sandbox: Sandbox) -> None:
    argv = ("batch", write("jobs.txt", *prompts(10)), "-m", "flux-2-dev", "-o", "out/", "--json")

    nothing = togimg(*argv, "--max-cost", "0.01")
    some = togimg(*argv, "--max-cost", "0.05", "-j", "8")

    each = json.loads(
        togimg("generate", "x", *argv[2:4], "--dry-run", "--json").stdout.split("\n")[0]
    )
    fits = int(0.05 / each["cost"])
    assert costs(nothing) == {"made": 0, "not_sent": 10, "exit_code": 6}
    assert costs(some) == {"made": fits, "not_sent": 10 - fits, "exit_code": 7}
    assert len(sandbox.requests) == fits
    assert "the run stops before it passes --max-cost" in some.stdout


def test_a_try_that_was_refused_after_one_that_failed_leaves_its_money_to_the_next_row(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(faults=map(parse, ("500", "422", "ok"))) as served:
        use(served, monkeypatch)
        two = togimg("generate", "x", "-n", "2", *ALL, "--dry-run", "--json")
        limit = ("--max-cost", str(objects(two)[-1]["cost"]))
        ran = togimg("batch", write("jobs.txt", "fox", "owl"), *ALL, "-j", "1", *limit, "--json")

    assert (asked(served), costs(ran)) == (
        ["fox", "fox", "owl"],
        {"made": 1, "not_sent": 0, "exit_code": 7},
    )


def test_a_run_that_would_pass_a_limit_is_refused_whole(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("togimg.toml").write_text("budget.per_day = 0.02")
    monkeypatch.setenv("TOGIMG_CONFIG", "togimg.toml")
    two = ("generate", "fox", "-m", "flux-2-dev", "-n", "2")

    ceiling = togimg(*two, "--max-cost", "0.02")
    budget = togimg(*two)
    unpriced = togimg("generate", "fox", "-m", "mine/novel", "--max-cost", "1")

    assert (ceiling.code, budget.code, unpriced.code, sandbox.requests) == (6, 6, 6, ())
    assert ceiling.stderr.splitlines()[0] == (
        "error: 2 pictures are about $0.0308, and --max-cost leaves $0.02"
    )
    assert "and budget.per_day leaves $0.02" in budget.stderr
    assert "the price of this model is not known, and --max-cost" in unpriced.stderr


@pytest.mark.parametrize(
    ("budget", "flags", "told"),
    [
        (
            "",
            ("--max-cost", "0.01"),
            [
                "error: --max-cost is $0.01, and the next picture alone is about $0.0154",
                "hint: allow that much at least: --max-cost 0.0154",
            ],
        ),
        (
            "budget.per_day = 0.01",
            (),
            [
                "error: budget.per_day is $0.01, and the next picture alone is about $0.0154",
                "hint: allow more in the config file",
            ],
        ),
    ],
)
def test_a_batch_whose_next_picture_costs_more_than_is_allowed_does_not_say_to_run_it_again(
    togimg: Togimg,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    budget: str,
    flags: tuple[str, ...],
    told: list[str],
) -> None:
    Path("togimg.toml").write_text(budget)
    monkeypatch.setenv("TOGIMG_CONFIG", "togimg.toml")

    ran = togimg("batch", write("jobs.txt", *prompts(3)), "-m", "flux-2-dev", *flags)

    *_, error, hint, summary = ran.stderr.splitlines()
    assert (ran.code, [error, hint], sandbox.requests) == (6, told, ())
    assert summary.startswith("no pictures, 3 not sent in ")


@pytest.mark.parametrize(
    ("budget", "flags"), [("", ("--max-cost", "0.02")), ("budget.per_day = 0.03", ())]
)
def test_a_dry_run_of_what_would_be_refused_shows_it_and_is_refused(
    togimg: Togimg,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    budget: str,
    flags: tuple[str, ...],
) -> None:
    Path("togimg.toml").write_text(budget)
    monkeypatch.setenv("TOGIMG_CONFIG", "togimg.toml")
    two = ("generate", "fox", "-m", "flux-2-dev", "-n", "2", *flags)

    rehearsed = togimg(*two, "--dry-run")
    real = togimg(*two)
    *plans, failure, summary = objects(togimg(*two, "--dry-run", "--json"))

    assert (real.code, rehearsed.code, sandbox.requests) == (6, 6, ())
    assert rehearsed.stdout.count('"prompt": "fox"') == 2
    assert rehearsed.stderr.endswith(real.stderr)
    assert [one["type"] for one in plans] == ["plan", "plan", "note"]
    assert (failure["error"]["code"], summary["exit_code"]) == ("budget", 6)


def test_a_dry_run_knows_what_of_a_budget_is_spent(
    togimg: Togimg, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("togimg.toml").write_text("budget.per_day = 0.02")
    monkeypatch.setenv("TOGIMG_CONFIG", "togimg.toml")
    argv = ("fox", "-m", "flux-2-dev")

    before = togimg("generate", *argv, "--dry-run")
    togimg("generate", *argv)
    after = togimg("generate", *argv, "--dry-run")
    free = togimg("generate", *argv, "--dry-run", "--sandbox")

    assert (before.code, after.code, free.code, len(sandbox.requests)) == (0, 6, 0, 1)
    assert "and budget.per_day leaves $0.0046\n" in after.stderr


def test_a_dry_run_of_a_batch_says_where_the_money_ends(togimg: Togimg, sandbox: Sandbox) -> None:
    argv = ("batch", write("jobs.txt", *prompts(10)), "-m", "flux-2-dev", "-o", "out/")

    ran = togimg(*argv, "--max-cost", "0.05", "--dry-run")

    note = "note: the run stops before it passes --max-cost, which leaves $0.05"
    assert (ran.code, ran.stderr.splitlines()[0]) == (0, note)
