"""Seeds become jobs: many takes of one request."""

from collections.abc import Iterator
from dataclasses import replace

from togimg.request import ImageRequest, Job, Target

SEEDS = 2**31
"""Seeds are chosen below this: every known model takes a 31-bit integer."""


def takes(
    request: ImageRequest,
    said: ImageRequest,
    target: Target,
    *,
    count: int,
    chosen: frozenset[str] = frozenset(),
) -> Iterator[Job]:
    """`count` jobs for the request, with the seeds from its own upwards when it has one.

    `said` is the request before the catalogue completed it, `chosen` what togimg chose itself.
    """
    for number in range(count):
        seed = None if request.seed is None else request.seed + number
        yield Job(
            index=number + 1,
            request=replace(request, seed=seed),
            target=target,
            said=said,
            chosen=chosen,
        )
