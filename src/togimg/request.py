"""What is asked, and where it goes: ImageRequest, Source, Lora, Target, Job.

`None` means "not said", and what was not said is not sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

OutputFormat = Literal["jpeg", "png"]
ResponseFormat = Literal["base64", "url"]
ImagesField = Literal["image_url", "reference_images"]
OnExists = Literal["unique", "error", "skip", "overwrite"]
Metadata = Literal["embed", "none"]

DEFAULT_NAME = "{slug}-{number:03}"

SHAPE = ("width", "height", "aspect_ratio")
"""The parameters that say the shape of a picture: whoever says one of them says all."""


@dataclass(frozen=True, slots=True)
class Source:
    """A reference picture as the user named it: a path, a URL, a `data:` URI, or `-`."""

    text: str

    @property
    def kind(self) -> Literal["path", "url", "data", "stdin"]:
        """Which of the four it is."""
        if self.text == "-":
            return "stdin"
        if self.text.startswith("data:"):
            return "data"
        return "url" if self.text.lower().startswith(("http://", "https://")) else "path"


@dataclass(frozen=True, slots=True)
class Lora:
    """A LoRA to apply: the address of its weights, and its strength."""

    path: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture to ask for, in the API's own words.

    `width` and `height` are pixels; `aspect_ratio` is `W:H`. `images` are the references, and
    `images_as` the parameter that carries them. `params` are `--param` pairs: they win.
    """

    prompt: str | None = None
    model: str | None = None
    width: int | None = None
    height: int | None = None
    aspect_ratio: str | None = None
    steps: int | None = None
    seed: int | None = None
    guidance_scale: float | None = None
    negative_prompt: str | None = None
    images: tuple[Source, ...] = ()
    images_as: ImagesField = "reference_images"
    loras: tuple[Lora, ...] = ()
    output_format: OutputFormat | None = None
    prompt_upsampling: bool | None = None
    disable_safety_checker: bool | None = None
    response_format: ResponseFormat | None = None
    params: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where a picture goes.

    `name` is a template without extension, inside `folder`; `extension` is the one the user
    wrote (`png`), or None to let the bytes decide. `folder` is None for stdout. `strict` makes
    a picture that is not what was asked a failure.
    """

    folder: Path | None
    name: str = DEFAULT_NAME
    extension: str | None = None
    on_exists: OnExists = "unique"
    metadata: Metadata = "embed"
    strict: bool = False


Columns = tuple[tuple[str, str], ...]
"""A row's own texts, each by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request and its place: job `index` (from 1) of a run started at `started` (Unix s).

    `chosen` names what togimg chose itself and may take back when the service refuses it
    (nothing was billed then): `model` when none was named, `seed` when none was said and the
    model is not known to take one. `said` is the request before the catalogue completed it.
    `axes` are the values by which it differs from the others of its sweep. `id` names its row in
    a jobs file, and `columns` are the row's own texts, for names. `mark` is its fingerprint, where
    that is known already.
    """

    index: int
    request: ImageRequest
    target: Target
    said: ImageRequest
    chosen: frozenset[str] = frozenset()
    axes: tuple[tuple[str, str], ...] = ()
    id: str | None = None
    columns: Columns = ()
    mark: str | None = field(default=None, compare=False)


def body(request: ImageRequest, images: Iterable[str] = ()) -> dict[str, Any]:
    """The JSON body of `POST /images/generations`: what was said, and nothing else.

    `images` are the references as the API takes them: URLs or `data:` URIs, in order.
    """
    pictures = list(images)
    said: dict[str, Any] = {
        "model": request.model,
        "prompt": request.prompt,
        "width": request.width,
        "height": request.height,
        "aspect_ratio": request.aspect_ratio,
        "steps": request.steps,
        "seed": request.seed,
        "guidance_scale": request.guidance_scale,
        "negative_prompt": request.negative_prompt,
        "image_loras": [{"path": lora.path, "scale": lora.scale} for lora in request.loras] or None,
        "output_format": request.output_format,
        "prompt_upsampling": request.prompt_upsampling,
        "disable_safety_checker": request.disable_safety_checker,
        "response_format": request.response_format,
    }
    if pictures:
        single = request.images_as == "image_url"
        said[request.images_as] = pictures[0] if single else pictures
    return {key: value for key, value in said.items() if value is not None} | dict(request.params)
