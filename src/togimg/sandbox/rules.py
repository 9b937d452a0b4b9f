"""What each model takes and refuses, as data, from docs, recordings and clients' reports."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from togimg.sandbox import wording

IMAGES = frozenset({"image_url", "reference_images"})
GUIDANCE = frozenset({"guidance_scale", "guidance"})
LORAS = frozenset({"image_loras"})
RATIO = frozenset({"aspect_ratio"})
SUPERSEDED = {"black-forest-labs/FLUX.1-pro": "black-forest-labs/FLUX.1.1-pro"}


@dataclass(frozen=True, slots=True)
class Rules:
    """One model's refusals, sizes and defaults.

    Attributes:
        sides: Least and greatest side in pixels, and what it must be a multiple of.
        pixels: Least and greatest area, where the area is limited.
        sizes: The only sizes taken, as (width, height); empty for any.
        size: Width and height when not said.
        steps: When not said.
        milliseconds: Whether `timings.inference` is in milliseconds, else in seconds.
        follows: Whether an edit has the proportions of its reference when no size is asked.
    """

    refuses: frozenset[str] = LORAS | RATIO | frozenset({"image_url"})
    sides: tuple[int, int, int] = (64, 2048, 8)
    pixels: tuple[int, int] | None = None
    sizes: tuple[tuple[int, int], ...] = ()
    size: tuple[int, int] = (1024, 1024)
    steps: int = 20
    milliseconds: bool = True
    follows: bool = False


# The docs' compatibility table: a dash there is a refusal here.
FLUX_1 = Rules(
    refuses=IMAGES | LORAS | GUIDANCE | {"prompt_upsampling"}, steps=4, milliseconds=False
)
KONTEXT = Rules(
    refuses=LORAS | GUIDANCE | {"reference_images", "negative_prompt", "prompt_upsampling"},
    steps=28, milliseconds=False, follows=True,
)  # fmt: skip
FLUX_2 = Rules(
    refuses=LORAS | RATIO | {"negative_prompt"}, sides=(256, 2048, 16), size=(1024, 768), steps=28
)
PARTNER = Rules()
STEPLESS = replace(PARTNER, refuses=PARTNER.refuses | {"steps"})
# HeyPuter/puter#2084 and vercel/ai#11939: no image_url, and no n, not even 1.
GEMINI = replace(STEPLESS, refuses=STEPLESS.refuses | {"n"})

GEMINI_3_SIZES = (
    "1024x1024 1264x848 848x1264 1200x896 896x1200 928x1152 1152x928 768x1376 1376x768 1584x672 "
    "2048x2048 2528x1696 1696x2528 2400x1792 1792x2400 1856x2304 2304x1856 1536x2752 2752x1536 "
    "3168x1344 4096x4096 5096x3392 3392x5096 4800x3584 3584x4800 3712x4608 4608x3712 3072x5504 "
    "5504x3072 6336x2688"
)
FLASH_25_SIZES = (
    "1024x1024 1248x832 832x1248 1184x864 864x1184 896x1152 1152x896 768x1344 1344x768 1536x672 "
    "672x1536"
)


def listed(sizes: str) -> tuple[tuple[int, int], ...]:
    """Sizes such as 1024x768, apart by blanks, as pairs."""
    pairs = (size.split("x") for size in sizes.split())
    return tuple((int(width), int(height)) for width, height in pairs)


MODELS: Mapping[str, Rules] = {
    "black-forest-labs/FLUX.1-schnell": FLUX_1,
    "black-forest-labs/FLUX.1.1-pro": replace(
        FLUX_1, refuses=FLUX_1.refuses | RATIO | {"steps"}, steps=25
    ),
    "black-forest-labs/FLUX.1-kontext-pro": KONTEXT,
    "black-forest-labs/FLUX.1-kontext-max": KONTEXT,
    # The API's own words of 2025-12-14 give dev other limits than its siblings have.
    "black-forest-labs/FLUX.2-dev": replace(
        FLUX_2, refuses=FLUX_2.refuses | {"image_url", "prompt_upsampling"}, sides=(512, 2048, 16)
    ),
    "black-forest-labs/FLUX.2-pro": replace(FLUX_2, refuses=FLUX_2.refuses | GUIDANCE | {"steps"}),
    "black-forest-labs/FLUX.2-flex": replace(
        FLUX_2, refuses=FLUX_2.refuses | {"prompt_upsampling"}
    ),
    "black-forest-labs/FLUX.2-max": replace(FLUX_2, steps=50),
    # vercel/ai#15035.
    "google/gemini-3-pro-image": replace(
        GEMINI,
        refuses=GEMINI.refuses | GUIDANCE | {"seed", "negative_prompt", "disable_safety_checker"},
        sizes=listed(GEMINI_3_SIZES),
    ),
    "google/flash-image-2.5": replace(GEMINI, sizes=listed(FLASH_25_SIZES)),
    "google/flash-image-3.1": GEMINI,
    "google/flash-image-3.1-lite": GEMINI,
    "openai/gpt-image-2": STEPLESS,
    "openai/gpt-image-1.5": STEPLESS,
    # Nutlope/easyedit, verified live 2026-07-23.
    "ByteDance/Seedream-5.0-lite": replace(
        STEPLESS, sides=(64, 8192, 8), pixels=(3_686_400, 10_404_496), size=(2048, 2048)
    ),
    "ByteDance-Seed/Seedream-4.0": STEPLESS,
    "ByteDance-Seed/Seedream-3.0": STEPLESS,
    "Qwen/Qwen-Image-2.0-Pro": STEPLESS,
    "Qwen/Qwen-Image-2.0": STEPLESS,
    "Qwen/Qwen-Image": STEPLESS,
    "Wan-AI/Wan2.6-image": STEPLESS,
    "ideogram/ideogram-4.0": STEPLESS,
    "ideogram/ideogram-3.0": STEPLESS,
    "prunaai/p-image-ideogram": STEPLESS,
    "RunDiffusion/Juggernaut-pro-flux": PARTNER,
    "Rundiffusion/Juggernaut-Lightning-Flux": PARTNER,
    "stabilityai/stable-diffusion-xl-base-1.0": PARTNER,
}

DEDICATED = frozenset({
    "black-forest-labs/FLUX.1-dev",
    "black-forest-labs/FLUX.1-dev-lora",
    "black-forest-labs/FLUX.1-krea-dev",
    "black-forest-labs/FLUX.1-kontext-dev",
})  # fmt: skip


def rules(model: str) -> tuple[str, Rules]:
    """The model that serves the request, and its rules; ids are case-sensitive.

    Raises:
        Refusal: The model is unknown, or retired.
    """
    serving = SUPERSEDED.get(model, model)
    if serving in MODELS:
        return serving, MODELS[serving]
    if model in DEDICATED:
        raise wording.not_serverless(model)
    if model == "google/imagen-4.0-preview":
        raise wording.invalid("model", "The model is not supported.")
    raise wording.unknown_model(model)


def check(asked: Mapping[str, Any], model: Rules) -> None:
    """Refuse what the model does not take at all.

    Raises:
        Refusal: It names the first such parameter.
    """
    for parameter in asked:
        if parameter in model.refuses:
            raise wording.unsupported(parameter)


def size(asked: Mapping[str, Any], model: Rules, natural: tuple[int, int]) -> tuple[int, int]:
    """Width and height of the picture in pixels; `natural` when the request says nothing.

    Raises:
        Refusal: The model does not make that size.
    """
    if "aspect_ratio" in asked and not {"width", "height"} & set(asked):
        return of_ratio(asked["aspect_ratio"])
    width = side(asked, "width", model.sides, natural[0])
    height = side(asked, "height", model.sides, natural[1])
    if model.sizes and (width, height) not in model.sizes:
        known = ", ".join(f"{wide}x{high}" for wide, high in model.sizes)
        raise wording.invalid("width", f"Supported dimensions are: {known}.")
    if model.pixels and not model.pixels[0] <= width * height <= model.pixels[1]:
        least, most = model.pixels
        raise wording.invalid("width", f"The total area must be between {least} and {most} pixels.")
    return width, height


def side(asked: Mapping[str, Any], name: str, limits: tuple[int, int, int], default: int) -> int:
    """One side in pixels, within the limits."""
    value = asked.get(name, default)
    least, most, multiple = limits
    if type(value) is int and (name not in asked or fits(value, limits)):
        return value
    raise wording.invalid(
        name,
        f"Image {name} must be an integer value between {least} and {most}, "
        f"in multiples of '{multiple}'.",
    )


def fits(value: int, limits: tuple[int, int, int]) -> bool:
    """Whether a side is within the limits."""
    least, most, multiple = limits
    return least <= value <= most and value % multiple == 0


def of_ratio(ratio: Any) -> tuple[int, int]:
    """About a megapixel in the ratio, sides in multiples of 16."""
    parts = ratio.split(":") if isinstance(ratio, str) else ()
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004
        raise wording.invalid("aspect_ratio", "Aspect ratio must be a string such as '16:9'.")
    wide, high = (int(part[:4]) for part in parts)
    if not (wide and high and 1 / 4 <= wide / high <= 4):  # noqa: PLR2004
        raise wording.invalid("aspect_ratio", "Aspect ratio must be between 1:4 and 4:1.")
    return about_a_megapixel(wide, high)


def about_a_megapixel(wide: int, high: int) -> tuple[int, int]:
    """The sides of a megapixel in the proportions given, in multiples of 16."""
    scale = (1024 * 1024 / (wide * high)) ** 0.5 / 16
    return max(4, round(wide * scale)) * 16, max(4, round(high * scale)) * 16
