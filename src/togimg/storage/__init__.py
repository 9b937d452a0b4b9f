"""Numbered files that are reserved before anything is paid, and appear whole or not at all.

A name is reserved by a hidden placeholder beside it, made with exclusive create and locked while
its process lives. The picture is written into the placeholder, synced, and takes its name in one
step that never replaces. A picture that cannot take its name goes to the rescue folder.
"""

import contextlib
import os
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

from togimg.errors import LocalError, reason
from togimg.naming import Name
from togimg.request import OnExists
from togimg.storage import names, placeholders
from togimg.storage.trouble import NameTaken, NotPlaced

__all__ = ["NameTaken", "NotPlaced", "Place", "Storage"]


REMEMBERED = 1000
"""Names, those used last, whose next number is known: of others it is looked for."""


class Storage:
    """Hands out names in output folders, to any number of threads and processes.

    Leave it with `with`: names that are still reserved then are given back.

    `rescues` are folders, best first, for pictures that cannot be written where they belong.
    `recovered` are the files there that hold what killed processes had written.
    """

    def __init__(self, rescues: Iterable[Path]) -> None:
        self.rescues = tuple(rescues)
        self._lock = threading.Lock()
        self._next: dict[tuple[Path, Name], int] = {}
        self._listings: dict[Path, names.Listing] = {}
        self._swept: set[Path] = set()
        self._open_places: set[Place] = set()
        self.recovered: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for place in tuple(self._open_places):
            place.release()

    def reserve(
        self, folder: Path, name: Name, *, index: int, on_exists: OnExists, extension: str | None
    ) -> "Place":
        """A name of its own for one picture, made sure of before anything is sent.

        With `unique` numbers go on from the highest in the folder; otherwise a numbered name
        has the picture's `index`.

        Raises:
            NameTaken: under `error` and `skip`.
            LocalError: the folder cannot be made or written.
        """
        if name.folders:
            folder = folder.joinpath(*name.folders)
        with _said_plainly(f"cannot write in {folder}"):
            if folder not in self._swept:
                folder.mkdir(parents=True, exist_ok=True)
                self.sweep(folder)
            if on_exists == "unique":
                return self._next_free(folder, name, extension)
            return self._fixed(folder, name, name.at(index), on_exists, extension)

    def preview(self, folder: Path, name: Name, *, index: int, on_exists: OnExists) -> Path:
        """The path, without extension, that `reserve` would begin with; touches nothing."""
        folder = folder.joinpath(*name.folders)
        if on_exists != "unique" or not (name.numbered or names.is_taken(folder, name.at(0), None)):
            return folder / name.at(index)
        name = name.with_number()
        with self._lock:
            return folder / name.at(self._listing(folder).highest(name) + index)

    def rescue(self, data: bytes, file: str) -> Path | None:
        """Keeps a picture in the first rescue folder that takes it; None when none does."""
        for folder in self.rescues:
            with contextlib.suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                if not _is_ours(folder):
                    continue
                stem, _, extension = file.rpartition(".")
                with self._next_free(folder, Name((), (stem, "-", 3)), extension) as place:
                    return place.put(data, extension)
        return None

    def _next_free(self, folder: Path, name: Name, extension: str | None) -> "Place":
        if not name.numbered:
            place = self._claim(folder, name, name.at(0))
            if place and not names.is_taken(folder, place.stem, extension):
                return place
            if place:
                place.release()
            name = name.with_number()
        while True:
            place = self._claim(folder, name, name.at(self._next_number(folder, name)))
            if place and not names.is_taken(folder, place.stem, None):
                return place
            if place:
                place.release()

    def _next_number(self, folder: Path, name: Name) -> int:
        with self._lock:
            number = self._next.pop((folder, name), None)
            if number is None:
                number = self._listing(folder).highest(name) + 1
            self._next[folder, name] = number + 1
            if len(self._next) > REMEMBERED:
                del self._next[next(iter(self._next))]
            return number

    def _listing(self, folder: Path) -> names.Listing:
        if folder not in self._listings:
            self._listings[folder] = names.Listing(folder)
        return self._listings[folder]

    def _fixed(
        self, folder: Path, name: Name, stem: str, on_exists: OnExists, extension: str | None
    ) -> "Place":
        place = self._claim(folder, name, stem, on_exists)
        if not place:
            raise LocalError(
                f"another togimg is making {folder / stem} right now",
                hint="wait for it, or choose another -o",
            )
        for there in (
            names.files_called(folder, stem, extension) if on_exists != "overwrite" else ()
        ):
            place.release()
            raise NameTaken(there)
        return place

    def _claim(
        self, folder: Path, name: Name, stem: str, on_exists: OnExists = "unique"
    ) -> "Place | None":
        placeholder = placeholders.path_for(folder, stem)
        descriptor = self._open(placeholder)
        if descriptor is None:
            return None
        place = Place(
            self, name, placeholder, descriptor, folder=folder, stem=stem, on_exists=on_exists
        )
        self._open_places.add(place)
        return place

    def _open(self, placeholder: Path) -> int | None:
        """A locked descriptor of this placeholder, or None while another process has it."""
        descriptor = placeholders.claim(placeholder)
        return self._reclaim(placeholder) if descriptor is None else descriptor

    def _reclaim(self, placeholder: Path) -> int | None:
        """Takes over the placeholder of a dead process; bytes that it left are rescued first."""
        taken = placeholders.take_over(placeholder)
        if taken is None:
            return None
        descriptor, left = taken
        stem = placeholders.stem_of(placeholder.name)
        kept = self.rescue(left, f"{stem}.unfinished") if left else None
        if kept:
            self.recovered.append(kept)
        elif left:
            os.close(descriptor)
            return None
        return descriptor

    def sweep(self, folder: Path) -> None:
        """Removes, once a run, what killed processes left in the folder."""
        with self._lock:
            if folder in self._swept:
                return
            files = os.listdir(folder)  # noqa: PTH208  names are enough
            self._swept.add(folder)
        for file in files:
            if placeholders.stem_of(file):
                descriptor = self._reclaim(folder / file)
                if descriptor is not None:
                    placeholders.give_up(folder / file, descriptor)


