"""A model is found by any of its names, and something near is suggested for any other."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.catalogue import Model, find, models, suggest, takes
from togimg.catalogue.sizes import Limits
from togimg.request import ImageRequest


def named(name: str) -> Model:
    model = find(name)
    assert model
    return model


def test_a_model_is_read_from_the_file_field_by_field() -> None:
    assert find("flux-2-pro") == Model(
        id="black-forest-labs/FLUX.2-pro",
        name="FLUX.2 [pro]",
        organization="Black Forest Labs",
        aliases=("flux-2-pro", "flux2-pro"),
        status="listed",
        takes={
            "steps": "no",
            "seed": "yes",
            "guidance_scale": "no",
            "negative_prompt": "no",
            "prompt_upsampling": "yes",
            "output_format": "yes",
            "image_loras": "no",
            "n": "yes",
            "disable_safety_checker": "yes",
        },
        sizing="width_height",
        limits=Limits(multiple_of=16, min_side=256, max_side=2048),
        images="reference_images",
        price=0.03,
        price_unit="image",
        price_note="the listing says: for text to image",
        priced_on="2026-08-17",
        notes=(
            "Rewrites the prompt unless told not to (--no-prompt-upsampling). Hosted by a partner."
        ),
    )


def test_a_model_can_be_a_key_and_a_plain_dictionary() -> None:
    model = named("nano-banana-pro")

    assert {model: 1}[model] == 1
    assert asdict(model)["tier_prices"] == {"4K": 0.24}


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("flux-schnell", "black-forest-labs/FLUX.1-schnell"),
        ("schnell", "black-forest-labs/FLUX.1-schnell"),
        ("FLUX.1-schnell", "black-forest-labs/FLUX.1-schnell"),
        ("BLACK-FOREST-LABS/flux.1-SCHNELL", "black-forest-labs/FLUX.1-schnell"),
        (" flux-2-dev ", "black-forest-labs/FLUX.2-dev"),
        ("flux-dev", "black-forest-labs/FLUX.1-dev"),
        ("flux-pro", "black-forest-labs/FLUX.1.1-pro"),
        ("FLUX.1-pro", "black-forest-labs/FLUX.1-pro"),
        ("kontext", "black-forest-labs/FLUX.1-kontext-pro"),
        ("black-forest-labs/FLUX.1-Kontext-dev", "black-forest-labs/FLUX.1-kontext-dev"),
        ("nano-banana", "google/flash-image-2.5"),
        ("nano-banana-pro", "google/gemini-3-pro-image"),
        ("gemini-3-pro-image", "google/gemini-3-pro-image"),
        ("nano-banana-2", "google/flash-image-3.1"),
        ("seedream-5", "ByteDance/Seedream-5.0-lite"),
        ("seedream-5-lite", "ByteDance/Seedream-5.0-lite"),
        ("seedream-4", "ByteDance-Seed/Seedream-4.0"),
        ("qwen-image-2-pro", "Qwen/Qwen-Image-2.0-Pro"),
        ("gpt-image-1.5", "openai/gpt-image-1.5"),
        ("ideogram-4", "ideogram/ideogram-4.0"),
        ("imagen-4", "google/imagen-4.0-preview"),
        ("wan-2.6", "Wan-AI/Wan2.6-image"),
        ("sdxl", "stabilityai/stable-diffusion-xl-base-1.0"),
        ("juggernaut-lightning", "Rundiffusion/Juggernaut-Lightning-Flux"),
        ("hidream", "HiDream-ai/HiDream-I1-Full"),
        ("grok-imagine", "xai/grok-imagine-image-pro"),
    ],
)
def test_a_model_is_found_by_alias_by_id_and_without_its_owner(name: str, identifier: str) -> None:
    assert named(name).id == identifier


@pytest.mark.parametrize("name", ["", "flux", "black-forest-labs/", "someone/flux-schnell"])
def test_a_name_that_is_no_model_is_not_found(name: str) -> None:
    assert find(name) is None


@given(st.sampled_from([(name, m) for m in models() for name in (m.id, *m.aliases)]))
def test_every_name_finds_its_model_in_any_case(name_of: tuple[str, Model]) -> None:
    name, model = name_of

    assert [find(name), find(name.upper()), find(name.lower())] == [model, model, model]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("flux-shnell", ("flux-schnell", "flux-kontext", "flux2-dev")),
        ("flux", ("FLUX.1-schnell", "FLUX.2-dev", "FLUX.2-pro")),
        ("banana", ("nano-banana", "nano-banana-2")),
        ("SEEDREEM", ("seedream", "seedream-4", "seedream-3")),
        ("midjourney", ("openjourney",)),
        ("dall-e-3", ()),
        ("f", ()),
        ("", ()),
    ],
)
def test_the_nearest_names_are_suggested(typed: str, names: tuple[str, ...]) -> None:
    assert suggest(typed) == names


def test_names_of_usable_models_are_suggested_before_retired_ones() -> None:
    suggested = [named(name).usable for name in suggest("kontxt-dev")]

    assert suggested == [True, True, False]


@given(st.text())
def test_any_text_gets_names_that_exist_or_none(text: str) -> None:
    names = suggest(text)

    assert len(names) <= 3
    assert all(find(name) for name in names)


def test_a_very_long_name_is_answered_at_once() -> None:
    assert suggest("x/" * 100_000) == ()


@pytest.mark.parametrize(
    ("model", "parameter", "support"),
    [
        ("flux-schnell", "steps", "yes"),
        ("flux-2-pro", "steps", "no"),
        ("flux-2-flex", "steps", "unknown"),
        ("nano-banana-pro", "seed", "no"),
        ("kontext", "images", "yes"),
        ("flux-1.1-pro", "images", "no"),
        ("qwen-image", "images", "unknown"),
        ("someone/new-model", "steps", "unknown"),
        (ImageRequest(model="flux-2-pro"), "steps", "no"),
        (ImageRequest(model="someone/new-model"), "steps", "unknown"),
        (ImageRequest(), "steps", "unknown"),
        (ImageRequest(model="schnell", params=(("model", "flux-2-pro"),)), "steps", "no"),
        (ImageRequest(model="schnell", params=(("model", 7),)), "steps", "unknown"),
        (models()[0], "negative_prompt", "yes"),
    ],
)
def test_what_a_model_takes_is_known_or_said_to_be_unknown(
    model: ImageRequest | Model | str, parameter: str, support: str
) -> None:
    assert takes(model, parameter) == support
