"""Counts what is said again and again, so that it can be said a few times only."""

FEW = 10
"""How often something is told before it is only counted."""

MOST = 200
"""How many different things are counted: the memory of a long run has an end."""


class Repeats:
    """How often each text came, in the order of their first coming."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def count(self, text: str) -> int:
        """Counts one more; how many it makes. Always the first, when too many are counted."""
        if text not in self._times and len(self._times) >= MOST:
            return 1
        self._times[text] = self._times.get(text, 0) + 1
        return self._times[text]

    def all(self) -> tuple[tuple[str, int], ...]:
        """Every text that was counted, and how often."""
        return tuple(self._times.items())
