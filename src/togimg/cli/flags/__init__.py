"""Every flag, once, in frozen groups; each group turns itself into values of the middle."""

from togimg.cli.flags.image import SHAPES, ImageFlags, PromptFlags
from togimg.cli.flags.make import MakeFlags
from togimg.cli.flags.run import RunFlags, ServiceFlags, ShowFlags
from togimg.cli.flags.save import SaveFlags
from togimg.cli.flags.vary import VaryFlags

__all__ = [
    "SHAPES",
    "ImageFlags",
    "MakeFlags",
    "PromptFlags",
    "RunFlags",
    "SaveFlags",
    "ServiceFlags",
    "ShowFlags",
    "VaryFlags",
]
