"""What to make of a jobs file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from togimg.batch import Format
from togimg.cli.flags.flag import DRAW, flag
from togimg.errors import UsageError

if TYPE_CHECKING:
    from togimg.roll import Shard

LOT = "What to make of the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFlags:
    """The jobs file, and which of its jobs are wanted."""

    file: Annotated[
        str | None,
        typer.Argument(help="Jobs: .txt, .csv, .tsv or .jsonl; - reads stdin.", show_default=False),
    ] = None
    prompt: Annotated[
        str | None,
        flag(DRAW, "--prompt", help="Prompt of rows that have none; may have {columns} in it."),
    ] = None
    format: Annotated[
        Format | None, flag(LOT, "--format", help="What the file is, if its name does not tell.")
    ] = None
    status: Annotated[
        bool, flag(LOT, "--status", help="Show what is made and what would be; send nothing.")
    ] = False
    force: Annotated[
        bool, flag(LOT, "--force", help="Make all of it, also what is made already.", env=False)
    ] = False
    skip_unknown: Annotated[
        bool,
        flag(LOT, "--skip-unknown", help="Leave out what may have been billed, without a picture."),
    ] = False
    failures: Annotated[
        Path | None,
        flag(LOT, "--failures", help="Write what did not work here, as a jobs file (.jsonl)."),
    ] = None
    shard: Annotated[
        str | None, flag(LOT, "--shard", help="K/N: only share K of N, by fingerprint.")
    ] = None
    example: Annotated[
        Literal["csv", "jsonl", "txt"] | None,
        flag(LOT, "--example", help="Print a jobs file that works, and leave.", env=False),
    ] = None

    def check(self) -> None:
        """Refuses what cannot be meant."""
        if self.file is None:
            raise UsageError("no jobs file", hint="begin with one: togimg batch --example csv")
        if self.failures and self.failures.suffix.lower() not in {".jsonl", ".ndjson"}:
            raise UsageError(
                f"--failures {self.failures} is no name of a jobs file", hint="end it with .jsonl"
            )
        if self.force and self.status:
            raise UsageError("--status and --force contradict", hint="give one of the two")

    @property
    def share(self) -> "Shard":
        """The share of the jobs that is wanted.

        Raises:
            UsageError: the text names none.
        """
        from togimg.roll import Shard

        found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", self.shard or "1/1")
        number, count = map(int, found.groups()) if found else (0, 0)
        if not 1 <= number <= count:
            raise UsageError(
                f"--shard {self.shard} is no share", hint="write K/N with K from 1 to N"
            )
        return Shard(number, count)
