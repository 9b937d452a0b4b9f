"""Rows that differ in their words alone are prepared together, as each would be alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from togimg.cli.order import Order, Preparing, prepare
from togimg.errors import UsageError
from togimg.events import Begun
from togimg.request import ImageRequest, Job, Target

PROMPTS = st.sampled_from(["fox", "cat", "{red|blue} fox", " ", None])
REQUESTS = st.builds(
    ImageRequest,
    prompt=PROMPTS,
    model=st.sampled_from([None, "flux-schnell", "kontext-pro", "seedream-5.0-lite", "a/new-one"]),
    steps=st.sampled_from([None, 4, 99]),
    width=st.sampled_from([None, 512]),
    seed=st.sampled_from([None, 1]),
    params=st.sampled_from([(), (), (("n", 1),), (("prompt", "dog"),)]),
)
ORDERS = st.builds(
    Order,
    REQUESTS,
    st.sampled_from([1, 1, 1, 2]),
    st.sampled_from([Target(Path("out")), Target(Path("out"), extension="png")]),
    lenient=st.booleans(),
    seed=st.integers(0, 99),
    wildcards=st.sampled_from([None, None, None, lambda _: ("red",)]),
)
"""Those of rows always have a seed."""


@st.composite
def rows(draw: st.DrawFn) -> list[Order]:
    """A few orders, each with some that differ from it in what rows differ in most."""
    found = []
    for order in draw(st.lists(ORDERS, min_size=1, max_size=3)):
        for _ in range(draw(st.integers(1, 4))):
            said = replace(order.said, prompt=draw(PROMPTS))
            seed, name = draw(st.integers(0, 99)), draw(st.sampled_from([None, "a"]))
            found.append(replace(order, said=said, seed=seed, id=name, columns=(("x", "y"),)))
    return found


def jobs(prepare: Any, order: Order, first: int) -> tuple[list[Job], Begun] | str:
    """The jobs of an order and their estimate, or why there are none."""
    try:
        prepared = prepare(order, first)
    except UsageError as error:
        return error.message
    return list(prepared.jobs), prepared.begun


@given(rows())
def test_orders_one_after_another_come_to_what_each_comes_to_alone(orders: list[Order]) -> None:
    preparing = Preparing()

    together = [jobs(preparing.prepare, order, first) for first, order in enumerate(orders)]
    assert together == [jobs(prepare, order, first) for first, order in enumerate(orders)]


def test_what_is_to_be_noted_of_like_orders_is_noted_once() -> None:
    preparing = Preparing()
    fox, cat = (
        Order(ImageRequest(prompt=prompt, model="a/new-one"), 1, Target(None), seed=7)
        for prompt in ("fox", "cat")
    )

    notes = [len(preparing.prepare(order, 1).notes) for order in (fox, cat)]
    assert notes == [1, 0]
