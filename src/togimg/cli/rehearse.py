"""A dry run: the bodies, the names and the estimate, without key, network or files."""

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from togimg import naming
from togimg.cli.estimate import estimate
from togimg.cli.order import Prepared
from togimg.display.words import expected
from togimg.errors import OK, BudgetError, UsageError, reason
from togimg.events import Begun, Event, Failed, Finished, Noted, Planned
from togimg.naming import Name
from togimg.request import Job, Source, Target, body
from togimg.storage import Storage


def rehearse(
    prepared: Prepared, api_root: str, *, curl: bool, refusal: BudgetError | None = None
) -> Iterator[Event]:
    """What would be sent and where it would go; ends with Finished.

    A run that would meet a `refusal` fails by it here as well.

    Raises:
        UsageError: a reference is not there.
    """
    for source in prepared.images:
        _stand_in(source)
    started = datetime.now().astimezone()
    names = _Names()
    local = False
    for job in prepared.jobs:
        images = job.request.images
        local = local or any(source.kind != "url" for source in images)
        sent = body(job.request, map(_stand_in, images))
        yield Planned(
            index=job.index,
            path=names.path(job, started),
            cost=_cost(estimate(job.request)),
            requested=sent,
            curl=as_curl(sent, api_root) if curl else None,
            axes=dict(job.axes),
            id=job.id,
        )
    yield Noted(f"a dry run: nothing was sent; {expected(prepared.begun)}")
    if curl and local:
        yield Noted("local pictures are left out of the commands: put their data: URIs in")
    if refusal:
        yield Failed(None, None, "not_sent", refusal)
    refused, code = (1, refusal.exit_code) if refusal else (0, OK)
    yield Finished(0, refused, 0, _cost(prepared.begun), code, 0.0, not_sent=refused)


def as_curl(sent: Mapping[str, Any], api_root: str) -> str:
    """The request as a command for a POSIX shell, with the key left to the environment."""
    return (
        f"curl -sS {shlex.quote(api_root + '/images/generations')} "
        '-H "Authorization: Bearer $TOGETHER_API_KEY" '
        "-H 'Content-Type: application/json' "
        f"-d {shlex.quote(json.dumps(sent))}"
    )


def _cost(estimated: Begun) -> float | None:
    unknown = estimated.cost is None or estimated.unpriced
    return None if unknown else round(estimated.cost or 0, 6)


class _Names:
    """The names that pictures would get, one after the other."""

    def __init__(self) -> None:
        self._storage = Storage(())
        self._uses: Counter[tuple[Path, Name]] = Counter()
        self._given: set[str] = set()

    def path(self, job: Job, started: datetime) -> str:
        """Where the picture would go."""
        target = job.target
        if target.folder is None:
            return "-"
        name = naming.render(target.name, naming.fields(job, started))
        if target.on_exists != "unique":
            return self._at(target, name, job.index)
        path = self._at(target, name, 1)
        if path in self._given:
            name = name.with_number()
        while path in self._given:
            self._uses[target.folder, name] += 1
            path = self._at(target, name, self._uses[target.folder, name])
        self._given.add(path)
        return path

    def _at(self, target: Target, name: Name, index: int) -> str:
        folder = target.folder or Path()
        path = self._storage.preview(folder, name, index=index, on_exists=target.on_exists)
        return f"{path}.{target.extension}" if target.extension else str(path)


def _stand_in(source: Source) -> str:
    """A reference as a person can read it: the URL, or what the data would be of."""
    if source.kind in {"url", "stdin"}:
        return source.text if source.kind == "url" else "<data: the picture on stdin>"
    if source.kind == "data":
        return f"<data: {len(source.text)} characters>"
    try:
        size = Path(source.text).stat().st_size
    except OSError as error:
        raise UsageError(
            f"cannot read {source.text}: {reason(error)}",
            hint="name a picture that is there with --image",
        ) from error
    return f"<data: {size} bytes of {source.text}>"
