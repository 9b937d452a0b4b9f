"""togimg rescue: the pictures that could not be written where they belong, and their way there."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from togimg import recipe, settings, stamp
from togimg.cli.showing import is_live
from togimg.display import tables, words
from togimg.errors import OK, PARTIAL, LocalError, TogimgError, UsageError, reason
from togimg.storage import Storage, rescued
from togimg.storage.rescued import Rescued

EXAMPLES = (
    "togimg rescue",
    "togimg rescue --to out/",
    "togimg rescue --to out/ --discard-broken",
    "togimg rescue --json",
)


def rescue(
    *,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Place them in this folder, under free names."),
    ] = None,
    discard_broken: Annotated[
        bool,
        typer.Option("--discard-broken", help="With --to: delete what is no whole picture."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")] = False,
) -> int:
    """List the pictures that could not be written where they belong, or place them."""
    if discard_broken and not to:
        raise UsageError("--discard-broken goes with --to", hint="look first: togimg rescue")
    with Storage(settings.rescue_folders()) as storage:
        found = _found(storage)
        if to:
            return _place_all(found, to, storage, discard_broken=discard_broken, as_json=as_json)
        _list(list(found), as_json=as_json)
    return OK


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a rescue folder, and what it holds; no extension when it is no whole picture."""

    file: Rescued
    data: bytes
    extension: str | None
    prompt: str | None
    model: str | None


def _found(storage: Storage) -> Iterator[Found]:
    """What is there, one by one: a picture may take as much memory as it likes."""
    for one in rescued.listed(storage):
        try:
            data = one.path.read_bytes()
        except OSError as error:
            _say(f"note: cannot read {one.path}: {reason(error)}")
            continue
        yield Found(one, data, _extension(one, data), *_asked(data))


def _extension(one: Rescued, data: bytes) -> str | None:
    if not one.unfinished:
        return one.path.suffix.removeprefix(".") or None
    from togimg import pictures

    try:
        return pictures.check(data).extension
    except TogimgError:
        return None


def _asked(data: bytes) -> tuple[str | None, str | None]:
    """The prompt and the model of the recipe inside, if there is one."""
    try:
        kept = stamp.read(data).recipe
        request = recipe.load(kept).request if kept else {}
    except TogimgError:
        return None, None
    prompt, model = request.get("prompt"), request.get("model")
    return prompt if isinstance(prompt, str) else None, model if isinstance(model, str) else None


def _list(found: list[Found], *, as_json: bool) -> None:
    if as_json:
        for one in found:
            print(json.dumps(_object(one)))
    elif found:
        tables.table(
            ("file", "size", "saved", "model", "prompt"),
            [
                (
                    str(one.file.path),
                    words.size(one.file.size) if one.extension else "broken",
                    one.file.saved.strftime("%Y-%m-%d %H:%M"),
                    (one.model or "").rpartition("/")[2],
                    words.brief(one.prompt),
                )
                for one in found
            ],
            drawn=is_live(sys.stdout),
        )
        _say("hint: togimg rescue --to FOLDER places them")
    else:
        _say("nothing had to be rescued")


def _place_all(
    found: Iterator[Found], folder: Path, storage: Storage, *, discard_broken: bool, as_json: bool
) -> int:
    """Places what is whole; the first that cannot be placed ends it, for the next would not be."""
    placed = 0
    for one in found:
        if not one.extension:
            _leave_or_discard(one, discard=discard_broken, as_json=as_json)
            continue
        try:
            path = rescued.place(one.file, one.data, one.extension, folder, storage)
        except LocalError as error:
            if not placed:
                raise
            for line in words.problem(error):
                _say(line)
            return PARTIAL
        if path:
            placed += 1
            _remember(one, path)
            _result(str(path), one, as_json=as_json)
    return OK


def _remember(one: Found, path: Path) -> None:
    """Tells the ledger, if there is one, where the picture is now."""
    from togimg import ledger

    folder = settings.state_folder()
    if folder and ledger.exists(folder):
        with contextlib.suppress(LocalError), ledger.Ledger(folder) as opened:
            opened.moved(hashlib.sha256(one.data).hexdigest(), path)


def _leave_or_discard(one: Found, *, discard: bool, as_json: bool) -> None:
    if discard:
        one.file.path.unlink(missing_ok=True)
    what = "is deleted" if discard else "stays there; --discard-broken deletes it"
    _say(f"note: {one.file.path} is no whole picture and {what}")
    if as_json:
        print(json.dumps(_object(one)), flush=True)


def _result(path: str, one: Found, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_object(one, placed=path)), flush=True)
    else:
        print(words.visible(path) if sys.stdout.isatty() else path, flush=True)


def _object(one: Found, placed: str | None = None) -> dict[str, Any]:
    return {
        "type": "rescued",
        "path": str(one.file.path),
        "bytes": one.file.size,
        "saved": one.file.saved.isoformat(timespec="seconds"),
        "whole": one.extension is not None,
        "prompt": one.prompt,
        "model": one.model,
        "placed": placed,
    }


def _say(line: str) -> None:
    print(words.visible(line), file=sys.stderr)
