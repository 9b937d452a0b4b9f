"""With --lenient, what a model refuses is left out or made to fit, and each change is noted."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.catalogue import check, complete, lenient, models
from togimg.errors import UsageError
from togimg.request import ImageRequest, Lora, Source

ONE = (Source("a.png"),)
THREE = (Source("a.png"), Source("b.png"), Source("c.png"))

values: dict[str, st.SearchStrategy[Any]] = {
    "model": st.sampled_from([*(model.label for model in models()), "someone/new-model"]),
    "width": st.none() | st.integers(-16, 8000) | st.integers(),
    "height": st.none() | st.integers(-16, 8000) | st.integers(),
    "aspect_ratio": st.none() | st.sampled_from(["1:1", "2:1", "50:1", "1:99999", "1.5:1"]),
    "steps": st.none() | st.integers(1, 50),
    "seed": st.none() | st.integers(0, 9),
    "guidance_scale": st.none() | st.just(3.5),
    "negative_prompt": st.none() | st.just("text"),
    "prompt_upsampling": st.none() | st.booleans(),
    "output_format": st.none() | st.just("png"),
    "loras": st.sampled_from([(), (Lora("x"),)]),
    "images": st.sampled_from([(), ONE, THREE]),
    "params": st.sampled_from([(), (("width", 640),), (("steps", 1),), (("image_url", "x"),)]),
}
requests = st.builds(ImageRequest, **values)


def ask(model: str, **said: Any) -> ImageRequest:
    return complete(ImageRequest(prompt="a fox", model=model, **said))


def refusal(request: ImageRequest) -> tuple[str, str | None] | None:
    try:
        check(request)
    except UsageError as error:
        return error.message, error.hint
    return None


def test_lenient_leaves_out_what_would_be_refused_and_says_so() -> None:
    said = {"steps": 4, "prompt_upsampling": False, "loras": (Lora("x"),)}
    request = ask("flux-2-pro", seed=7, **said)

    assert lenient(request) == (
        replace(request, steps=None, loras=()),
        (
            "--steps left out: flux-2-pro does not take it",
            "--lora left out: flux-2-pro does not take it",
        ),
    )


@pytest.mark.parametrize(
    ("model", "said", "becomes", "note"),
    [
        (
            "flux-2-dev",
            {"width": 1023, "height": 7},
            {"width": 1024, "height": 512},
            (
                "--size 1023x7 became --size 1024x512: "
                "width must be a multiple of 16 from 512 to 2048, not 1023"
            ),
        ),
        (
            "flux-schnell",
            {"width": 1023},
            {"width": 1024, "height": 1024},
            (
                "--width 1023 became --size 1024x1024: "
                "width must be a positive multiple of 8, not 1023"
            ),
        ),
        (
            "nano-banana",
            {"aspect_ratio": "2:1"},
            {"width": 1344, "height": 768, "aspect_ratio": None},
            "--aspect-ratio 2:1 became --size 1344x768: nano-banana has none",
        ),
        (
            "kontext",
            {"aspect_ratio": "16:9", "width": 512, "height": 512},
            {"width": None, "height": None, "aspect_ratio": "1:1"},
            "--aspect-ratio 16:9 left out: --size 512x512 was given too",
        ),
        (
            "kontext",
            {"images": THREE},
            {"images": ONE},
            "2 of 3 --image left out: kontext-pro takes 1",
        ),
    ],
)
def test_lenient_asks_for_the_nearest_that_the_model_takes(
    model: str, said: dict[str, Any], becomes: dict[str, Any], note: str
) -> None:
    request = ask(model, **said)

    assert lenient(request) == (replace(request, **becomes), (note,))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("flux-dev", {}),
        ("flux-schnell", {"images": ONE}),
        ("flux-schnell", {"aspect_ratio": "wide"}),
    ],
)
def test_lenient_still_refuses_what_cannot_be_left_out(model: str, said: dict[str, Any]) -> None:
    request = ask(model, **said)

    with pytest.raises(UsageError) as raised:
        lenient(request)

    assert (raised.value.message, raised.value.hint) == refusal(request)


@given(requests)
def test_what_lenient_lets_through_is_not_refused(said: ImageRequest) -> None:
    try:
        request, notes = lenient(complete(said))
    except UsageError:
        return

    assert refusal(request) is None
    assert complete(request) == request
    assert bool(notes) == (refusal(complete(said)) is not None)


@given(requests)
def test_a_refusal_has_the_form_of_the_house(said: ImageRequest) -> None:
    message, hint = refusal(complete(said)) or ("fine", "fine")

    assert not message.endswith(".")
    assert "\n" not in message
    assert hint
