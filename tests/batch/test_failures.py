"""What was not made is a jobs file again."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobfile import only
from togimg.batch import FLAGS, Bad, Row, failure_line, flag, plain, typed
from togimg.batch.row import RESERVED

word = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
said = word.filter(str.strip)
own = word.map(plain).filter(lambda name: name and not flag(name) and name not in {*RESERVED, "id"})
values = st.fixed_dictionaries(
    {},
    optional={
        "prompt": said,
        "steps": st.integers(),
        "guidance_scale": st.floats(allow_nan=False, allow_infinity=False),
        "image": st.lists(said, min_size=1),
        "lenient": st.booleans(),
        "output_format": st.sampled_from(["jpeg", "png"]),
    },
)


def test_a_failure_is_a_line_that_says_what_was_asked_and_what_became_of_it() -> None:
    line = failure_line(
        {"prompt": "größer {animal}", "steps": 6, "image": ["a.png"], "seed": None},
        id="a-1",
        columns={"animal": "red fox"},
        reason="the service said no\nand no again",
        outcome="refused",
    )

    assert line == (
        '{"id": "a-1", "prompt": "größer {animal}", "steps": 6, "image": ["a.png"], '
        '"animal": "red fox", "reason": "the service said no\\nand no again", '
        '"outcome": "refused"}'
    )


@given(values, said.map(str.strip) | st.none(), st.dictionaries(own, word, max_size=3))
def test_a_failure_reads_back_as_the_row_it_was(
    asked: dict[str, Any], name: str | None, columns: dict[str, str]
) -> None:
    line = failure_line(asked, id=name, columns=columns, reason="no", outcome="unknown")

    row = only(line + "\n", "failures.jsonl")

    assert row == Row(1, name, asked, columns)
    assert typed(asked) == asked


def test_raw_values_of_a_table_read_back_too() -> None:
    table = only('id,prompt,image,steps,animal\n7,fox,"a\nb",6,owl\n', "jobs.csv")
    assert isinstance(table, Row)

    line = failure_line(
        table.values, id=table.id, columns=table.columns, reason="no", outcome="failed"
    )

    assert only(line, "failures.jsonl") == Row(1, table.id, table.values, table.columns)


def test_half_a_character_is_written_and_said_to_be_one() -> None:
    line = failure_line({"prompt": "fox \udcff"}, reason="no", outcome="not_sent")

    assert json.loads(line.encode())["prompt"] == "fox \udcff"
    assert only(line, "failures.jsonl") == Bad(
        1,
        "a text has a NUL or half a surrogate pair in it",
        "each line is one whole JSON object",
    )


def test_every_flag_reads_back_under_its_own_name() -> None:
    everything = dict.fromkeys(FLAGS, "1")

    line = failure_line(everything, reason="no", outcome="failed")

    assert only(line, "failures.jsonl") == Row(1, None, everything, {})
