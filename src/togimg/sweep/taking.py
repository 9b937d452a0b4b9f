"""Seeds become jobs: many takes of one request."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from togimg.request import ImageRequest, Job, Target
from togimg.sweep.points import Point

SEEDS = 2**31
"""Seeds are chosen below this: every known model takes a 31-bit integer."""


def takes(
    request: ImageRequest,
    said: ImageRequest,
    target: Target,
    *,
    count: int,
    chosen: frozenset[str] = frozenset(),
    axes: Point = (),
    first: int = 1,
    worded: Callable[[int], str] | None = None,
) -> Iterator[Job]:
    """`count` jobs for the request, with the seeds from its own upwards when it has one.

    `said` is the request before the catalogue completed it, `chosen` what togimg chose itself,
    `axes` the point of a sweep that it is, `first` the index of the first job. `worded` gives the
    prompt for a number, which is the seed. Without one it is the index; in a sweep it is that of
    the take, so that points differ in their axes alone.
    """
    for number in range(count):
        seed = None if request.seed is None else request.seed + number
        index = first + number
        prompt = request.prompt
        if worded:
            unseeded = number + 1 if axes else index
            prompt = worded(unseeded if seed is None else seed)
        yield Job(
            index=index,
            request=replace(request, seed=seed, prompt=prompt),
            target=target,
            said=replace(said, prompt=prompt),
            chosen=chosen,
            axes=axes,
        )
