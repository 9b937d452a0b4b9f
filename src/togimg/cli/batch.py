"""togimg batch: thousands of pictures from a file of jobs."""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from shutil import copyfileobj
from typing import BinaryIO

from togimg.batch import Bad, example, rows
from togimg.cli.flags import ImageFlags, RunFlags, SaveFlags, ServiceFlags, ShowFlags
from togimg.cli.flags.lot import LotFlags
from togimg.cli.showing import display, play
from togimg.errors import OK, UsageError, reason
from togimg.events import Event, Failed, Finished, Noted
from togimg.pacing import Halt

EXAMPLES = (
    "togimg batch prompts.txt -m flux-schnell -o out/",
    "togimg batch jobs.csv -o out/ --status",
    "togimg batch jobs.csv -o out/ --max-cost 5 --failures failed.jsonl",
    'togimg batch animals.csv --prompt "a {animal} in the snow" --name "{animal}-{number:03}"',
    "togimg batch jobs.csv -o out/ --shard 1/4",
    "togimg batch --example csv > jobs.csv",
)


def batch(
    jobs: LotFlags,
    image: ImageFlags,
    save: SaveFlags,
    run: RunFlags,
    service: ServiceFlags,
    show: ShowFlags,
) -> int:
    """Make the pictures of a jobs file; run it again, and only what is missing is made.

    A prompt a line, a table, or JSON Lines; a row may set any flag of the picture and of where it
    goes. Rows that cannot be meant are all named before anything is sent.
    """
    if jobs.example:
        print(example(jobs.example), end="")
        return OK
    for flags in (run, service, show, jobs):
        flags.check()
    from togimg.cli import lot
    from togimg.cli.enrol import Common, enrol
    from togimg.roll import Roll

    file = jobs.file or "-"
    with ExitStack() as open_things:
        stream = open_things.enter_context(_opened(file))
        roll = open_things.enter_context(Roll())
        work = lot.work(file, stream, save)
        common = Common(jobs.prompt, image, save)
        said = rows(stream, file, jobs.format, prompt=jobs.prompt, worded=bool(image.param))
        found = enrol(said, common, roll, jobs.share)
        notes: dict[Noted, None] = {}
        for one in found:
            if isinstance(one, Bad):
                return play(_bad_lines(chain(notes, [one], found)), display(show), Halt())
            notes[one] = None
        if not roll.counts():
            share = f"share {jobs.shard} of " if jobs.share.count > 1 else ""
            notes[Noted(f"there are no jobs in {share}{_called(file)}")] = None
        whole = lot.Lot(roll, work, jobs, tuple(notes))
        if jobs.status or run.dry_run:
            return lot.look(whole, run, service, show)
        return lot.make(whole, run, service, show)


def _called(file: str) -> str:
    return "what stdin said" if file == "-" else file


def _bad_lines(found: Iterable[Bad | Noted]) -> Iterator[Event]:
    """A failure for each line that cannot be meant; ends with Finished."""
    count = 0
    for one in found:
        if isinstance(one, Bad):
            count += 1
            error = UsageError(one.message, hint=one.hint)
            yield Failed(None, None, "not_sent", error, str(one.number))
        else:
            yield one
    yield Finished(0, count, 0, None, UsageError.exit_code, 0.0, not_sent=count)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """The jobs file, or what stdin or a pipe says, kept on disk so that it can be looked at twice.

    Raises:
        UsageError: it cannot be read.
    """
    with ExitStack() as open_things:
        try:
            stream = (
                sys.stdin.buffer if file == "-" else open_things.enter_context(open(file, "rb"))
            )
            if file == "-" or not stream.seekable():
                kept = open_things.enter_context(tempfile.TemporaryFile())
                copyfileobj(stream, kept)
                kept.seek(0)
                stream = kept
        except (OSError, ValueError) as error:
            raise UsageError(
                f"cannot read the jobs file {file}: {reason(error)}",
                hint="name a file that is there, or - for stdin",
            ) from error
        yield stream
