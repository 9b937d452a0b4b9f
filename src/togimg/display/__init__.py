"""Displays show events: lines for logs, live progress for terminals, JSON Lines for programs."""

from typing import Protocol, Self

from togimg.events import Event


class Display(Protocol):
    """Whatever shows events; entered before the first, left after the last."""

    def show(self, event: Event) -> None:
        """Shows one event."""

    def __enter__(self) -> Self:
        """Begins."""

    def __exit__(self, *error: object) -> None:
        """Leaves the streams as they were found."""
