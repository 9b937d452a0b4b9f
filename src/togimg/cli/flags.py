"""Every flag, once, in frozen groups; each group turns itself into values of the middle."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from togimg import naming
from togimg.cli import said
from togimg.errors import UsageError
from togimg.request import (
    DEFAULT_NAME,
    ImageRequest,
    Metadata,
    OnExists,
    OutputFormat,
    ResponseFormat,
    Source,
    Target,
)

SHAPES = {"square": "1:1", "landscape": "3:2", "portrait": "2:3"}

_DRAW = "What to draw"
_SAVE = "Where it goes"
_RUN = "How it runs"


def _flag(panel: str, *names: str, help: str, env: bool = True, **more: Any) -> Any:  # noqa: A002
    variable = "TOGIMG_" + names[0].partition("/")[0].lstrip("-").replace("-", "_").upper()
    return typer.Option(
        *names,
        help=help,
        rich_help_panel=panel,
        envvar=variable if env else None,
        show_envvar=False,
        show_default=False,
        **more,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFlags:
    """The prompt: as text, from a file, or from stdin."""

    prompt: Annotated[
        str | None,
        typer.Argument(help="What to draw; - reads it from stdin.", show_default=False),
    ] = None
    prompt_file: Annotated[
        Path | None,
        _flag(_DRAW, "--prompt-file", help="Read the prompt from this file.", env=False),
    ] = None

    def text(self) -> str | None:
        """The prompt, or None when there is none; two of them are an error."""
        if self.prompt is not None and self.prompt_file:
            raise UsageError("a prompt and --prompt-file", hint="give one of the two")
        if self.prompt == "-" or str(self.prompt_file) == "-":
            return sys.stdin.read().strip()
        if self.prompt_file:
            return said.file_text(self.prompt_file).strip()
        return self.prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFlags:
    """What to ask of the API."""

    model: Annotated[
        str | None, _flag(_DRAW, "--model", "-m", help="Model: an alias or a full id.")
    ] = None
    count: Annotated[int | None, _flag(_DRAW, "--count", "-n", help="How many pictures.")] = None
    size: Annotated[
        str | None,
        _flag(_DRAW, "--size", help="WIDTHxHEIGHT, or square, landscape, portrait."),
    ] = None
    width: Annotated[int | None, _flag(_DRAW, "--width", help="Width in pixels.")] = None
    height: Annotated[int | None, _flag(_DRAW, "--height", help="Height in pixels.")] = None
    aspect_ratio: Annotated[
        str | None, _flag(_DRAW, "--aspect-ratio", help="Shape as W:H, for example 16:9.")
    ] = None
    steps: Annotated[
        int | None, _flag(_DRAW, "--steps", help="Generation steps; more are finer and slower.")
    ] = None
    seed: Annotated[
        int | None,
        _flag(_DRAW, "--seed", help="Seed of the first picture; the next ones count up."),
    ] = None
    guidance_scale: Annotated[
        float | None,
        _flag(_DRAW, "--guidance-scale", help="How closely to follow the prompt."),
    ] = None
    negative_prompt: Annotated[
        str | None, _flag(_DRAW, "--negative-prompt", help="What should not be in the picture.")
    ] = None
    image: Annotated[
        list[str] | None,
        _flag(
            _DRAW,
            "--image",
            "--image-url",
            help="Reference picture: path, URL, data: URI or -; repeatable.",
            env=False,
        ),
    ] = None
    lora: Annotated[
        list[str] | None,
        _flag(_DRAW, "--lora", help="LoRA as PATH or PATH:SCALE; repeatable.", env=False),
    ] = None
    output_format: Annotated[
        OutputFormat | None,
        _flag(_DRAW, "--output-format", help="What to ask of the API; follows -o."),
    ] = None
    prompt_upsampling: Annotated[
        bool | None,
        _flag(
            _DRAW,
            "--prompt-upsampling/--no-prompt-upsampling",
            help="Let the model rewrite the prompt, or not.",
        ),
    ] = None
    disable_safety_checker: Annotated[
        bool, _flag(_DRAW, "--disable-safety-checker", help="Ask for no safety check.")
    ] = False
    response_format: Annotated[
        ResponseFormat,
        _flag(_DRAW, "--response-format", help="How pictures come: base64 (default) or url."),
    ] = "base64"
    param: Annotated[
        list[str] | None,
        _flag(
            _DRAW,
            "--param",
            help="KEY=VALUE, anything else the API takes; VALUE may be JSON; repeatable.",
            env=False,
        ),
    ] = None
    lenient: Annotated[
        bool, _flag(_DRAW, "--lenient", help="Leave out what the model is known to refuse.")
    ] = False

    def request(self, prompt: str | None) -> ImageRequest:
        """What was said, as a request; what was not said is None.

        Raises:
            UsageError: a value that cannot be meant.
        """
        width, height, aspect_ratio = self._shape()
        said.at_least(1, steps=self.steps, count=self.count, width=width, height=height)
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

    def _shape(self) -> tuple[int | None, int | None, str | None]:
        shapes = {
            "--size": self.size,
            "--aspect-ratio": self.aspect_ratio,
            "--width and --height": self.width or self.height,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFlags:
    """Where pictures go."""

    output: Annotated[
        str | None,
        _flag(
            _SAVE,
            "--output",
            "-o",
            help="Folder, file name, template with {fields}, or - for stdout; default: here.",
        ),
    ] = None
    name: Annotated[
        str | None,
        _flag(_SAVE, "--name", help="File name template; default {slug}-{number:03}."),
    ] = None
    on_exists: Annotated[
        OnExists,
        _flag(_SAVE, "--on-exists", help="When a name is taken; default unique: the next free."),
    ] = "unique"
    metadata: Annotated[
        Metadata,
        _flag(_SAVE, "--metadata", help="Keep the recipe inside the file (embed) or not (none)."),
    ] = "embed"
    strict: Annotated[
        bool,
        _flag(_SAVE, "--strict", help="Fail when a picture is not what was asked; it is kept."),
    ] = False

    def target(self, count: int) -> Target:
        """The place that was said, for `count` pictures.

        Raises:
            UsageError: a place or template that cannot be meant.
        """
        if self.output == "-":
            return self._stdout(count)
        folder, name, extension = said.place(self.output or "./")
        if name and self.name:
            raise UsageError(
                "-o names a file and --name another", hint="with --name, let -o be a folder"
            )
        name = name or self.name or DEFAULT_NAME
        if extension is None and self.name:
            name, extension = said.split_extension(name)
        naming.check(name)
        if count > 1 and not any(f"{{{f}" in name for f in ("number", "index", "seed")):
            name += naming.NUMBERED
        return Target(folder, name, extension, self.on_exists)

    def _stdout(self, count: int) -> Target:
        if count > 1:
            raise UsageError("-o - takes one picture", hint="leave -n out, or use -o FOLDER")
        if self.name:
            raise UsageError("-o - has no file name", hint="leave --name out")
        return Target(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFlags:
    """Which service to ask, and how patiently."""

    timeout: Annotated[
        float, _flag(_RUN, "--timeout", help="Seconds for one request; default 300.")
    ] = 300.0
    retries: Annotated[int, _flag(_RUN, "--retries", help="Tries after the first; default 4.")] = 4
    base_url: Annotated[
        str | None,
        _flag(_RUN, "--base-url", help="Another server (also TOGETHER_BASE_URL)."),
    ] = None
    insecure_http: Annotated[
        bool, _flag(_RUN, "--insecure-http", help="Allow plain http to another machine.")
    ] = False
    sandbox: Annotated[
        bool, _flag(_RUN, "--sandbox", help="Use the built-in emulator: no key, no cost.")
    ] = False

    def check(self) -> None:
        """Refuses what cannot be meant."""
        said.at_least(0, retries=self.retries)
        if not self.timeout > 0:
            raise UsageError("--timeout must be more than 0 seconds")
        if self.sandbox and self.base_url:
            raise UsageError("--sandbox and --base-url contradict", hint="give one of the two")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFlags:
    """How a run goes about its jobs."""

    jobs: Annotated[int, _flag(_RUN, "--jobs", "-j", help="Requests in flight; default 4.")] = 4
    max_time: Annotated[
        float | None, _flag(_RUN, "--max-time", help="Seconds for the whole run.")
    ] = None
    dry_run: Annotated[
        bool, _flag(_RUN, "--dry-run", help="Show what would be sent; no key, no network.")
    ] = False
    curl: Annotated[
        bool, _flag(_RUN, "--curl", help="With --dry-run: as curl commands, without the key.")
    ] = False

    def check(self) -> None:
        """Refuses what cannot be meant."""
        said.at_least(1, jobs=self.jobs)
        if self.max_time is not None and not self.max_time > 0:
            raise UsageError("--max-time must be more than 0 seconds")
        if self.curl and not self.dry_run:
            raise UsageError("--curl shows what would be sent", hint="add --dry-run")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFlags:
    """How much is said, and in which form."""

    as_json: Annotated[bool, _flag(_RUN, "--json", help="JSON Lines on stdout.")] = False
    quiet: Annotated[
        bool, _flag(_RUN, "--quiet", "-q", help="Say nothing unless something failed.")
    ] = False
    verbose: Annotated[
        bool, _flag(_RUN, "--verbose", "-v", help="Say what was sent and what came back.")
    ] = False

    def check(self, *, to_stdout: bool = False) -> None:
        """Refuses what cannot be meant; `to_stdout` when pictures themselves go to stdout."""
        if self.as_json and to_stdout:
            raise UsageError("--json and -o - both want stdout", hint="give -o a file name")
        if to_stdout and sys.stdout.isatty():
            raise UsageError("stdout is a terminal", hint="redirect it: togimg … -o - > fox.jpg")
