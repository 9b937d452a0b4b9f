"""What killed processes left on the disk goes to its place, if the ledger knows that."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from togimg.errors import LocalError
from togimg.events import Noted
from togimg.ledger import Ledger
from togimg.storage import Storage, rescued
from togimg.storage.rescued import Rescued


def recover(
    storage: Storage, ledger: Ledger | None, folders: Iterable[Path] = ()
) -> Iterator[Noted]:
    """Says what became of everything that was found; these folders are looked into first."""
    for folder in folders:
        with suppress(OSError):
            storage.sweep(folder)
    while storage.recovered:
        kept = storage.recovered.pop()
        placed = _placed(kept, storage, ledger) if ledger else None
        if placed:
            yield Noted(f"a run that was killed had made {placed}: it is in its place now")
        else:
            yield Noted(
                f"a run that was killed left a picture, or a part of one: it is kept in {kept}",
                hint="togimg rescue",
            )


def _placed(kept: Path, storage: Storage, ledger: Ledger) -> Path | None:
    """Where the picture is now; None when the ledger does not know these bytes as a picture."""
    data = kept.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    meant = ledger.place_of(sha256)
    if meant is None:
        return None
    one = Rescued(kept, len(data), datetime.now(UTC))
    try:
        placed = rescued.place(one, data, meant.suffix.removeprefix("."), meant.parent, storage)
    except LocalError:
        placed = None
    ledger.moved(sha256, placed or kept)
    return placed
