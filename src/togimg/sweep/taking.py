"""Seeds become jobs: many takes of one request."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from togimg.request import Job

SEEDS = 2**31
"""Seeds are chosen below this: every known model takes a 31-bit integer."""


def takes(first: Job, count: int, worded: Callable[[int], str] | None = None) -> Iterator[Job]:
    """`count` jobs that begin with this one, with the seeds from its own upwards if it has one.

    `worded` gives the prompt for a number, which is the seed. Without one it is the index; in a
    sweep it is that of the take, so that points differ in their axes alone.
    """
    if not worded:
        yield first
    for number in range(0 if worded else 1, count):
        index = first.index + number
        request, said = first.request, first.said
        if request.seed is not None:
            request = replace(request, seed=request.seed + number)
        if worded:
            unseeded = number + 1 if first.axes else index
            prompt = worded(unseeded if request.seed is None else request.seed)
            request, said = replace(request, prompt=prompt), replace(said, prompt=prompt)
        yield replace(first, index=index, request=request, said=said)
