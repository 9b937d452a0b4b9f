"""What a model is known to refuse is an error that says what to do; the rest is sent."""

from typing import Any

import pytest

from togimg.catalogue import check, complete, lenient
from togimg.errors import UsageError
from togimg.request import ImageRequest, Lora, Source

BFL = "black-forest-labs"
ONE = (Source("a.png"),)
THREE = (Source("a.png"), Source("b.png"), Source("c.png"))


def ask(model: str, **said: Any) -> ImageRequest:
    return complete(ImageRequest(prompt="a fox", model=model, **said))


def refusal(request: ImageRequest) -> tuple[str, str | None] | None:
    try:
        check(request)
    except UsageError as error:
        return error.message, error.hint
    return None


@pytest.mark.parametrize(
    ("model", "said", "message", "hint"),
    [
        (
            "flux-2-pro",
            {"steps": 4},
            "flux-2-pro does not take --steps",
            "models that take it: flux-schnell, flux-2-dev, kontext-pro, kontext-max",
        ),
        (
            "nano-banana-pro",
            {"seed": 1},
            "nano-banana-pro does not take --seed",
            "models that take it: flux-schnell, flux-2-dev, flux-2-pro, flux-2-flex, flux-2-max, …",
        ),
        (
            "flux-schnell",
            {"guidance_scale": 3.5},
            "flux-schnell does not take --guidance-scale",
            "models that take it: flux-2-dev, flux-2-flex",
        ),
        (
            "kontext",
            {"negative_prompt": ""},
            "kontext-pro does not take --negative-prompt",
            "models that take it: flux-schnell, flux-1.1-pro",
        ),
        (
            "flux-schnell",
            {"prompt_upsampling": True},
            "flux-schnell does not take --prompt-upsampling",
            "models that take it: flux-2-pro",
        ),
        (
            "flux-schnell",
            {"prompt_upsampling": False},
            "flux-schnell does not take --no-prompt-upsampling",
            "models that take it: flux-2-pro",
        ),
        (
            "flux-2-flex",
            {"loras": (Lora("x"),)},
            "flux-2-flex does not take --lora",
            "no model is known to take it; --lenient leaves it out",
        ),
        (
            "flux-schnell",
            {"images": ONE},
            "flux-schnell does not take --image",
            "models that take it: kontext-pro, kontext-max, flux-2-dev, flux-2-pro, flux-2-flex, …",
        ),
        (
            "kontext-max",
            {"images": THREE},
            "kontext-max takes 1 --image, not 3",
            "models for more: flux-2-dev, flux-2-pro, flux-2-flex, nano-banana, nano-banana-pro, …",
        ),
        (
            "flux-dev",
            {"steps": 28},
            "FLUX.1-dev was retired on 2026-02-25",
            "use -m flux-2-dev",
        ),
        (
            f"{BFL}/FLUX.1-pro",
            {},
            "FLUX.1-pro was retired on 2025-10-31",
            "use -m flux-1.1-pro",
        ),
    ],
)
def test_a_flag_that_the_model_refuses_is_an_error_that_names_others(
    model: str, said: dict[str, Any], message: str, hint: str
) -> None:
    assert refusal(ask(model, **said)) == (message, hint)


