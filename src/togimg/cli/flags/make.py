"""Everything that may be said of the pictures of one idea."""

from dataclasses import dataclass

from togimg.cli.flags.image import ImageFlags, PromptFlags
from togimg.cli.flags.run import RunFlags, ServiceFlags, ShowFlags
from togimg.cli.flags.save import SaveFlags
from togimg.cli.flags.vary import VaryFlags
from togimg.sweep import Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeFlags:
    """What to draw, where it goes, and how it runs."""

    prompt: PromptFlags
    image: ImageFlags
    vary: VaryFlags
    save: SaveFlags
    run: RunFlags
    service: ServiceFlags
    show: ShowFlags

    def axes(self) -> tuple[Axis, ...]:
        """What is varied.

        Raises:
            UsageError: axes that cannot be meant.
        """
        return self.vary.axes(self.image)
