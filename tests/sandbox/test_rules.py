"""What each model refuses, in the service's words."""

import json
from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from togimg.sandbox import Answer

Ask = Callable[..., Answer]

SCHNELL = "black-forest-labs/FLUX.1-schnell"
PRO_1_1 = "black-forest-labs/FLUX.1.1-pro"
KONTEXT = "black-forest-labs/FLUX.1-kontext-pro"
DEV = "black-forest-labs/FLUX.2-dev"
PRO = "black-forest-labs/FLUX.2-pro"
FLEX = "black-forest-labs/FLUX.2-flex"
MAX = "black-forest-labs/FLUX.2-max"
GEMINI = "google/gemini-3-pro-image"
FLASH = "google/flash-image-2.5"
ELSEWHERE = "https://example.com/a.png"
NO_SIZE = {"width": None, "height": None}


def refusal(given: Answer) -> tuple[int, str]:
    error = json.loads(given.body)["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", None, None)
    return given.status, error["message"]


def unsupported(parameter: str) -> tuple[int, str]:
    return 400, (
        f"Unsupported use of '{parameter}' parameter. This parameter is not supported for the "
        "selected model."
    )


def size_of(given: Answer) -> tuple[int, int]:
    with Image.open(BytesIO(b64decode(json.loads(given.body)["data"][0]["b64_json"]))) as picture:
        return picture.size


@pytest.mark.parametrize(
    ("model", "parameter", "value"),
    [
        (SCHNELL, "image_url", ELSEWHERE),
        (SCHNELL, "reference_images", [ELSEWHERE]),
        (SCHNELL, "guidance_scale", 3.5),
        (SCHNELL, "image_loras", [{"path": ELSEWHERE, "scale": 1}]),
        (PRO_1_1, "steps", 10),
        (KONTEXT, "reference_images", [ELSEWHERE]),
        (KONTEXT, "negative_prompt", "rain"),
        (KONTEXT, "guidance_scale", 3.5),
        (DEV, "image_url", ELSEWHERE),
        (DEV, "aspect_ratio", "1:1"),
        (PRO, "steps", 20),
        (PRO, "guidance", 2.5),
        (FLEX, "negative_prompt", "rain"),
        (MAX, "image_loras", []),
        (FLASH, "image_url", ELSEWHERE),
        (FLASH, "n", 1),
        (GEMINI, "seed", 1),
        (GEMINI, "steps", 4),
        (GEMINI, "disable_safety_checker", True),
        ("Qwen/Qwen-Image", "steps", 20),
        ("openai/gpt-image-2", "steps", 20),
    ],
)
def test_a_parameter_the_model_does_not_take_is_named_in_the_message_only(
    ask: Ask, model: str, parameter: str, value: Any
) -> None:
    given = ask(model=model, **(NO_SIZE | {"seed": None} | {parameter: value}))

    assert refusal(given) == unsupported(parameter)
    assert given.paid == 0


@pytest.mark.parametrize(
    ("model", "asks"),
    [
        (SCHNELL, {"steps": 4, "negative_prompt": "rain", "disable_safety_checker": True}),
        (PRO_1_1, {"negative_prompt": "rain", "output_format": "png"}),
        (KONTEXT, {"steps": 28, "image_url": ELSEWHERE, "width": 64, "height": 64}),
        (DEV, {"steps": 20, "guidance_scale": 3, "width": 512, "height": 512}),
        (PRO, {"prompt_upsampling": True, "image_url": ELSEWHERE, "width": 256, "height": 256}),
        (FLEX, {"steps": 20, "reference_images": [ELSEWHERE] * 4, "width": 256, "height": 256}),
        (GEMINI, {"seed": None, "reference_images": [ELSEWHERE]}),
        ("Qwen/Qwen-Image", {"width": 64, "height": 64}),
        (SCHNELL, {"response_format": "b64_json", "width": 64, "height": 64}),
        (SCHNELL, {"unheard_of": 1, "width": 64, "height": 64}),
    ],
)
def test_what_a_model_takes_is_served(ask: Ask, model: str, asks: dict[str, Any]) -> None:
    given = ask(model=model, **(NO_SIZE | asks))

    assert (given.status, given.paid) == (200, 1)


