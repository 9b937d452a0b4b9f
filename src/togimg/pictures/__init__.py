"""The only user of Pillow for single pictures.

`replies` checks and converts what came, `references` makes ready what is sent, `thumbnails` shrinks
what is shown; `files` turns bytes into pictures and back, `colours` deals with modes, profiles and
transparency.
"""

from togimg.pictures.files import allow
from togimg.pictures.references import BYTES as LARGEST_REFERENCE
from togimg.pictures.references import Reference, read_reference, reference
from togimg.pictures.replies import Checked, check, convert, settled
from togimg.pictures.thumbnails import fitted, shape, thumbnail

__all__ = [
    "LARGEST_REFERENCE",
    "Checked",
    "Reference",
    "allow",
    "check",
    "convert",
    "fitted",
    "read_reference",
    "reference",
    "settled",
    "shape",
    "thumbnail",
]
