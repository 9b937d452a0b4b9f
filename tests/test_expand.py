"""Alternatives and wildcards in prompts: what a seed chooses, and what is refused."""

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from running import SMALL, Togimg, bodies, names, objects
from togimg.errors import TogimgError, UsageError
from togimg.expand import LONGEST, check, expand

LOOP = os.strerror(errno.ELOOP).lower()

FILES: Mapping[str, tuple[str, ...]] = {
    "colors": ("red", "blue", "{dark|pale} green"),
    "animals/big-birds": ("an ostrich", "a __colors__ emu"),
    "loop": ("a", "__way/round__"),
    "way/round": ("{b|__loop__}",),
    "double": ("__half____half__",),
    "half": ("x" * (LONGEST // 2 + 1),),
    "nothing": ("{|a}",),
    "x": ("1",),
}


def lines(name: str) -> tuple[str, ...]:
    """The lines of a file that is not on disk."""
    if name not in FILES:
        raise UsageError(f"no {name}")
    return FILES[name]


def every(text: str) -> set[str]:
    """What the text becomes with a great many seeds."""
    check(text, lines)
    return {expand(text, lines, seed) for seed in range(300)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {red|blue} fox", {"a red fox", "a blue fox"}),
        ("a{ red|} fox", {"a red fox", "a fox"}),
        ("{a|{b|c}}{d|e}", {"ad", "ae", "bd", "be", "cd", "ce"}),
        ("{a {b|c}}", {"{a b}", "{a c}"}),
        ("x{a|b}{c", {"xa{c", "xb{c"}),
        ("x{{a|b}", {"x{a", "x{b"}),
        ("{a|b}__x__", {"a1", "b1"}),
        ("__x____x__", {"11"}),
        ("__colors__!", {"red!", "blue!", "dark green!", "pale green!"}),
        (
            "__animals/big-birds__",
            {"an ostrich", "a red emu", "a blue emu", "a dark green emu", "a pale green emu"},
        ),
        (
            "{__colors__|no} fox",
            {f"{c} fox" for c in ("red", "blue", "dark green", "pale green", "no")},
        ),
    ],
)
def test_every_alternative_is_reached_and_nothing_else(text: str, expected: set[str]) -> None:
    assert every(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a red fox",
        '{"a": 1, "b": {"c": [2]}}',
        "a {red} fox",
        "a | b",
        "} a | b {",
        "{a|b",
        "____ and __ and _x_",
        "__two words__",
        "{{{" * 1000 + "}}}" * 999,
        "",
        "  ",
    ],
)
def test_what_is_no_alternative_and_no_wildcard_stays_as_it_is(text: str) -> None:
    assert every(text) == {text}


@given(st.text().filter(lambda text: "|" not in text and not re.search(r"__|::|\$\$", text)))
def test_a_text_without_bars_and_wildcards_is_unchanged(text: str) -> None:
    check(text, lines)

    assert expand(text, lines, 7) == text


@given(
    st.lists(
        st.sampled_from(
            ["{", "|", "}", "__", "colors", "loop", "nothing", "/", ".", "2$$", "0.5::", "a", " "]
        )
    ).map("".join),
    st.integers(),
)
def test_any_text_is_expanded_the_same_again_or_is_an_error_of_ours(text: str, seed: int) -> None:
    try:
        check(text, lines)
    except TogimgError:
        return
    assert expand(text, lines, seed) == expand(text, lines, seed)


@given(st.lists(st.text("abc "), min_size=2, max_size=6))
def test_each_of_some_alternatives_is_chosen_by_some_seed(options: list[str]) -> None:
    assert every("x{" + "|".join(options) + "}") == {f"x{option}" for option in options}


def test_a_seed_chooses_the_same_on_every_machine() -> None:
    found = [expand("{a|b|c|d}{a|b|c|d} __colors__", lines, seed) for seed in (0, 1, 2, -1, 2**63)]

    assert found == ["ba red", "dc dark green", "cc red", "dd red", "ad red"]


def test_a_choice_does_not_depend_on_the_words_around_it() -> None:
    assert [expand("fox {a|b|c} {d|e}", lines, seed)[4:] for seed in range(20)] == [
        expand("owl {a|b|c} {d|e}", lines, seed)[4:] for seed in range(20)
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__missing__", "no missing"),
        ("{a|{b|__missing__}}", "no missing"),
        ("a __loop__", "wildcards lead in a circle: loop > way/round > loop"),
        ("__../colors__", "__../colors__ is no wildcard"),
        ("__/etc/passwd__", "__/etc/passwd__ is no wildcard"),
        ("__a//b__", "__a//b__ is no wildcard"),
        ("__.hidden__", "__.hidden__ is no wildcard"),
        ("{2$$a|b}", "{2$$…} is not known here"),
        ("{1-3$$__colors__}", "{1-3$$…} is not known here"),
        ("{a|0.5::b}", "{0.5::…} is not known here"),
        ("{a|}", "the prompt may come out empty"),
        (" __nothing__ ", "the prompt may come out empty"),
        ("__double__", "the prompt may come to more than 100,000 characters"),
        ("{a|" * 60 + "b" + "}" * 60, "alternatives and wildcards lie more than 50 deep"),
    ],
)
def test_what_some_seed_could_not_expand_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        check(text, lines)

    assert raised.value.message == message