class Place:
    """A reserved name. Leave it with `with`: what is not used is given back."""

    def __init__(
        self,
        storage: Storage,
        name: Name,
        placeholder: Path,
        descriptor: int,
        *,
        folder: Path,
        stem: str,
        on_exists: OnExists,
    ) -> None:
        self._storage = storage
        self._name = name
        self._placeholder = placeholder
        self._descriptor: int | None = descriptor
        self._on_exists = on_exists
        self.folder = folder
        self.stem = stem

    def path(self, extension: str) -> Path:
        """The file that the reserved name becomes."""
        return self.folder / f"{self.stem}.{extension}"

    def publish(self, data: bytes, extension: str) -> Path:
        """Puts a whole picture under the reserved name, or the next free one, never over another.

        A second picture, of the same reply, gets the next free name.

        Raises:
            NotPlaced: it could not be written; the message says where it was rescued.
        """
        try:
            return self.put(data, extension)
        except OSError as error:
            kept = self._storage.rescue(data, f"{self.stem}.{extension}")
            message = f"cannot write {self.path(extension)}: {reason(error)}"
            raise NotPlaced(message, kept) from error

    def put(self, data: bytes, extension: str) -> Path:
        """Like `publish`, without the rescue: raises OSError."""
        if self._descriptor is None:
            return self._put_beside(data, extension)
        placeholders.write(self._descriptor, data)
        path = self.path(extension)
        try:
            if self._on_exists == "overwrite":
                self._placeholder.replace(path)
            else:
                placeholders.become(self._placeholder, path)
        except FileExistsError:
            path = self._put_beside(data, extension)
            self.release()
        else:
            self._close()
        return path

    def _put_beside(self, data: bytes, extension: str) -> Path:
        with self._storage._next_free(self.folder, self._name, None) as other:  # noqa: SLF001
            return other.put(data, extension)

    def release(self) -> None:
        """Gives the name back; a picture that was put stays."""
        if self._descriptor is not None:
            placeholders.remove(self._placeholder, self._descriptor)
        self._close()

    def _close(self) -> None:
        self._storage._open_places.discard(self)  # noqa: SLF001
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.release()


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have planted the folder, as anybody can below /tmp."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and (sys.platform == "win32" or found.st_uid == os.geteuid())


@contextlib.contextmanager
def _said_plainly(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # Making a folder where a file is says "file exists", which is not what is wrong.
        why = "it is no folder" if isinstance(error, FileExistsError) else reason(error)
        raise LocalError(
            f"{what}: {why}", hint="choose a folder that can be written with -o"
        ) from error