@pytest.mark.parametrize(
    ("model", "asks", "message"),
    [
        (
            DEV,
            {"width": 256, "height": 512},
            (
                "Invalid value for 'width' parameter. Image width must be an integer value "
                "between 512 and 2048, in multiples of '16'."
            ),
        ),
        (
            PRO,
            {"width": 512, "height": 100},
            (
                "Invalid value for 'height' parameter. Image height must be an integer value "
                "between 256 and 2048, in multiples of '16'."
            ),
        ),
        (
            SCHNELL,
            {"width": 100},
            (
                "Invalid value for 'width' parameter. Image width must be an integer value "
                "between 64 and 2048, in multiples of '8'."
            ),
        ),
        (
            FLASH,
            {"width": 1024, "height": 1000},
            (
                "Invalid value for 'width' parameter. Supported dimensions are: 1024x1024, "
                "1248x832, 832x1248, 1184x864, 864x1184, 896x1152, 1152x896, 768x1344, 1344x768, "
                "1536x672, 672x1536."
            ),
        ),
        (
            "ByteDance/Seedream-5.0-lite",
            {"width": 1024, "height": 1024},
            (
                "Invalid value for 'width' parameter. The total area must be between 3686400 and "
                "10404496 pixels."
            ),
        ),
    ],
)
def test_sizes_a_model_does_not_make(
    ask: Ask, model: str, asks: dict[str, Any], message: str
) -> None:
    seedless = {"height": 1024} | asks if model == FLASH else asks

    assert refusal(ask(model=model, **seedless)) == (400, message)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("width", "64"),
        ("width", 64.0),
        ("height", True),
        ("n", 0),
        ("n", 5),
        ("n", "1"),
        ("n", True),
        ("steps", 0),
        ("steps", 4.5),
        ("seed", "7"),
        ("seed", 2**64),
        ("prompt", ""),
        ("prompt", "  "),
        ("prompt", 7),
        ("prompt", None),
        ("model", None),
        ("model", ["x"]),
        ("negative_prompt", 7),
        ("response_format", "jpeg"),
        ("output_format", "gif"),
        ("disable_safety_checker", "yes"),
    ],
)
def test_values_of_the_wrong_type_or_range(ask: Ask, parameter: str, value: Any) -> None:
    status, message = refusal(ask(**{parameter: value}))

    assert (status, message.partition(" parameter.")[0]) == (
        400,
        f"Invalid value for '{parameter}'",
    )


def test_a_prompt_that_is_null_is_refused(ask: Ask) -> None:
    body = b'{"model": "black-forest-labs/FLUX.1-kontext-pro", "prompt": null}'

    assert refusal(ask(body=body))[1].startswith("Invalid value for 'prompt' parameter.")


def test_a_null_elsewhere_says_nothing(ask: Ask) -> None:
    body = (
        b'{"model": "google/gemini-3-pro-image", "prompt": "x", "seed": null, "steps": null,'
        b' "response_format": "url"}'
    )

    assert ask(body=body).status == 200


@pytest.mark.parametrize(
    ("model", "status", "start"),
    [
        ("black-forest-labs/FLUX.1-dev", 400, "Unable to access non-serverless model "),
        ("black-forest-labs/FLUX.1-schnell-Free", 404, "Unable to access model "),
        ("stabilityai/stable-diffusion-2-1", 404, "Unable to access model "),
        ("black-forest-labs/flux.1-schnell", 404, "Unable to access model "),
    ],
)
def test_retired_models_and_other_spellings_are_not_available(
    ask: Ask, model: str, status: int, start: str
) -> None:
    given = ask(model=model)

    error = json.loads(given.body)["error"]
    assert (given.status, error["code"]) == (status, "model_not_available")
    assert error["message"].startswith(f"{start}{model}. ")


@pytest.mark.parametrize(
    ("model", "asks", "size"),
    [
        (SCHNELL, {}, (1024, 1024)),
        (SCHNELL, {"width": 256, "height": 128}, (256, 128)),
        (PRO, {}, (1024, 768)),
        (KONTEXT, {"aspect_ratio": "16:9"}, (1360, 768)),
        (KONTEXT, {"aspect_ratio": "1:1"}, (1024, 1024)),
        (KONTEXT, {"width": 1024, "height": 768}, (1024, 768)),
    ],
)
def test_the_picture_has_exactly_the_size_asked_for(
    ask: Ask, model: str, asks: dict[str, Any], size: tuple[int, int]
) -> None:
    assert size_of(ask(model=model, **(NO_SIZE | asks))) == size


@pytest.mark.parametrize("ratio", ["16x9", "1:0", "0:1", "9:1", "a:b", "1:1:1", 1.5, ":", "²:1"])
def test_ratios_that_are_none(ask: Ask, ratio: Any) -> None:
    given = ask(model=KONTEXT, aspect_ratio=ratio, **NO_SIZE)

    assert refusal(given)[1].startswith("Invalid value for 'aspect_ratio' parameter. ")
