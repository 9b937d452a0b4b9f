"""A request is completed as its model wants it, and nothing is sent that was not said."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.catalogue import check, complete, find, models
from togimg.request import ImageRequest, Lora, Source

BFL = "black-forest-labs"
FOX = ImageRequest(prompt="a fox")

names = st.sampled_from([*(model.label for model in models()), "someone/new-model", None])
usable = st.sampled_from([model for model in models() if model.usable])
sides = st.none() | st.integers(-16, 5000) | st.integers()
ratios = st.builds("{}:{}".format, st.integers(1, 40), st.integers(1, 40))
requests = st.builds(
    ImageRequest,
    model=names,
    width=sides,
    height=sides,
    aspect_ratio=st.none() | ratios | st.text(max_size=9),
    params=st.sampled_from([(), (("width", 640),), (("aspect_ratio", "1:1"),), (("model", "x"),)]),
)


def completed(model: str, **said: Any) -> ImageRequest:
    return complete(ImageRequest(prompt="a fox", model=model, **said))


def sized(request: ImageRequest) -> tuple[int | None, int | None, str | None]:
    return request.width, request.height, request.aspect_ratio


def test_an_alias_becomes_the_id_and_nothing_else_is_added() -> None:
    assert completed("flux-schnell") == replace(FOX, model=f"{BFL}/FLUX.1-schnell")


def test_an_id_in_any_case_becomes_the_id() -> None:
    assert completed("BYTEDANCE-SEED/seedream-4.0") == replace(
        FOX, model="ByteDance-Seed/Seedream-4.0"
    )


def test_an_id_that_is_not_in_the_catalogue_is_sent_as_it_is() -> None:
    assert completed("Someone/New-Model") == replace(FOX, model="Someone/New-Model")


def test_a_request_without_a_model_stays_as_it_is() -> None:
    request = replace(FOX, aspect_ratio="16:9")

    assert complete(request) == request


def test_everything_else_is_left_alone() -> None:
    request = ImageRequest(
        prompt="a fox",
        model=f"{BFL}/FLUX.2-pro",
        width=640,
        height=480,
        steps=3,
        seed=7,
        guidance_scale=2.5,
        negative_prompt="text",
        images=(Source("a.png"),),
        loras=(Lora("x"),),
        output_format="png",
        prompt_upsampling=False,
        disable_safety_checker=True,
        response_format="url",
        params=(("n", 2),),
    )

    assert complete(request) == request


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("kontext-pro", "image_url"),
        ("kontext-max", "image_url"),
        ("flux-2-pro", "reference_images"),
        ("nano-banana", "reference_images"),
        ("qwen-image", "reference_images"),
        ("someone/new-model", "reference_images"),
    ],
)
def test_references_travel_in_the_field_that_the_model_takes(model: str, field: str) -> None:
    assert completed(model, images=(Source("a.png"),)).images_as == field


@pytest.mark.parametrize(
    ("model", "ratio", "size"),
    [
        ("flux-schnell", "16:9", (1280, 720, None)),
        ("flux-2-dev", "16:9", (1280, 720, None)),
        ("flux-2-dev", "1:4", (512, 2048, None)),
        ("qwen-image", "3:2", (1248, 832, None)),
        ("someone/new-model", "3:2", (1248, 832, None)),
        ("seedream-5", "1:1", (2048, 2048, None)),
        ("seedream-5", "16:9", (2816, 1584, None)),
        ("nano-banana", "16:9", (1344, 768, None)),
        ("nano-banana-pro", "16:9", (1376, 768, None)),
        ("nano-banana-pro", "9:21", (None, None, "9:21")),
        ("kontext", "16:9", (None, None, "16:9")),
        ("kontext", "21:9", (None, None, "21:9")),
        ("kontext", "1.5:1", (None, None, "3:2")),
    ],
)
def test_a_ratio_becomes_what_the_model_wants(
    model: str, ratio: str, size: tuple[int | None, int | None, str | None]
) -> None:
    assert sized(completed(model, aspect_ratio=ratio)) == size


@pytest.mark.parametrize(
    ("width", "height", "ratio"),
    [
        (1024, 768, "4:3"),
        (1920, 1080, "16:9"),
        (1344, 768, "16:9"),
        (830, 1248, "2:3"),
        (1200, 500, "12:5"),
        (768, None, "3:4"),
        (None, 576, "16:9"),
    ],
)
def test_a_model_that_sizes_itself_is_told_the_ratio(
    width: int | None, height: int | None, ratio: str
) -> None:
    request = completed("kontext", width=width, height=height)

    assert sized(request) == (None, None, ratio)


@pytest.mark.parametrize("model", ["flux-schnell", "nano-banana", "someone/new-model"])
def test_pixels_are_sent_as_they_were_said(model: str) -> None:
    assert sized(completed(model, width=1023, height=7)) == (1023, 7, None)
    assert sized(completed(model, width=1024)) == (1024, None, None)


@pytest.mark.parametrize(
    ("model", "side", "size"),
    [
        ("flux-schnell", {"width": 1024}, (1024, 576, None)),
        ("flux-schnell", {"height": 1080}, (1920, 1080, None)),
        ("nano-banana-pro", {"width": 2752}, (2752, 1536, None)),
        ("nano-banana-pro", {"width": 2000}, (2000, 1125, None)),
    ],
)
def test_one_side_and_a_ratio_make_the_other_side(
    model: str, side: dict[str, int], size: tuple[int, int, None]
) -> None:
    assert sized(completed(model, aspect_ratio="16:9", **side)) == size


def test_only_the_model_that_refuses_the_service_s_own_size_is_sent_one() -> None:
    sent = {model.label: sized(completed(model.id)) for model in models()}

    assert {label: size for label, size in sent.items() if size != (None, None, None)} == {
        "seedream-5-lite": (2048, 2048, None)
    }


@pytest.mark.parametrize(
    "said",
    [
        {"aspect_ratio": "16:9", "params": (("width", 1024),)},
        {"width": 1024, "params": (("aspect_ratio", "16:9"),)},
        {"params": (("height", 2048),)},
    ],
)
def test_a_size_among_the_params_leaves_sizing_to_the_user(said: dict[str, Any]) -> None:
    for model in ("seedream-5", "kontext", "flux-schnell"):
        before = ImageRequest(model=model, **said)

        assert sized(complete(before)) == sized(before)


def test_a_model_among_the_params_decides_what_is_wanted() -> None:
    params = (("model", f"{BFL}/FLUX.1-kontext-pro"),)

    request = completed("schnell", width=1024, height=768, params=params)

    assert request == replace(
        FOX,
        model=f"{BFL}/FLUX.1-schnell",
        aspect_ratio="4:3",
        images_as="image_url",
        params=params,
    )


@given(requests)
def test_completing_twice_changes_nothing_more(request: ImageRequest) -> None:
    once = complete(request)

    assert complete(once) == once


@given(usable, ratios)
def test_a_size_that_came_from_a_ratio_is_never_refused(model: Any, ratio: str) -> None:
    request = completed(model.id, aspect_ratio=ratio)

    if request.width:
        check(request)


@given(usable, st.sampled_from(["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4"]))
def test_every_model_can_have_the_common_ratios(model: Any, ratio: str) -> None:
    check(completed(model.id, aspect_ratio=ratio))


@given(st.sampled_from(models()))
def test_an_alias_and_its_id_make_the_same_request(model: Any) -> None:
    whole = {complete(ImageRequest(model=name)) for name in (model.id, *model.aliases)}

    assert [find(request.model or "") for request in whole] == [model]
