"""What can be wrong with a picture's place, and what is said of it."""

from pathlib import Path

from togimg.errors import LocalError


class NameTaken(LocalError):  # noqa: N818  says what is, as the outcomes do
    """The name is there already, under `--on-exists error` or `skip`.

    Attributes:
        path: The file that has the name.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} exists already",
            hint="choose another -o, or --on-exists unique, skip or overwrite",
        )
        self.path = path


class NotPlaced(LocalError):  # noqa: N818  says what is, as the outcomes do
    """A picture could not be written where it belongs.

    Attributes:
        kept: Where it was rescued; None when it is lost.
    """

    def __init__(self, message: str, kept: Path | None) -> None:
        hint = "make room, then: togimg rescue --to FOLDER" if kept else None
        super().__init__(f"{message}; {_whereabouts(kept)}", hint=hint, outcome="made")
        self.kept = kept


def _whereabouts(kept: Path | None) -> str:
    """What became of a picture that could not be written where it belongs."""
    return f"the picture is kept in {kept}" if kept else "the picture was billed and is lost"
