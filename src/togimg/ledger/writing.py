"""Changes of the ledger's file: whoever comes first writes for all who wait, in one transaction."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from togimg.ledger.file import Opened

Make = Callable[[], Any]

_sync = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is to be carried out by `make`; `lasting` ones are to outlive a power cut.

    What becomes of it is put into `told`: what `make` returned, or the error.
    """

    make: Make
    lasting: bool = False
    told: SimpleQueue[Any] = field(default_factory=SimpleQueue)


class Writing:
    """Writes changes of a file in the order in which they come, for any number of threads.

    `fails` is told, once each time, of what could not be written; it must not raise.
    """

    def __init__(self, opened: Opened, fails: Callable[[Exception], None]) -> None:
        self._file = opened.connection
        self._wal = opened.wal
        self._fails = fails
        # Filled without the lock: a list that is swapped for another loses who comes meanwhile.
        self._waiting: deque[Change] = deque()
        self._lock = threading.Lock()

    def later(self, make: Make) -> None:
        """Leaves a change to whoever writes next, in this process."""
        self._waiting.append(Change(make))

    def write(self, make: Make, *, lasting: bool = False) -> Any:
        """Carries out a change, and those that wait; what `make` returned.

        It outlives this process when this returns, and when it is `lasting` a power cut as well.

        Raises:
            OSError, sqlite3.Error: none of those could be written.
        """
        change = Change(make, lasting)
        self._waiting.append(change)
        self._work_off()
        found = change.told.get()
        if isinstance(found, Exception):
            raise found
        return found

    def all(self) -> None:
        """Writes what waits."""
        with self.turn():
            pass

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The file for oneself, with everything in it that was to be written."""
        try:
            with self._lock:
                lasting = self._write()
                yield
        finally:
            self._tell(lasting)
            self._work_off()

    def _work_off(self) -> None:
        """Writes what waits, unless somebody is at it, who then writes that as well."""
        lasting: list[tuple[Change, Any]] = []
        while self._waiting and self._lock.acquire(blocking=False):
            try:
                lasting += self._write()
            finally:
                self._lock.release()
        self._tell(lasting)

    def _write(self) -> list[tuple[Change, Any]]:
        """Writes what waits, and tells whoever need not wait for the disk; the others."""
        changes = [self._waiting.popleft() for _ in range(len(self._waiting))]
        found: list[Any] = []
        try:
            if changes:
                self._file.execute("BEGIN IMMEDIATE")
                with self._file:
                    found = [change.make() for change in changes]
        except Exception as error:  # noqa: BLE001  those who wait would wait for ever
            self._fails(error)
            found = [error] * len(changes)
        done = list(zip(changes, found, strict=True))
        for change, outcome in done:
            if not change.lasting:
                change.told.put(outcome)
        return [one for one in done if one[0].lasting]

    def _tell(self, lasting: list[tuple[Change, Any]]) -> None:
        """Waits for the disk, without the lock: others go on writing meanwhile."""
        failure = self._synced() if lasting else None
        for change, found in lasting:
            change.told.put(failure or found)

    def _synced(self) -> OSError | None:
        try:
            if self._wal is not None:
                _sync(self._wal)
        except OSError as error:
            with self._lock:
                self._fails(error)
            return error
        return None
