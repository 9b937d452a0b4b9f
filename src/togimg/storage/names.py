"""Which names of a folder are taken, by pictures or by those who have reserved them."""

import os
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path

from togimg.naming import Name
from togimg.storage import placeholders

EXTENSIONS = ("jpg", "jpeg", "png", "webp", "gif", "avif")


def is_taken(folder: Path, stem: str, extension: str | None) -> bool:
    """Whether there is a file of this name; without an extension, with that of any picture."""
    return any(files_called(folder, stem, extension))


def files_called(folder: Path, stem: str, extension: str | None) -> Iterator[Path]:
    """The files of this name, links that lead nowhere too."""
    extensions = (extension,) if extension else EXTENSIONS
    # Text: to make six paths takes longer than to look for six files.
    bare = os.path.join(folder, stem)  # noqa: PTH118
    return (Path(path) for known in extensions if os.path.lexists(path := f"{bare}.{known}"))


class Listing:
    """The names that a folder held when it was listed, reserved ones too.

    Listed once and sorted: a run of many prompts asks for each prompt's numbers.
    """

    def __init__(self, folder: Path) -> None:
        try:
            files = os.listdir(folder)  # noqa: PTH208  names are enough
        except OSError:
            files = []
        stems = (placeholders.stem_of(file) or file.rpartition(".")[0] for file in files)
        self._stems = sorted(stems, key=_alike)

    def highest(self, name: Name) -> int:
        """The highest number that this name had; 0 when it had none."""
        numbers = map(name.number_in, self._beginning(name.parts[0]))
        return max(filter(None, numbers), default=0)

    def _beginning(self, part: str | int) -> Iterator[str]:
        text = _alike(part) if isinstance(part, str) else ""
        first = bisect_left(self._stems, text, key=_alike)
        rest = islice(self._stems, first, None)
        return takewhile(lambda stem: _alike(stem).startswith(text), rest)


def _alike(stem: str) -> str:
    """The same for names that some file systems take for the same."""
    return unicodedata.normalize("NFC", stem).lower()
