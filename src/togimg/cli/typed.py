"""The command line as it was typed, for messages that say how to go on."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_ARGUMENTS: ContextVar[tuple[str, ...]] = ContextVar("arguments", default=())


@contextmanager
def typed(arguments: Sequence[str]) -> Iterator[None]:
    """Remembers these arguments as the ones that were typed."""
    token = _ARGUMENTS.set(tuple(arguments))
    try:
        yield
    finally:
        _ARGUMENTS.reset(token)


def again() -> str:
    """The command as a shell takes it; without `--force`, which would pay for all of it again."""
    return shlex.join(("togimg", *(word for word in _ARGUMENTS.get() if word != "--force")))
