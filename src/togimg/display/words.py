"""Events in plain English, with nothing in them that could steer a terminal."""

import unicodedata

from togimg.errors import TogimgError
from togimg.events import Finished, Planned, Saved


def visible(text: str) -> str:
    """The text with its control, escape and bidirectional characters written out."""
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    # Cc controls, Cf invisible formatting such as bidi overrides, Cs lone surrogates,
    # Zl and Zp line breaks that some terminals obey. Joiners inside emoji and words stay.
    if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return character
    if character in "\u200d\u200c":
        return character
    return repr(character)[1:-1]


def brief(prompt: str | None, longest: int = 50) -> str:
    """The beginning of a prompt, on one line."""
    words = visible(" ".join((prompt or "").split()))
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def problem(error: TogimgError) -> list[str]:
    """The lines that tell an error: what went wrong, and the next step."""
    lines = [f"error: {visible(error.message)}"]
    return [*lines, f"hint: {visible(error.hint)}"] if error.hint else lines


def usd(cost: float | None) -> str:
    """An estimate in US dollars, with as many digits as a picture's price needs."""
    if cost is None:
        return "cost unknown"
    if cost >= 1:
        return f"about ${cost:.2f}"
    digits = 4 if cost >= 0.001 else 6  # noqa: PLR2004
    return f"about ${cost:.{digits}f}".rstrip("0").rstrip(".")


def seconds(duration: float) -> str:
    """A duration a person can read."""
    minutes, rest = divmod(round(duration), 60)
    return f"{duration:.1f} s" if duration < 60 else f"{minutes} min {rest} s"  # noqa: PLR2004


def size(count: int) -> str:
    """A number of bytes a person can read, in powers of ten."""
    if count < 1000:  # noqa: PLR2004
        return f"{count} bytes"
    if count < 1_000_000:  # noqa: PLR2004
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def picture(event: Saved) -> str:
    """What was made, in a few words."""
    seed = "" if event.seed is None else f", seed {event.seed}"
    return (
        f"{event.width}x{event.height} {event.format}, {size(event.bytes)}{seed}, "
        f"{seconds(event.duration)}"
    )


def plan(event: Planned) -> str:
    """What a dry run found for one picture."""
    return f"{visible(event.path)}  ({usd(event.cost)})"


def summary(event: Finished) -> str:
    """The last line of a run."""
    counts = [_count(event.made, "picture")]
    counts += [f"{event.skipped} skipped"] if event.skipped else []
    counts += [f"{event.failed} failed"] if event.failed else []
    cost = f", {usd(event.cost)}" if event.made else ""
    return f"{', '.join(counts)} in {seconds(event.duration)}{cost}"


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
