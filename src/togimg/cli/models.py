"""togimg models: what can be used, what each model takes, what it costs."""

import json
import sys
from dataclasses import asdict, fields
from typing import Annotated, Any

import typer

from togimg import catalogue, settings
from togimg.catalogue import Model
from togimg.cli.flags import ServiceFlags
from togimg.cli.showing import is_live
from togimg.cli.workshop import connect
from togimg.display import tables, words
from togimg.errors import OK, UsageError
from togimg.pacing import Halt
from togimg.retry import Pause

EXAMPLES = (
    "togimg models",
    "togimg models kontext-pro",
    "togimg models --live",
    "togimg models --json | jq -r 'select(.price_unit == \"image\" and .price < 0.01) | .id'",
)
_HEADERS = ("name", "price", "edits", "sizes", "status")


def models(
    name: Annotated[
        str | None, typer.Argument(help="One model: an alias or a full id.", show_default=False)
    ] = None,
    *,
    service: ServiceFlags,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the service what it lists now; needs the key.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the models that were retired.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")] = False,
) -> int:
    """Look up the models: what each takes, and what it costs."""
    service.check()
    found = _chosen(name, everything=everything)
    listing = _listing(service) if live else None
    rows = [_object(model, listing) for model in found]
    if listing is not None and name is None:
        known = {model.id for model in catalogue.models()}
        rows += [_stranger(entry) for entry in listing.values() if _is_new(entry, known)]
    if as_json:
        for row in rows:
            print(json.dumps(row))
    elif name:
        tables.record(_details(found[0], rows[0]), drawn=is_live(sys.stdout))
    else:
        _overview(rows, live=live)
    return OK


def _chosen(name: str | None, *, everything: bool) -> tuple[Model, ...]:
    if name is None:
        return tuple(model for model in catalogue.models() if model.usable or everything)
    model = catalogue.find(name)
    if model:
        return (model,)
    near = catalogue.suggest(name)
    raise UsageError(
        f"{name} is not in the catalogue",
        hint=f"did you mean {' or '.join(near)}?" if near else "see all of it: togimg models",
    )


def _listing(service: ServiceFlags) -> dict[str, dict[str, Any]]:
    """What the service lists now, by id."""
    with connect(service, settings.config(), Halt()) as together:
        asking = together.models()
        while True:
            try:
                _say(next(asking))
            except StopIteration as answered:
                return {entry["id"]: entry for entry in answered.value}


def _say(pause: Pause) -> None:
    print(f"waiting {words.seconds(pause.seconds)}: {pause.reason}", file=sys.stderr)


def _object(model: Model, listing: dict[str, dict[str, Any]] | None) -> dict[str, Any]:
    """A model as JSON shows it; `live` is what the service lists, null when it was not asked."""
    known = asdict(model) | {"sizes": {tier: _sizes(sizes) for tier, sizes in model.sizes}}
    live = None if listing is None else model.id in listing
    pricing = (listing or {}).get(model.id, {}).get("pricing")
    return {"type": "model", **known, "live": live, "live_pricing": pricing}


def _stranger(entry: dict[str, Any]) -> dict[str, Any]:
    """A model that only the service lists: what the catalogue would say of it is null."""
    return {
        "type": "model",
        **dict.fromkeys(field.name for field in fields(Model)),
        "id": entry["id"],
        "name": entry.get("display_name") or entry["id"],
        "organization": entry.get("organization"),
        "aliases": [],
        "status": "not in the catalogue",
        "live": True,
        "live_pricing": entry.get("pricing"),
    }


def _is_new(entry: dict[str, Any], known: set[str]) -> bool:
    # Entries may lack a type: those of unknown kind that have an image price count as well.
    pricing = entry.get("pricing")
    priced = isinstance(pricing, dict) and (pricing.get("image") or pricing.get("image_pixel"))
    return entry["id"] not in known and bool(entry.get("type") == "image" or priced)


def _overview(rows: list[dict[str, Any]], *, live: bool) -> None:
    headers = (*_HEADERS, "live") if live else _HEADERS
    table = [[*_cells(row), _yes(row["live"])] if live else _cells(row) for row in rows]
    tables.table(headers, table, drawn=is_live(sys.stdout))
    dates = {row["priced_on"] for row in rows if row.get("priced_on")}
    if dates:
        print(f"prices are estimates in USD as of {max(dates)}", file=sys.stderr)
    if any(row["status"] == "delisted" for row in rows):
        print("delisted: no longer in the newest lists; may still work", file=sys.stderr)
    print("details: togimg models NAME", file=sys.stderr)


def _cells(row: dict[str, Any]) -> list[str]:
    aliases = row["aliases"]
    return [
        aliases[0] if aliases else row["id"],
        _price(row),
        {"no": "no", "unknown": "?"}.get(row["images"] or "unknown", "yes"),
        str(row["sizing"] or "?").replace("unknown", "?").replace("_", " "),
        row["status"],
    ]


def _details(model: Model, row: dict[str, Any]) -> list[tuple[str, str]]:
    sizes = [f"{tier}: {', '.join(sizes)}" for tier, sizes in row["sizes"].items()]
    pairs = [
        ("name", model.name),
        ("id", model.id),
        ("aliases", ", ".join(model.aliases)),
        ("by", model.organization),
        ("status", _status(model)),
        ("price", _price(row) + (f" (as of {model.priced_on})" if model.priced_on else "")),
        ("price note", model.price_note or ""),
        ("references", _references(model)),
        ("sizes", "; ".join(sizes) or _limits(model)),
        ("default steps", str(model.default_steps or "unknown")),
        *((parameter, answer) for parameter, answer in model.takes.items()),
        ("notes", model.notes or ""),
        ("listed now", "" if row["live"] is None else _yes(row["live"])),
        ("price now", json.dumps(row["live_pricing"]) if row["live_pricing"] else ""),
    ]
    return [(name, value) for name, value in pairs if value]


def _status(model: Model) -> str:
    if model.status != "retired":
        return model.status
    successor = catalogue.find(model.successor or "")
    instead = f"; use {successor.label}" if successor else ""
    return f"retired on {model.retired_on}{instead}"


def _references(model: Model) -> str:
    if model.images in {"no", "unknown"}:
        return model.images
    most = f", at most {model.max_images}" if model.max_images else ""
    return f"as {model.images}{most}"


def _limits(model: Model) -> str:
    if model.sizing == "aspect_ratio":
        return f"aspect ratio, for example {', '.join(model.aspect_ratios)}"
    known = {k: v for k, v in asdict(model.limits).items() if v is not None}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known.items())


def _price(row: dict[str, Any]) -> str:
    if row.get("price") is None:
        return "?"
    return f"${row['price']:g}/{'MP' if row['price_unit'] == 'megapixel' else row['price_unit']}"


def _sizes(sizes: tuple[Any, ...]) -> list[str]:
    return [f"{width}x{height}" for width, height in sizes]


def _yes(answer: object) -> str:
    return "yes" if answer else "no"
