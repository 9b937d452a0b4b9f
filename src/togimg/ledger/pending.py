"""An entry of the ledger whose outcome is still to come."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from togimg.errors import Outcome
from togimg.ledger import entries

_ANSWERED = "UPDATE requests SET request_id = ?, error = ? WHERE id = ? AND run = ?"
_PLACING = """
    INSERT OR REPLACE INTO pictures
    SELECT id, ?, ?, ? FROM requests WHERE id = ? AND run = ?
"""
_CLOSE = """
    UPDATE requests SET outcome = ?, error = ?, request_id = ?, duration = ?
    WHERE id = ? AND run = ?
"""


class Changes(Protocol):
    """Whatever carries out changes of the ledger's file."""

    def change(self, statement: str, values: tuple[object, ...], *, soon: bool) -> None:
        """Carries out a change: `soon`, or before this returns."""


class Pending:
    """An entry whose outcome is still to come; without a ledger nothing is written anywhere."""

    def __init__(
        self, ledger: Changes | None = None, entry: int | None = None, run: str = ""
    ) -> None:
        self._ledger = ledger
        self._key = (entry, run)
        self._began = time.monotonic()

    def answered(self, request_id: str | None, links: Iterable[str]) -> None:
        """Writes down behind which links the pictures are, so that they can be fetched by hand."""
        found = ", ".join(links)
        if self._ledger and found:
            note = f"answered, to be fetched from {found}"
            told = entries.text(request_id), entries.text(note)
            self._ledger.change(_ANSWERED, (*told, *self._key), soon=False)

    def placing(self, number: int, path: Path, sha256: str) -> None:
        """Writes down which file picture `number` of the answer is about to become, or became."""
        if self._ledger:
            values = (number, entries.place(path), sha256, *self._key)
            self._ledger.change(_PLACING, values, soon=False)

    def close(
        self, outcome: Outcome, *, error: str | None = None, request_id: str | None = None
    ) -> None:
        """Writes down what became of the request."""
        if self._ledger:
            took = round(time.monotonic() - self._began, 3)
            told = entries.text(error), entries.text(request_id)
            # What is made, its file says as well, should this process be killed before.
            soon = outcome == "made"
            self._ledger.change(_CLOSE, (outcome, *told, took, *self._key), soon=soon)
