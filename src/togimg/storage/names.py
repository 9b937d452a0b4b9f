"""Which names of a folder are taken, by pictures or by those who have reserved them."""

import os
from collections.abc import Iterator
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


def highest(folder: Path, name: Name) -> int:
    """The highest number of this name in the folder, counting what others have reserved."""
    try:
        files = os.listdir(folder)  # noqa: PTH208  names are enough
    except OSError:
        return 0
    return max((number for file in files if (number := _number(name, file))), default=0)


def _number(name: Name, file: str) -> int | None:
    return name.number_in(placeholders.stem_of(file) or file.rpartition(".")[0])
