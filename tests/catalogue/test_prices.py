"""An estimate follows the listed price, the size and the steps, and is never below nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.catalogue import complete, megapixels, models, price
from togimg.request import ImageRequest

SQUARE = 1.048576
MEGA: dict[str, Any] = {"width": 1000, "height": 1000}

numbers = st.none() | st.integers()
requests = st.builds(
    ImageRequest,
    model=st.sampled_from([model.id for model in models()]),
    width=numbers,
    height=numbers,
    steps=numbers,
    params=st.lists(
        st.tuples(st.sampled_from(["width", "height", "steps"]), numbers | st.text())
    ).map(tuple),
)


@pytest.mark.parametrize(
    ("model", "said", "dollars"),
    [
        ("flux-schnell", MEGA, 0.0027),
        ("flux-schnell", {}, 0.0027 * SQUARE),
        ("flux-schnell", {"width": 512}, 0.0027 * 512 * 1024 / 1e6),
        ("flux-schnell", {**MEGA, "steps": 4}, 0.0027),
        ("flux-schnell", {**MEGA, "steps": 1}, 0.0027),
        ("flux-schnell", {**MEGA, "steps": 12}, 0.0081),
        ("flux-1.1-pro", {**MEGA, "steps": 12}, 0.04),
        ("flux-2-max", {**MEGA, "steps": 100}, 0.14),
        ("kontext-pro", {}, 0.04 * SQUARE),
        ("kontext-pro", {"aspect_ratio": "16:9"}, 0.04 * SQUARE),
        ("flux-2-dev", {"width": 2048, "height": 2048, "steps": 50}, 0.0154),
        ("nano-banana-pro", {}, 0.134),
        ("nano-banana-pro", {"width": 2048, "height": 2048}, 0.134),
        ("nano-banana-pro", {"width": 4096, "height": 4096}, 0.24),
        ("seedream-3", {}, 0.018),
        ("flux-dev", MEGA, None),
        ("someone/new-model", MEGA, None),
    ],
)
def test_a_picture_costs_what_is_listed(
    model: str, said: dict[str, Any], dollars: float | None
) -> None:
    assert price(ImageRequest(model=model, **said)) == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("params", "dollars"),
    [
        ((("width", 2000),), 0.0054),
        ((("steps", 8),), 0.0054),
        ((("width", "wide"), ("height", None)), 0.0027 * SQUARE),
        ((("model", "black-forest-labs/FLUX.2-dev"),), 0.0154),
        ((("model", "someone/new-model"),), None),
    ],
)
def test_a_param_decides_the_price_as_it_decides_the_body(
    params: tuple[tuple[str, Any], ...], dollars: float | None
) -> None:
    request = ImageRequest(model="flux-schnell", **MEGA, params=params)

    assert price(request) == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("said", "million"),
    [
        ({}, SQUARE),
        (MEGA, 1),
        ({"height": 512}, SQUARE / 2),
        ({"aspect_ratio": "16:9"}, SQUARE),
        ({**MEGA, "params": (("height", 500),)}, 0.5),
    ],
)
def test_megapixels_are_millions_of_pixels(said: dict[str, Any], million: float) -> None:
    assert megapixels(ImageRequest(model="flux-schnell", **said)) == pytest.approx(million)


@given(requests)
def test_a_price_is_never_below_nothing(request: ImageRequest) -> None:
    estimate = price(complete(request))

    assert estimate is None or estimate >= 0


def test_every_usable_model_has_an_estimate_for_a_plain_request() -> None:
    missing = [
        model.id
        for model in models()
        if model.usable and not price(complete(ImageRequest(prompt="a fox", model=model.id)))
    ]

    assert missing == []