@pytest.mark.parametrize(
    ("model", "said", "message", "hint"),
    [
        (
            "flux-2-dev",
            {"width": 1023, "height": 768},
            "width must be a multiple of 16 from 512 to 2048, not 1023",
            "the nearest that flux-2-dev takes: --size 1024x768",
        ),
        (
            "flux-2-dev",
            {"height": 256},
            "height must be a multiple of 16 from 512 to 2048, not 256",
            "the nearest that flux-2-dev takes: --size 1024x512",
        ),
        (
            "flux-2-pro",
            {"width": 2064, "height": 1024},
            "width must be a multiple of 16 from 256 to 2048, not 2064",
            "the nearest that flux-2-pro takes: --size 2048x1024",
        ),
        (
            "flux-schnell",
            {"width": 1023, "height": 7},
            "width must be a positive multiple of 8, not 1023",
            "the nearest that flux-schnell takes: --size 1024x8",
        ),
        (
            "flux-schnell",
            {"width": 1024, "height": 80_000},
            "height must be a positive multiple of 8 up to 65536, not 80000",
            "the nearest that flux-schnell takes: --size 1024x65536",
        ),
        (
            "kontext",
            {"width": 0, "height": 512},
            "width must be a positive multiple of 8, not 0",
            "the nearest that kontext-pro takes: --size 8x512",
        ),
        (
            "seedream-5",
            {"width": 1024, "height": 1024},
            "seedream-5-lite takes 3,686,400 to 10,404,496 pixels, not 1024x1024",
            "the nearest that seedream-5-lite takes: --size 1920x1920",
        ),
        (
            "nano-banana",
            {"width": 1920, "height": 1080},
            "nano-banana has no size 1920x1080",
            (
                "the nearest that nano-banana takes: "
                "--size 1344x768 or --size 1248x832 or --size 1536x672"
            ),
        ),
        (
            "nano-banana",
            {"aspect_ratio": "2:1"},
            "nano-banana has no size of 2:1",
            "the nearest is --size 1344x768",
        ),
        (
            "flux-2-dev",
            {"aspect_ratio": "5:1"},
            "flux-2-dev has no size of 5:1",
            "the nearest is --size 2048x512",
        ),
        (
            "flux-schnell",
            {"aspect_ratio": "16:9", "width": 8},
            "flux-schnell has no size of 16:9 with --width 8",
            "the nearest is --size 8x8",
        ),
        (
            "flux-schnell",
            {"aspect_ratio": "16:9", "width": 512, "height": 512},
            "--aspect-ratio 16:9 and --size 512x512 were both given",
            "leave one of them out",
        ),
        (
            "kontext",
            {"aspect_ratio": "wide"},
            "--aspect-ratio must be W:H, not wide",
            "for example --aspect-ratio 16:9",
        ),
    ],
)
def test_a_size_that_the_model_refuses_is_an_error_that_names_the_nearest(
    model: str, said: dict[str, Any], message: str, hint: str
) -> None:
    assert refusal(ask(model, **said)) == (message, hint)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("flux-2-flex", {"steps": 20}),
        ("flux-2-dev", {"loras": (Lora("x"),), "prompt_upsampling": True}),
        ("qwen-image", {"steps": 20, "seed": 1, "guidance_scale": 4.0, "images": THREE}),
        ("flux-2-max", {"negative_prompt": "text", "images": THREE}),
        ("flux-2-pro", {"width": 256, "height": 2048}),
        ("flux-schnell", {"width": 2048, "height": 64}),
        ("nano-banana-pro", {"width": 1548, "height": 672}),
        ("seedream-5", {"width": 2560, "height": 1440}),
        ("imagen-4", {"seed": 1}),
        ("someone/new-model", {"width": 1023, "height": 7, "steps": -1, "images": THREE}),
        ("someone/new-model", {"width": 1024, "height": 512, "aspect_ratio": "wide"}),
    ],
)
def test_what_is_not_known_to_be_refused_is_sent(model: str, said: dict[str, Any]) -> None:
    request = ask(model, **said)

    assert refusal(request) is None
    assert lenient(request) == (request, ())


@pytest.mark.parametrize(
    ("model", "said", "param"),
    [
        ("flux-2-pro", {"steps": 4}, ("steps", 4)),
        ("flux-2-pro", {"loras": (Lora("x"),)}, ("image_loras", [])),
        ("flux-2-dev", {"width": 1023}, ("width", 1024)),
        ("flux-2-dev", {"width": 1024, "height": 1023}, ("height", 1024)),
        ("nano-banana", {"width": 1000, "height": 1000}, ("height", 1024)),
        ("kontext", {"images": THREE}, ("image_url", "https://example.com/a.png")),
        ("flux-schnell", {"images": ONE}, ("reference_images", [])),
        ("flux-dev", {}, ("model", "someone/new-model")),
        ("flux-dev", {"steps": 4}, ("model", f"{BFL}/FLUX.1-dev")),
        ("seedream-5", {"aspect_ratio": "16:9"}, ("height", 100)),
    ],
)
def test_a_param_wins_so_its_flag_is_not_checked(
    model: str, said: dict[str, Any], param: tuple[str, Any]
) -> None:
    request = ask(model, **said, params=(param,))

    assert refusal(request) is None


def test_the_other_side_is_checked_when_a_param_replaces_one() -> None:
    request = ask("flux-2-dev", width=1024, height=1023, params=(("width", 1000),))

    assert refusal(request) == (
        "height must be a multiple of 16 from 512 to 2048, not 1023",
        "the nearest that flux-2-dev takes: --size 1024x1024",
    )


def test_a_refusal_is_a_usage_error_and_nothing_was_sent() -> None:
    with pytest.raises(UsageError) as raised:
        check(ask("flux-2-pro", steps=4))

    assert (raised.value.exit_code, raised.value.outcome) == (2, "not_sent")