def test_a_bomb_of_wildcards_is_measured_and_not_made() -> None:
    def doubling(name: str) -> tuple[str, ...]:
        following = int(name) + 1
        return (f"__{following}____{following}__",) if following < 40 else ("{|}",)

    with pytest.raises(UsageError, match="may come to more than"):
        check("a __0__", doubling)


def write(files: Mapping[str, str], folder: str = "wildcards") -> None:
    """Wildcard files in their folder."""
    for name, text in files.items():
        path = Path(folder, f"{name}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def prompts(togimg: Togimg, *argv: str) -> list[str]:
    """The prompts that a dry run would send."""
    ran = togimg("generate", *argv, "--dry-run", "--json")
    return [line["requested"]["prompt"] for line in objects(ran) if line["type"] == "plan"]


def test_each_picture_has_a_prompt_of_its_own_that_is_sent_recorded_and_names_it(
    togimg: Togimg, sandbox: Any
) -> None:
    write({"colors": "\ufeff# colours\nred\n\n blue \n"})

    ran = togimg(
        *("generate", "a {big|small} __colors__ fox", "--expand", "-n", "6", "--json", "-j", "1"),
        *SMALL,
    )

    images = [line for line in objects(ran) if line["type"] == "image"]
    expected = [
        expand("a {big|small} __colors__ fox", lambda _: ("red", "blue"), seed)
        for seed in range(7, 13)
    ]
    assert len(set(expected)) > 1
    assert [body["prompt"] for body in bodies(sandbox)] == expected
    assert [line["prompt"] for line in images] == expected
    assert [line["path"][:-8] for line in images] == [p.replace(" ", "-") for p in expected]
    shown = [objects(togimg("show", line["path"], "--json"))[0] for line in images]
    assert [kept["request"]["prompt"] for kept in shown] == expected


def test_without_expand_everything_stays_as_it_is(togimg: Togimg) -> None:
    assert prompts(togimg, "a {red|blue} __fox__") == ["a {red|blue} __fox__"]


def test_the_same_seed_is_the_same_prompt_again(togimg: Togimg) -> None:
    many = prompts(togimg, "{a|b|c|d}{a|b|c|d}", "--expand", "--seed", "7", "-n", "4")

    alone = [
        prompts(togimg, "{a|b|c|d}{a|b|c|d}", "--expand", "--seed", str(seed))[0]
        for seed in range(7, 11)
    ]
    assert many == alone


def test_a_model_without_seeds_chooses_by_the_place_in_the_run(togimg: Togimg) -> None:
    found = prompts(togimg, "{a|b|c|d}", "--expand", "-m", "nano-banana-pro", "-n", "9")

    assert found == [expand("{a|b|c|d}", lines, place) for place in range(1, 10)]


@pytest.mark.parametrize("model", ["flux-2-dev", "nano-banana-pro"])
def test_the_points_of_a_sweep_choose_alike(togimg: Togimg, model: str) -> None:
    found = prompts(
        togimg, *("{a|b|c|d}{a|b|c|d}", "--expand", "-m", model, "-n", "5"),
        *("--vary", "param.mood=1,2"),
    )  # fmt: skip

    assert len(set(found)) > 1
    assert found[:5] == found[5:]


def test_values_of_a_prompt_axis_are_expanded_too(togimg: Togimg) -> None:
    found = prompts(togimg, "fox, {vary}", "--vary", "prompt={ink|oil},plain", "--expand")

    assert (found[0] in {"fox, ink", "fox, oil"}, found[1]) == (True, "fox, plain")


def test_wildcards_lie_in_the_folder_that_is_named(togimg: Togimg) -> None:
    write({"paint/oil": "oil"}, "mine")

    assert prompts(togimg, "__paint/oil__", "--expand", "--wildcards", "mine") == ["oil"]


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        (
            "{a|__nil__}",
            "cannot read the wildcard __nil__ in wildcards/nil.txt: no such file or directory",
        ),
        ("__empty__", "the wildcard __empty__ has no lines in wildcards/empty.txt"),
        ("__circle__", f"cannot read the wildcard __circle__ in wildcards/circle.txt: {LOOP}"),
        ("__way-out__", "the wildcard __way-out__ leaves the folder wildcards"),
        (
            "__latin__",
            "cannot read the wildcard __latin__ in wildcards/latin.txt: it is not UTF-8 text",
        ),
    ],
)
def test_a_wildcard_that_cannot_be_read_is_refused_before_anything_is_sent(
    togimg: Togimg, sandbox: Any, prompt: str, message: str
) -> None:
    write({"empty": "# nothing\n\n"})
    Path("secret.txt").write_text("secret")
    Path("wildcards/way-out.txt").symlink_to(Path("secret.txt").resolve())
    Path("wildcards/circle.txt").symlink_to("circle.txt")
    Path("wildcards/latin.txt").write_bytes(b"caf\xe9")

    ran = togimg("generate", prompt, "--expand", "-n", "3", "-o", "out/")

    assert (ran.code, ran.stderr.partition("\n")[0]) == (2, f"error: {message}")
    assert (sandbox.requests, Path("out").exists(), len(names("wildcards"))) == ((), False, 3)
