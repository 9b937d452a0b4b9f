"""The entries of GET /v1/models: shapes and oddities as recorded in 2026."""

from typing import Any

Entry = dict[str, Any]

NO_CONFIG: Entry = {
    "chat_template": None,
    "stop": [],
    "bos_token": None,
    "eos_token": None,
}


def listing() -> list[Entry]:
    """All entries: pictures by megapixel and by picture, and models of other kinds."""
    return [
        *(chat(model, name) for model, name in CHAT.items()),
        *(by_megapixel(model, *told) for model, told in BY_MEGAPIXEL.items()),
        *(by_picture(model, *told) for model, told in BY_PICTURE.items()),
        *older(),
    ]


def entry(model: str, kind: str, name: str, organization: str) -> Entry:
    """What every entry of 2026-08 has; `running` is false on every model of pictures."""
    return {
        "id": model,
        "object": "model",
        "created": 0,
        "type": kind,
        "running": False,
        "display_name": name,
        "organization": organization,
        "link": None,
        "license": None,
        "context_length": 0,
        "config": NO_CONFIG,
    }


def pricing(image: Any = 0, image_pixel: Any = 0, tokens: float = 0) -> Entry:
    """The prices of an entry; those that do not apply are 0."""
    return {
        "hourly": 0,
        "input": tokens,
        "output": tokens,
        "base": 0,
        "finetune": 0,
        "image_pixel": image_pixel,
        "image": image,
    }


def by_megapixel(model: str, name: str, organization: str, price: float, min_steps: int) -> Entry:
    """A model that is paid by the megapixel."""
    scheme = {"price_per_megapixel": price, "min_steps": min_steps}
    return entry(model, "image", name, organization) | {"pricing": pricing(image_pixel=scheme)}


def by_picture(model: str, name: str, organization: str, price: float, words: str) -> Entry:
    """A model that is paid by the picture: an example price, and what it is an example of."""
    scheme = {"example_price": price, "example_description": words}
    return entry(model, "image", name, organization) | {"pricing": pricing(image=scheme)}


def chat(model: str, name: str) -> Entry:
    """A model that makes no pictures."""
    told = entry(model, "chat", name, model.partition("/")[0])
    return told | {"context_length": 131_072, "pricing": pricing(tokens=0.88)}


def older() -> list[Entry]:
    """Entries without `type`, organization or prices of pictures, as 163 of 271 on 2026-03-20."""
    return [
        {
            "id": "Wan-AI/Wan2.6-image",
            "object": "model",
            "created": 0,
            "running": False,
            "display_name": "Wan 2.6 Image",
            "pricing": {"hourly": 0, "input": 0, "output": 0, "base": 0, "finetune": 0},
        },
        {"id": "openai/whisper-large-v3", "object": "model", "created": 0, "running": False},
    ]


CHAT = {
    "meta-llama/Llama-3.3-70B-Instruct-Turbo": "Meta Llama 3.3 70B Instruct Turbo",
    "Qwen/Qwen2.5-7B-Instruct-Turbo": "Qwen2.5 7B Instruct Turbo",
}
BFL = "Black Forest Labs"
BY_MEGAPIXEL = {
    "black-forest-labs/FLUX.1-schnell": ("FLUX.1 Schnell", BFL, 0.0027, 4),
    "black-forest-labs/FLUX.1.1-pro": ("FLUX1.1 [pro]", BFL, 0.04, 0),
    "black-forest-labs/FLUX.1-kontext-pro": ("FLUX.1 Kontext [pro]", BFL, 0.04, 0),
    "black-forest-labs/FLUX.1-kontext-max": ("FLUX.1 Kontext [max]", BFL, 0.08, 0),
    "black-forest-labs/FLUX.2-max": ("FLUX.2 [max]", BFL, 0.07, 50),
}
BY_PICTURE = {
    "black-forest-labs/FLUX.2-dev": ("FLUX.2 [dev]", BFL, 0.0154, "starting price per image"),
    "black-forest-labs/FLUX.2-pro": ("FLUX.2 [pro]", BFL, 0.03, "per text-to-image image"),
    "black-forest-labs/FLUX.2-flex": ("FLUX.2 [flex]", BFL, 0.03, "per text-to-image"),
    "google/flash-image-2.5": ("Gemini Flash Image 2.5", "Google", 0.039, "per image"),
    "google/gemini-3-pro-image": ("Gemini 3 Pro Image", "Google", 0.134, "1080p and 2K"),
    "ByteDance/Seedream-5.0-lite": ("Seedream 5.0 Lite", "ByteDance", 0.035, "per image"),
    "openai/gpt-image-2": ("GPT Image 2", "OpenAI", 0.053, "0.006 - 0.165 by size and quality"),
}
