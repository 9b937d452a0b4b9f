"""A contact sheet of the pictures of a run, drawn when all of them are made."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from togimg.display.words import usd
from togimg.errors import LocalError, TogimgError, UsageError, reason
from togimg.events import Drawn, Event, Failed, Finished, Noted, Saved
from togimg.naming import Name

if TYPE_CHECKING:
    from togimg.sheet import Tile
    from togimg.studio import Bench

NONE = "none"
_FORMS = ("png", "jpg", "jpeg")


def place(said: str | None, usual: Path | None = None) -> Path | None:
    """The file that a sheet becomes: what was said, or the usual one; None for no sheet.

    Raises:
        UsageError: it is no name of a picture.
    """
    if said is None or said == NONE:
        return None if said else usual
    path = Path(said).expanduser()
    if path.suffix.lower().removeprefix(".") not in _FORMS:
        raise UsageError(f"--sheet {said} is no name of a sheet", hint="end it with .png or .jpg")
    return path


def check(path: Path) -> None:
    """Makes sure, before anything is paid, that a sheet can be put there; leaves nothing.

    Raises:
        LocalError: it cannot.
    """
    try:
        nearest = next((folder for folder in path.parents if folder.exists()), path.parent)
        for name in (path, nearest / path.name):
            with suppress(FileNotFoundError):
                name.lstat()
        tempfile.TemporaryFile(dir=nearest).close()
    except OSError as error:
        raise LocalError(
            f"cannot write {path}: {reason(error)}", hint="name another place with --sheet"
        ) from error


def sheeted(
    events: Iterable[Event], path: Path, bench: "Bench", title: str | None = None
) -> Iterator[Event]:
    """The events; before the last one the pages are drawn, unless the run was stopped.

    `title` is what to call pictures that have not one prompt.
    """
    seen: list[Saved | Failed] = []
    for event in events:
        if isinstance(event, (Saved, Failed)):
            seen.append(event)
        if isinstance(event, Finished) and event.made and not bench.halt.signal:
            yield from _pages(sorted(seen, key=lambda one: one.index or 0), path, bench, title)
        yield event


def _pages(
    seen: list[Saved | Failed], path: Path, bench: "Bench", title: str | None
) -> Iterator[Event]:
    from togimg.sheet import sheets

    extension = path.suffix.removeprefix(".")
    first, second = heads(seen, title, bench.started)
    pages = sheets(
        tiles(seen),
        title=first,
        subtitle=second,
        form="png" if extension.lower() == "png" else "jpeg",
    )
    try:
        for number, data in enumerate(pages, 1):
            name = path.stem if number == 1 else f"{path.stem}-{number}"
            with bench.storage.reserve(
                path.parent,
                Name((), (name,)),
                index=number,
                on_exists="unique",
                extension=extension,
            ) as reserved:
                yield Drawn(str(reserved.put(data, extension)), number)
    except (OSError, TogimgError) as error:
        why = getattr(error, "message", None) or reason(error)
        yield Noted(f"no contact sheet in {path}: {why}", "the pictures are in their place")


def heads(seen: Sequence[Saved | Failed], title: str | None, started: datetime) -> tuple[str, str]:
    """The title of a sheet, and the line under it: how many, of what, when and for how much.

    The title is the prompt that all have, or else the one given, or how many pictures there are.
    """
    made = [event for event in seen if isinstance(event, Saved)]
    asked = "1 picture" if len(seen) == 1 else f"{len(seen)} pictures"
    count = asked if len(made) == len(seen) else f"{len(made)} of {asked}"
    prompts = {event.prompt for event in seen}
    first = (prompts.pop() if len(prompts) == 1 else None) or title or count
    counted = [] if first == count or len(seen) == 1 else [count]
    models = {(event.model or "").rpartition("/")[2] for event in made}
    model = [models.pop()] if len(models) == 1 else []
    costs = [event.cost for event in made]
    total = None if None in costs else sum(filter(None, costs))
    return first, " · ".join([*counted, *model, f"{started:%Y-%m-%d}", usd(total)])


def tiles(seen: Sequence[Saved | Failed]) -> "list[Tile]":
    """A tile for each; a prompt is written under them when neither title nor labels say it."""
    folder = os.path.commonpath(
        [Path(event.path).absolute().parent for event in seen if isinstance(event, Saved)]
    )
    told = len({event.axes.get("prompt") for event in seen})
    worded = len({event.prompt for event in seen}) > told
    return [_tile(event, folder, event.prompt if worded else None) for event in seen]


def _tile(event: Saved | Failed, folder: str, prompt: str | None) -> "Tile":
    from togimg.sheet import Tile, caption

    row = event.id or ""
    # A row without an id is called by its line.
    line = (f"row {row}",) if row.isdecimal() else ()
    tile = Tile(
        path=None,
        labels=tuple(event.axes.items()),
        name="" if line else row,
        prompt=prompt or "",
        caption=line,
    )
    if isinstance(event, Failed):
        return replace(tile, missing=event.outcome.replace("_", " "))
    seed = None if "seed" in event.axes else event.seed
    return replace(
        tile,
        path=Path(event.path),
        file=os.path.relpath(event.path, folder),
        caption=(*line, *caption(seed, event.cost)),
    )
