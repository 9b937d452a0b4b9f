"""What did not work, as a jobs file that can be run as it is."""

import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from togimg import batch
from togimg.batch import RESERVED
from togimg.errors import LocalError, reason
from togimg.events import Event, Failed, Finished, Noted
from togimg.request import Job
from togimg.roll import Listed, Roll

LONGEST_LOOK = 64 * 1024
"""Bytes of a file's beginning by which one is known that may be written anew."""


def check(path: Path) -> None:
    """Refuses to write over what is no list of failures.

    Raises:
        LocalError: saying what is there.
    """
    try:
        with path.open("rb") as there:
            first = there.read(LONGEST_LOOK).partition(b"\n")[0]
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot_write(path, error) from error
    if first and not all(f'"{name}"'.encode() in first for name in RESERVED):
        raise LocalError(
            f"{path} is there, and is no list of failures", hint="name another with --failures"
        )


def kept(events: Iterable[Event], path: Path, roll: Roll) -> Iterator[Event]:
    """The events; before the last one, every job that failed is written to the file."""
    for event in events:
        if isinstance(event, Failed) and event.index is not None:
            roll.fail(event.index, event.outcome, _reason(event))
        if isinstance(event, Finished):
            try:
                _write(path, roll)
            except OSError as error:
                failure = _cannot_write(path, error)
                yield Noted(failure.message, failure.hint)
        yield event


def _reason(event: Failed) -> str:
    """Why a job failed; of one that another's error kept back, without what that may have cost."""
    error = event.error
    if event.outcome != "not_sent" or error.outcome == "not_sent":
        return error.message
    return f"not sent: {(error.last or error).message}"


def again(events: Iterable[Event], listed: Path | None, roll: Roll) -> Iterator[Event]:
    """The events of a run with --force, whose rest a run without it may take for made.

    `listed` is the file that this rest is written to.
    """
    older = False
    for event in events:
        if isinstance(event, Failed) and event.index is not None:
            older = older or roll.state(event.index) == "made"
        if isinstance(event, Finished) and event.next and older:
            how = (
                f"togimg batch {shlex.quote(str(listed))} --force makes the rest alone"
                if listed
                else "with --failures FILE the rest would be a jobs file by itself"
            )
            yield Noted("some of what is left has an older picture: only --force makes it", how)
            yield replace(event, next=None)
        else:
            yield event


def _write(path: Path, roll: Roll) -> None:
    """The whole file in one step, so that a run that is killed leaves the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.togimg")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            for listed in roll.listed("outcome IS NOT NULL"):
                file.write(f"{line(listed)}\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def line(listed: Listed) -> str:
    """A job and what became of it, as a line of JSON that asks for the same again."""
    job = listed.job
    columns = dict(job.columns)
    return batch.failure_line(
        _said(job) | {"prompt": batch.escaped(job.request.prompt or "", columns) or None},
        id=job.id,
        columns=columns,
        reason=listed.reason or "",
        outcome=listed.outcome or "not_sent",
    )


def _said(job: Job) -> dict[str, Any]:
    """The flags that ask for this job, and for no other."""
    said, target = job.said, job.target
    name = f"{target.name}.{target.extension}" if target.extension else target.name
    values = {
        "model": said.model,
        "width": said.width,
        "height": said.height,
        "aspect_ratio": said.aspect_ratio,
        "steps": said.steps,
        "seed": job.request.seed,
        "guidance_scale": said.guidance_scale,
        "negative_prompt": said.negative_prompt,
        "image": [source.text for source in said.images] or None,
        "lora": [f"{lora.path}:{lora.scale}" for lora in said.loras] or None,
        "output_format": said.output_format,
        "prompt_upsampling": said.prompt_upsampling,
        "disable_safety_checker": said.disable_safety_checker,
        "response_format": said.response_format,
        "param": dict(said.params) or None,
        "output": f"{target.folder}/",
        "name": name,
        "on_exists": target.on_exists,
        "metadata": target.metadata,
        "strict": target.strict or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _cannot_write(path: Path, error: OSError) -> LocalError:
    return LocalError(
        f"cannot write {path}: {reason(error)}", hint="name another file with --failures"
    )
