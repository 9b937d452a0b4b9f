"""What columns and keys may be called, and the kind of value that each flag takes."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from togimg.request import Metadata, OnExists, OutputFormat, ResponseFormat

FLAGS: Mapping[str, Any] = {
    "prompt": str,
    "model": str,
    "count": int,
    "size": str,
    "width": int,
    "height": int,
    "aspect_ratio": str,
    "steps": int,
    "seed": int,
    "guidance_scale": float,
    "negative_prompt": str,
    "image": list[str],
    "lora": list[str],
    "output_format": OutputFormat,
    "prompt_upsampling": bool,
    "disable_safety_checker": bool,
    "response_format": ResponseFormat,
    "param": list[str],
    "expand": bool,
    "lenient": bool,
    "output": str,
    "name": str,
    "on_exists": OnExists,
    "metadata": Metadata,
    "strict": bool,
}
"""The flags that a row may set, by their field in the flag groups, and the type of each."""

PARAMETERS: Mapping[str, str] = {
    "model": "model",
    "prompt": "prompt",
    "n": "count",
    "size": "size",
    "width": "width",
    "height": "height",
    "aspect_ratio": "aspect_ratio",
    "steps": "steps",
    "seed": "seed",
    "guidance_scale": "guidance_scale",
    "negative_prompt": "negative_prompt",
    "image_url": "image",
    "reference_images": "image",
    "image_loras": "lora",
    "output_format": "output_format",
    "prompt_upsampling": "prompt_upsampling",
    "disable_safety_checker": "disable_safety_checker",
    "response_format": "response_format",
}
"""Parameters of the API, and of OpenAI's, that are flags here."""

_NEAR = 0.8
_LONG = 6
_SPELLINGS = sorted(FLAGS.keys() | PARAMETERS.keys())
_APART = re.compile(r"[\s_-]+")
_MEANT = {
    name.replace("_", ""): flag
    for name, flag in ({flag: flag for flag in FLAGS} | {"params": "param", **PARAMETERS}).items()
}


def plain(name: str) -> str:
    """A name in lower case, with one underscore for blanks, hyphens and underscores."""
    if not name.isascii():
        name = unicodedata.normalize("NFC", name)
    return _APART.sub("_", name.lower()).strip("_")


def flag(name: str) -> str | None:
    """The flag that a column or key of this name sets, in any spelling; None for one's own."""
    return _MEANT.get(plain(name).replace("_", ""))


def resembles(name: str) -> str | None:
    """The known name that a column of one's own may have been meant to have."""
    wanted = plain(name)[:50]
    near = difflib.get_close_matches(wanted, _SPELLINGS, n=1, cutoff=_NEAR)
    begun = [known for known in FLAGS if len(wanted) >= _LONG and known.startswith(wanted)]
    return next(iter([*near, *begun]), None)
