"""A prompt a line."""

from collections.abc import Iterable, Iterator

from togimg.batch.lines import Line
from togimg.batch.row import Bad, Row


def prompts(lines: Iterable[Line]) -> Iterator[Row | Bad]:
    r"""The prompts of a text; `#` begins a comment, and `\#` a prompt that begins with it."""
    for number, text, flaw in lines:
        prompt = text.strip()
        if flaw:
            yield flaw
        elif prompt and not prompt.startswith("#"):
            prompt = prompt[1:] if prompt.startswith("\\#") else prompt
            yield Row(number, None, {"prompt": prompt}, {})
