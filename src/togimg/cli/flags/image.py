"""What to ask of the API: the prompt, and everything about the picture."""

import sys
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from togimg.cli import said
from togimg.cli.flags.flag import DRAW, flag
from togimg.errors import UsageError
from togimg.request import ImageRequest, OutputFormat, ResponseFormat, Source

if TYPE_CHECKING:
    from togimg.expand import Lines

SHAPES = {"square": "1:1", "landscape": "3:2", "portrait": "2:3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFlags:
    """The prompt: as text, from a file, or from stdin."""

    prompt: Annotated[
        str | None,
        typer.Argument(help="What to draw; - reads it from stdin.", show_default=False),
    ] = None
    prompt_file: Annotated[
        Path | None,
        flag(DRAW, "--prompt-file", help="Read the prompt from this file.", env=False),
    ] = None

    def text(self) -> str | None:
        """The prompt, or None when there is none; two of them are an error."""
        if self.prompt is not None and self.prompt_file:
            raise UsageError("a prompt and --prompt-file", hint="give one of the two")
        if self.prompt == "-" or str(self.prompt_file) == "-":
            return said.text(sys.stdin.buffer.read(), "the prompt on stdin").strip()
        if self.prompt_file:
            return said.file_text(self.prompt_file).strip()
        return self.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFlags:
    """What to ask of the API."""

    model: Annotated[
        str | None, flag(DRAW, "--model", "-m", help="Model: an alias or a full id.")
    ] = None
    count: Annotated[int | None, flag(DRAW, "--count", "-n", help="How many pictures.")] = None
    size: Annotated[
        str | None,
        flag(DRAW, "--size", help="WIDTHxHEIGHT, or square, landscape, portrait."),
    ] = None
    width: Annotated[int | None, flag(DRAW, "--width", help="Width in pixels.")] = None
    height: Annotated[int | None, flag(DRAW, "--height", help="Height in pixels.")] = None
    aspect_ratio: Annotated[
        str | None, flag(DRAW, "--aspect-ratio", help="Shape as W:H, for example 16:9.")
    ] = None
    steps: Annotated[
        int | None, flag(DRAW, "--steps", help="Generation steps; more are finer and slower.")
    ] = None
    seed: Annotated[
        int | None,
        flag(DRAW, "--seed", help="Seed of the first picture; the next ones count up."),
    ] = None
    guidance_scale: Annotated[
        float | None,
        flag(DRAW, "--guidance-scale", help="How closely to follow the prompt."),
    ] = None
    negative_prompt: Annotated[
        str | None, flag(DRAW, "--negative-prompt", help="What should not be in the picture.")
    ] = None
    image: Annotated[
        list[str] | None,
        flag(
            DRAW,
            "--image",
            "--image-url",
            help="Reference picture: path, URL, data: URI or -; repeatable.",
            env=False,
        ),
    ] = None
    lora: Annotated[
        list[str] | None,
        flag(DRAW, "--lora", help="LoRA as PATH or PATH:SCALE; repeatable.", env=False),
    ] = None
    output_format: Annotated[
        OutputFormat | None,
        flag(DRAW, "--output-format", help="What to ask of the API; follows -o."),
    ] = None
    prompt_upsampling: Annotated[
        bool | None,
        flag(
            DRAW,
            "--prompt-upsampling/--no-prompt-upsampling",
            help="Let the model rewrite the prompt, or not.",
        ),
    ] = None
    disable_safety_checker: Annotated[
        bool, flag(DRAW, "--disable-safety-checker", help="Ask for no safety check.")
    ] = False
    response_format: Annotated[
        ResponseFormat,
        flag(DRAW, "--response-format", help="How pictures come: base64 (default) or url."),
    ] = "base64"
    param: Annotated[
        list[str] | None,
        flag(
            DRAW,
            "--param",
            help="KEY=VALUE, anything else the API takes; VALUE may be JSON; repeatable.",
            env=False,
        ),
    ] = None
    expand: Annotated[
        bool,
        flag(
            DRAW, "--expand", help="Choose from {red|blue} and __colors__ in the prompt, by seed."
        ),
    ] = False
    wildcards: Annotated[
        Path,
        flag(DRAW, "--wildcards", help="Folder of colors.txt and the like; default wildcards."),
    ] = Path("wildcards")
    lenient: Annotated[
        bool, flag(DRAW, "--lenient", help="Leave out what the model is known to refuse.")
    ] = False

    def request(self, prompt: str | None) -> ImageRequest:
        """What was said, as a request; what was not said is None.

        Raises:
            UsageError: a value that cannot be meant.
        """
        said.not_empty(model=[self.model], image=self.image or (), lora=self.lora or ())
        width, height, aspect_ratio = self._shape()
        said.at_least(1, steps=self.steps, count=self.count, width=width, height=height)
        if self.guidance_scale is not None:
            said.finite("guidance-scale", self.guidance_scale)
        return ImageRequest(
            prompt=prompt,
            model=self.model,
            width=width,
            height=height,
            aspect_ratio=aspect_ratio,
            steps=self.steps,
            seed=self.seed,
            guidance_scale=self.guidance_scale,
            negative_prompt=self.negative_prompt,
            images=tuple(map(Source, self.image or ())),
            loras=tuple(map(said.lora, self.lora or ())),
            output_format=self.output_format,
            prompt_upsampling=self.prompt_upsampling,
            disable_safety_checker=self.disable_safety_checker or None,
            response_format=self.response_format,
            params=tuple(map(said.param, self.param or ())),
        )

    def lines(self) -> "Lines | None":
        """What wildcards in the prompt stand for; None when it is to stay as it is."""
        return cache(partial(said.wildcard, self.wildcards)) if self.expand else None

    def _shape(self) -> tuple[int | None, int | None, str | None]:
        shapes = {
            "--size": self.size,
            "--aspect-ratio": self.aspect_ratio,
            "--width or --height": self.width or self.height,
        }
        names = [name for name, value in shapes.items() if value is not None]
        if len(names) > 1:
            raise UsageError(f"{' and '.join(names[:2])} contradict", hint="give one of the two")
        if self.aspect_ratio is not None:
            return None, None, said.aspect_ratio(self.aspect_ratio)
        if self.size is None:
            return self.width, self.height, None
        if self.size.lower() in SHAPES:
            return None, None, SHAPES[self.size.lower()]
        return *said.size(self.size), None
