"""Events in plain English, with nothing in them that could steer a terminal."""

import shlex
import unicodedata
from collections.abc import Mapping

from togimg import catalogue
from togimg.errors import TogimgError
from togimg.events import Begun, Failed, Finished, Planned, Progress, Saved, Started, Waiting


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


def problem(error: TogimgError, whose: str = "") -> list[str]:
    """The lines that tell an error, and `whose` it is: what went wrong, the next step."""
    lines = [f"error: {whose}{visible(error.message)}"]
    return [*lines, f"hint: {visible(error.hint)}"] if error.hint else lines


def usd(cost: float | None) -> str:
    """An estimate in US dollars, with as many digits as a picture's price needs."""
    if cost is None:
        return "cost unknown"
    return f"about {catalogue.usd(cost)}"


def seconds(duration: float) -> str:
    """A duration a person can read."""
    minutes, rest = divmod(round(duration), 60)
    if duration < 60:  # noqa: PLR2004
        return f"{duration:.1f} s"
    return f"{minutes} min {rest} s" if minutes < 60 else rough(duration)  # noqa: PLR2004


def rough(duration: float) -> str:
    """A duration that nobody knows exactly."""
    if duration < 59.5:  # noqa: PLR2004
        return f"{duration:.0f} s"
    hours, minutes = divmod(round(duration / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def pace(rate: float) -> str:
    """Pictures a second, or a minute where that is the better number."""
    return f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min"


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


def expected(event: Begun) -> str:
    """How many pictures a run asks for, and what they may cost."""
    pictures = count(event.total, "picture")
    if event.total == 0:
        return pictures
    if event.cost is None:
        return f"{pictures}, cost unknown"
    unpriced = f" and {event.unpriced} of unknown price" if event.unpriced else ""
    return f"{pictures}, {usd(event.cost)}{unpriced} (an estimate, prices as of {event.priced_on})"


def progress(event: Progress) -> str:
    """How a run stands, on a line of a log."""
    of = "" if event.total is None else f" of {event.total}"
    said = [
        f"{event.made}{of} made",
        *_counted(failed=event.failed, skipped=event.skipped),
        f"{event.flying} in flight",
        *([pace(event.rate)] if event.rate else []),
        *([] if event.eta is None else [f"about {rough(event.eta)} left"]),
        *([f"{usd(event.cost)} so far"] if event.made else []),
    ]
    return ", ".join(said) + _waited_for(event)


def standing(event: Progress, width: int) -> str:
    """How a run stands, beside a bar: as much of it as there is room for."""
    said = {
        "done": f"{event.done}" if event.total is None else f"{event.done}/{event.total}",
        "failed": f"{event.failed} failed" if event.failed else "",
        "flying": f"{event.flying} in flight",
        "rate": pace(event.rate) if event.rate else "",
        "eta": "" if event.eta is None else f"{rough(event.eta)} left",
        "cost": usd(event.cost) if event.made else "",
    }
    for least in ("", "rate", "flying", "cost", "eta", "failed"):
        said.pop(least, None)
        line = " · ".join(filter(None, said.values()))
        if len(line) <= width:
            break
    return line


def _waited_for(event: Progress) -> str:
    if event.waiting:
        return f"; {wait(event.waiting)}"
    if event.slowest is None:
        return ""
    job, duration = event.slowest
    return f"; waiting longest for {who(job)} ({seconds(duration)})"


def wait(event: Waiting) -> str:
    """For how long nothing is sent, and why."""
    return f"waiting {seconds(event.seconds)}: {visible(event.reason)}"


def who(job: Started) -> str:
    """A job, by its row or its values and the beginning of its prompt."""
    prompt = f'"{brief(job.prompt)}"' if job.prompt else f"picture {job.index}"
    return f"{whose(job)}{prompt}"


def whose(event: Started | Saved | Failed) -> str:
    """The beginning of a line about a picture of a jobs file or a sweep; empty for any other."""
    if event.id is None and event.axes:
        return f"{', '.join(point(event.axes))}: "
    return row(event.id)


def point(axes: Mapping[str, str]) -> list[str]:
    """What tells a picture from the others of its sweep: `steps 6`, `guidance-scale 3.5`."""
    return [f"{visible(name)} {brief(value, 20)}" for name, value in axes.items()]


def row(name: str | None) -> str:
    """The beginning of a line about a row of a jobs file; empty for what is in none."""
    if name is None:
        return ""
    return f"{'line' if name.isdecimal() else 'row'} {visible(name)}: "


def summary(event: Finished) -> str:
    """The last line of a run."""
    told = event.refused + event.not_sent + event.unknown
    counts = [
        count(event.made, "picture"),
        *_counted(
            skipped=event.skipped,
            refused=event.refused,
            failed=event.failed - told,
            not_sent=event.not_sent,
        ),
        *([f"{event.unknown} unknown (maybe billed)"] if event.unknown else []),
    ]
    cost = f", {usd(event.cost)}" if event.made else ""
    return f"{', '.join(counts)} in {seconds(event.duration)}{cost}"


def further(event: Finished) -> list[str]:
    """What to do after a run."""
    unknown = ["hint: see what may have been billed: togimg history --unknown"]
    again = "go on, with the same lines on stdin:" if _reads_stdin(event) else "go on with:"
    following = [f"hint: {again} {visible(event.next)}"] if event.next else []
    return (unknown if event.unknown else []) + following


def _reads_stdin(event: Finished) -> bool:
    return "-" in shlex.split(event.next or "")


def _counted(**counts: int) -> list[str]:
    return [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count]


def count(number: int, noun: str) -> str:
    """So many of something."""
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
