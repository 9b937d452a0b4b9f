"""What a ledger holds: intents go in, entries and sums come out."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from togimg.errors import Outcome

SANDBOX = "sandbox"
"""The service of a run with `--sandbox`: nothing of it is ever billed."""

LONGEST_PROMPT = 500
"""Characters of a prompt that stand beside the whole request."""

INSERT = """
    INSERT INTO requests
    (run, started, service, fingerprint, model, prompt, requested, folder, path, cost, batch, line)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A request that is about to be sent.

    `requested` is its body without pictures or key, `path` the file that it is to become, as
    far as that is known, and `cost` an estimate in USD. `line` names a row of the jobs file
    `batch`.
    """

    fingerprint: str
    requested: Mapping[str, Any]
    folder: Path | None
    path: Path | None
    cost: float | None
    batch: str | None = None
    line: str | None = None

    def row(self, run: str, service: str) -> tuple[object, ...]:
        """The values of its row, in the order of the ledger's columns."""
        sent = self.requested
        return (
            run,
            stamp(datetime.now(UTC)),
            service,
            self.fingerprint,
            text(sent.get("model")),
            text(sent.get("prompt"), LONGEST_PROMPT),
            json.dumps(sent),
            place(self.folder),
            place(self.path),
            0.0 if service == SANDBOX else self.cost,
            text(self.batch),
            text(self.line),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A request that was sent, or is in flight while its outcome is `intent`.

    `started` is ISO 8601 in UTC, `cost` an estimate in USD, `duration` seconds. `path` is where
    its first picture is, or was about to be put, and `sha256` the checksum of that file;
    `pictures` are the paths of all of them.
    """

    id: int
    started: str
    outcome: Outcome | Literal["intent"]
    prompt: str | None
    model: str | None
    path: str | None
    folder: str | None
    cost: float | None
    duration: float | None
    request_id: str | None
    sha256: str | None
    error: str | None
    service: str
    fingerprint: str
    requested: Mapping[str, Any]
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier request: its outcome, and the path and checksum of each of its pictures.

    What went to standard output has no path.
    """

    outcome: Outcome | Literal["intent"]
    pictures: tuple[tuple[Path | None, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What was spent on one `key` (a day, a model, a folder; None for what has none).

    `cost` is the estimate in USD of the requests that `made` a picture, `unpriced` those of them
    whose price is not known. `doubtful` requests may have been billed, for `doubtful_cost`.
    """

    by: Literal["day", "model", "folder", "total"]
    key: str | None
    made: int
    cost: float
    unpriced: int
    doubtful: int
    doubtful_cost: float


_canonical = json.JSONEncoder(sort_keys=True).encode


def fingerprint(body: Mapping[str, Any]) -> str:
    """The same for the same request: the checksum of its body, without how the answer travels.

    The body has checksums in place of its references.
    """
    said = {key: value for key, value in body.items() if key != "response_format"}
    return hashlib.sha256(_canonical(said).encode()).hexdigest()


def entry(row: Mapping[str, Any], pictures: Sequence[tuple[Path | None, str]]) -> Entry:
    """The entry in a row of the ledger, with the path and checksum of each of its pictures."""
    paths = {name: row[name] and os.fsdecode(row[name]) for name in ("folder", "path")}
    there = tuple(str(path) for path, _ in pictures if path)
    if there:
        paths["path"] = there[0]
    return Entry(
        **{**row, **paths, "requested": json.loads(row["requested"])},
        sha256=pictures[0][1] if pictures else None,
        pictures=there,
    )


def stamp(moment: datetime) -> str:
    """A moment as the ledger writes it: such texts are in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def place(path: Path | None) -> str | bytes | None:
    """A path as the ledger writes it: good in every folder, and as bytes when it is no text.

    Standard output, `-`, is no place.
    """
    if path is None or str(path) == "-":
        return None
    written = os.fsencode(path)
    # Not `Path.absolute`, three times as slow. The current folder may be gone.
    if not os.path.isabs(written):  # noqa: PTH117
        with suppress(FileNotFoundError):
            here = os.getcwdb()  # noqa: PTH109
            written = here if written == b"." else os.path.join(here, written)  # noqa: PTH118
    try:
        return written.decode()
    except UnicodeDecodeError:
        return written


def text(value: object, longest: int | None = None) -> str | None:
    """A text as the ledger takes it; None for anything else."""
    if not isinstance(value, str):
        return None
    # Half a surrogate pair, from an argument that is no UTF-8, is no text for SQLite.
    return value[:longest].encode(errors="backslashreplace").decode()
