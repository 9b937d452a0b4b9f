"""What a run may spend: taken out before a request goes out, put back if it cost nothing."""

import threading

from togimg import catalogue
from togimg.catalogue import usd
from togimg.errors import BudgetError


class Purse:
    """Holds `most` USD for all threads of a run; without end when that is None."""

    def __init__(self, most: float | None = None) -> None:
        self._most = most
        self._taken = 0.0
        self._lock = threading.Lock()

    def take(self, cost: float | None) -> None:
        """Takes out what a request may cost.

        Raises:
            BudgetError: that is more than there is, or nobody knows how much it is.
        """
        if self._most is None:
            return
        if cost is None:
            raise BudgetError.unpriced("--max-cost")
        if cost > self._most + catalogue.DUST:
            raise BudgetError.too_dear(
                f"--max-cost is {usd(self._most)}",
                usd(cost),
                hint=f"allow that much at least: --max-cost {cost:.6g}",
            )
        with self._lock:
            if self._taken + cost > self._most + catalogue.DUST:
                raise BudgetError(
                    f"--max-cost is {usd(self._most)}: about {usd(self._taken)} is spent or in "
                    f"flight, and the next picture is about {usd(cost)}",
                    hint="allow more with --max-cost to go on",
                )
            self._taken += cost

    def give_back(self, cost: float | None) -> None:
        """Puts back what a request did not cost."""
        with self._lock:
            self._taken -= cost or 0.0
