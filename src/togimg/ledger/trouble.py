"""What is said of a ledger that cannot be kept, and what is done with one that is broken."""

from pathlib import Path

from togimg.errors import reason
from togimg.events import Noted
from togimg.ledger import file
from togimg.ledger.file import Opened


def noted(error: Exception, folder: Path, opened: Opened) -> Noted:
    """The note on an error of the ledger in this folder; a broken one is set aside."""
    where = folder / file.NAME
    if not file.is_broken(error):
        message = f"the history cannot be kept: {reason(error)}"
        return Noted(message, f"look at {where}: some requests may be missing there")
    opened.connection.close()
    try:
        aside = file.retire(folder, opened.identity)
    except OSError as failure:
        return Noted("the history is broken", f"move {where} away: {reason(failure)}")
    return Noted("the history is broken: the next run begins a new one", kept(aside))


def kept(aside: Path | None) -> str | None:
    """Where a broken ledger was put, if it was."""
    return f"the broken one is kept as {aside}" if aside else None
