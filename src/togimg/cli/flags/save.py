"""Where pictures go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from togimg import naming
from togimg.cli import said
from togimg.cli.flags.flag import SAVE, flag
from togimg.errors import UsageError
from togimg.request import DEFAULT_NAME, Metadata, OnExists, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFlags:
    """Where pictures go."""

    output: Annotated[
        str | None,
        flag(
            SAVE,
            "--output",
            "-o",
            help="Folder, file name, template with {fields}, or - for stdout; default: here.",
        ),
    ] = None
    name: Annotated[
        str | None,
        flag(SAVE, "--name", help="File name template; default {slug}-{number:03}."),
    ] = None
    on_exists: Annotated[
        OnExists,
        flag(SAVE, "--on-exists", help="When a name is taken; default unique: the next free."),
    ] = "unique"
    metadata: Annotated[
        Metadata,
        flag(SAVE, "--metadata", help="Keep the recipe inside the file (embed) or not (none)."),
    ] = "embed"
    strict: Annotated[
        bool,
        flag(SAVE, "--strict", help="Fail when a picture is not what was asked; it is kept."),
    ] = False

    def target(
        self,
        count: int,
        usual: str = DEFAULT_NAME,
        *,
        seeds: bool = True,
        columns: Iterable[str] = (),
    ) -> Target:
        """The place that was said, for `count` pictures; `usual` is the name when none was.

        `seeds` when each picture has a seed of its own, which can tell it from the others;
        `columns` are fields of names besides the usual ones.

        Raises:
            UsageError: a place or template that cannot be meant.
        """
        if self.output == "-":
            return self._stdout(count)
        folder, name, extension = said.place(self.output or "./")
        if name and self.name:
            raise UsageError(
                "-o names a file and --name another", hint="with --name, let -o be a folder"
            )
        name = name or self.name or usual
        if extension is None and self.name:
            name, extension = said.split_extension(name)
        naming.check(name, columns)
        own = ("number", "index", "seed") if seeds else ("number", "index")
        if count > 1 and not any(f"{{{field}" in name for field in own):
            name += naming.NUMBERED
        return Target(folder, name, extension, self.on_exists, self.metadata, self.strict)

    def _stdout(self, count: int) -> Target:
        if count > 1:
            raise UsageError(
                "-o - takes one picture", hint="leave -n and --vary out, or use -o FOLDER"
            )
        if self.name:
            raise UsageError("-o - has no file name", hint="leave --name out")
        return Target(None, metadata=self.metadata, strict=self.strict)
