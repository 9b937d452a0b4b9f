"""How a run goes about it: which service, how many at once, and how much is said."""

import math
import sys
from dataclasses import dataclass
from typing import Annotated

from togimg.cli import said
from togimg.cli.flags.flag import RUN, flag
from togimg.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFlags:
    """Which service to ask, and how patiently."""

    timeout: Annotated[
        float, flag(RUN, "--timeout", help="Seconds for one request; default 300.")
    ] = 300.0
    retries: Annotated[int, flag(RUN, "--retries", help="Tries after the first; default 4.")] = 4
    retry_unknown: Annotated[
        bool,
        flag(
            RUN,
            "--retry-unknown",
            help="Also ask again when the outcome is unknown: may pay twice.",
        ),
    ] = False
    base_url: Annotated[
        str | None,
        flag(RUN, "--base-url", help="Another server (also TOGETHER_BASE_URL)."),
    ] = None
    insecure_http: Annotated[
        bool, flag(RUN, "--insecure-http", help="Allow plain http to another machine.")
    ] = False
    sandbox: Annotated[
        bool, flag(RUN, "--sandbox", help="Use the built-in emulator: no key, no cost.")
    ] = False

    def check(self) -> None:
        """Refuses what cannot be meant."""
        said.at_least(0, retries=self.retries)
        if not self.timeout > 0:
            raise UsageError("--timeout must be more than 0 seconds")
        if self.sandbox and self.base_url:
            raise UsageError("--sandbox and --base-url contradict", hint="give one of the two")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFlags:
    """How a run goes about its jobs."""

    jobs: Annotated[int, flag(RUN, "--jobs", "-j", help="Requests in flight; default 4.")] = 4
    max_time: Annotated[
        float | None, flag(RUN, "--max-time", help="Seconds for the whole run.")
    ] = None
    max_cost: Annotated[
        float | None,
        flag(RUN, "--max-cost", help="USD: refuse, or stop, before the estimate passes it."),
    ] = None
    sheet: Annotated[
        str | None,
        flag(RUN, "--sheet", help="Contact sheet of what this run makes (.png, .jpg), or none."),
    ] = None
    dry_run: Annotated[
        bool, flag(RUN, "--dry-run", help="Show what would be sent; no key, no network.")
    ] = False
    curl: Annotated[
        bool, flag(RUN, "--curl", help="With --dry-run: as curl commands, without the key.")
    ] = False

    def check(self) -> None:
        """Refuses what cannot be meant."""
        said.at_least(1, jobs=self.jobs)
        if self.max_time is not None and not self.max_time > 0:
            raise UsageError("--max-time must be more than 0 seconds")
        if self.max_cost is not None and not 0 <= self.max_cost < math.inf:
            raise UsageError(f"--max-cost must be a sum in USD, not {self.max_cost:g}")
        if self.curl and not self.dry_run:
            raise UsageError("--curl shows what would be sent", hint="add --dry-run")

    @property
    def ceiling(self) -> dict[str, float]:
        """What the run may cost, in USD, by the name of the flag; empty when nothing was said."""
        return {} if self.max_cost is None else {"--max-cost": self.max_cost}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFlags:
    """How much is said, and in which form."""

    as_json: Annotated[bool, flag(RUN, "--json", help="JSON Lines on stdout.")] = False
    quiet: Annotated[
        bool,
        flag(RUN, "--quiet", "-q", help="Say nothing unless something failed or may cost twice."),
    ] = False
    verbose: Annotated[
        bool, flag(RUN, "--verbose", "-v", help="Say what was sent and what came back.")
    ] = False

    def check(self, *, to_stdout: bool = False) -> None:
        """Refuses what cannot be meant; `to_stdout` when pictures themselves go to stdout."""
        if self.as_json and to_stdout:
            raise UsageError("--json and -o - both want stdout", hint="give -o a file name")
        if to_stdout and sys.stdout.isatty():
            raise UsageError("stdout is a terminal", hint="redirect it: togimg … -o - > fox.jpg")
