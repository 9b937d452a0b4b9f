"""togimg show: how a picture was made, as a table, as JSON, or as the command that repeats it."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from togimg import recipe
from togimg.cli.kept import any_recipe_in
from togimg.cli.showing import is_live
from togimg.display import tables, words
from togimg.errors import OK, UsageError
from togimg.recipe import Recipe

EXAMPLES = (
    "togimg show fox.jpg",
    "togimg show out/*.jpg --json",
    "togimg show fox.jpg --command",
    "togimg show fox.jpg --command | sh",
)


def show(
    pictures: Annotated[
        list[Path], typer.Argument(help="Pictures to look into.", show_default=False)
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines on stdout.")] = False,
    command: Annotated[
        bool, typer.Option("--command", help="The shell line that makes the picture again.")
    ] = False,
) -> int:
    """Show how a picture was made, or the command that makes it again."""
    if as_json and command:
        raise UsageError("--json and --command contradict", hint="give one of the two")
    code = OK
    for number, path in enumerate(pictures):
        try:
            kept = any_recipe_in(path)
        except UsageError as error:
            print(*words.problem(error), sep="\n", file=sys.stderr)
            code = error.exit_code
            continue
        if as_json:
            recipe_fields = json.loads(recipe.dump(kept))
            print(json.dumps({"type": "recipe", "path": str(path), **recipe_fields}))
        elif command:
            print(recipe.shell_command(kept))
            _warn(path, kept)
        else:
            if number:
                print()
            tables.record(_pairs(path, kept), drawn=is_live(sys.stdout))
    return code


def _warn(path: Path, kept: Recipe) -> None:
    """Says which references the command cannot bring along."""
    for image in kept.images:
        if image == "-" or image in recipe.lost(kept):
            what = "on stdin" if image == "-" else "in a data: URI"
            note = f"note: {path} was made from a picture {what}: give it again"
            print(words.visible(note), file=sys.stderr)


def _pairs(path: Path, kept: Recipe) -> list[tuple[str, str]]:
    sent = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in kept.request.items()
    }
    rest = {name: value for name, value in sent.items() if name not in {"prompt", "model", "seed"}}
    return [
        ("file", str(path)),
        *((name, sent[name]) for name in ("prompt", "model", "seed") if name in sent),
        ("picture", f"{kept.width}x{kept.height}"),
        *rest.items(),
        *(("image", image) for image in kept.images),
        *((("request id", kept.request_id),) if kept.request_id else ()),
        *((("created", kept.created),) if kept.created else ()),
        *((("made by", f"togimg {kept.version}"),) if kept.version else ()),
    ]
