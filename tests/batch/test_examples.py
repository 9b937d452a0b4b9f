"""The examples work as they are."""

from typing import Any

import pytest

from jobfile import good
from togimg import catalogue
from togimg.batch import Row, example, filled, typed
from togimg.catalogue import complete
from togimg.cli.flags import ImageFlags
from togimg.request import ImageRequest

FORMATS: Any = ("csv", "jsonl", "txt")


def request(row: Row) -> ImageRequest:
    """What a row asks for, completed by the catalogue."""
    values = typed(row.values)
    prompt = filled(values.pop("prompt"), row.columns)
    values.setdefault("model", "flux-2-dev")
    return complete(ImageFlags(**values).request(prompt))


@pytest.mark.parametrize("kind", FORMATS)
def test_an_example_reads_without_a_bad_line_and_no_model_refuses_it(kind: Any) -> None:
    requests = [request(row) for row in good(example(kind), f"example.{kind}")]

    assert len(requests) == 3
    for wanted in requests:
        catalogue.check(wanted)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_an_example_shows_ids_flags_and_a_column_of_ones_own(kind: Any) -> None:
    first, *_ = good(example(kind), f"example.{kind}")

    assert (first.id, first.columns) == ("fox-snow", {"animal": "red fox"})
    assert set(first.values) >= {"prompt", "model", "size", "steps", "seed"}
    assert "a red fox in the snow" in (request(first).prompt or "")
