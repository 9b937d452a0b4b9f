"""A contact sheet of the pictures of a run, drawn when all of them are made."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from togimg.display.words import usd
from togimg.errors import TogimgError, UsageError
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


def sheeted(events: Iterable[Event], path: Path, bench: "Bench") -> Iterator[Event]:
    """The events; before the last one the pages are drawn, unless the run was stopped."""
    seen: list[Saved | Failed] = []
    for event in events:
        if isinstance(event, (Saved, Failed)):
            seen.append(event)
        if isinstance(event, Finished) and event.made and not bench.halt.signal:
            yield from _pages(sorted(seen, key=lambda one: one.index or 0), path, bench)
        yield event


def _pages(seen: list[Saved | Failed], path: Path, bench: "Bench") -> Iterator[Event]:
    from togimg.sheet import sheets

    extension = path.suffix.removeprefix(".")
    pages = sheets(
        [_tile(event) for event in seen],
        title=_title(seen),
        subtitle=_subtitle(seen, bench.started),
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
        reason = getattr(error, "message", None) or str(error).lower()
        yield Noted(f"no contact sheet in {path}: {reason}", "the pictures are in their place")


def _tile(event: Saved | Failed) -> "Tile":
    from togimg.sheet import Tile, caption

    labels = tuple(event.axes.items())
    if isinstance(event, Saved):
        return Tile(path=Path(event.path), labels=labels, caption=caption(event.seed, event.cost))
    return Tile(path=None, labels=labels, caption=(), missing=event.outcome.replace("_", " "))


def _title(seen: list[Saved | Failed]) -> str:
    prompts = {event.prompt for event in seen}
    return prompts.pop() or "" if len(prompts) == 1 else f"{len(seen)} pictures"


def _subtitle(seen: list[Saved | Failed], started: datetime) -> str:
    made = [event for event in seen if isinstance(event, Saved)]
    models = {(event.model or "").rpartition("/")[2] for event in made}
    costs = [event.cost for event in made]
    total = None if None in costs else sum(filter(None, costs))
    said = [models.pop()] if len(models) == 1 else []
    return " · ".join([*said, f"{started:%Y-%m-%d}", usd(total)])
