"""Budgets by day and month, kept across processes by what the ledger says was spent."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from togimg import catalogue
from togimg.catalogue import usd
from togimg.errors import BudgetError
from togimg.ledger.schema import BILLED

_SPENT = {
    "per_day": "SELECT total(cost) FROM days WHERE day = date('now', 'localtime')",
    "per_month": """
        SELECT total(cost) FROM days
        WHERE day >= date('now', 'localtime', 'start of month')
    """,
}
_KEPT = f"SELECT total(cost) FROM requests WHERE outcome IN {BILLED}"  # noqa: S608  ours
_BEGINS = {
    "per_day": "date('now', 'localtime')",
    "per_month": "date('now', 'localtime', 'start of month')",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent in USD, in a calendar day and month of local time; None for any."""

    per_day: float | None = None
    per_month: float | None = None

    def __bool__(self) -> bool:
        return bool(self.whole())

    def whole(self) -> dict[str, float]:
        """All that it allows, in USD, by the names of its limits."""
        said = {"budget.per_day": self.per_day, "budget.per_month": self.per_month}
        return {name: most for name, most in said.items() if most is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the budget `name` counts, in USD, and how much of that the history no longer has."""

    name: str
    cost: float
    cleared: float


def counted(file: sqlite3.Connection) -> Iterator[Counted]:
    """What each budget counts, whether it is set or not."""

    def total(statement: str) -> float:
        return float(file.execute(statement).fetchone()[0])

    # Where the time zone has changed, requests seem to be of other days: none of them is gone.
    gone = total("SELECT total(cost) FROM days") - total(_KEPT)
    for name, spent in _SPENT.items():
        cost = total(spent)
        kept = total(f"{_KEPT} AND date(started, 'localtime') >= {_BEGINS[name]}")
        cleared = min(cost - kept, gone)
        yield Counted(name=name, cost=cost, cleared=cleared if cleared > catalogue.DUST else 0.0)


def left(file: sqlite3.Connection, budget: Budget) -> Iterator[tuple[str, float, float]]:
    """For each budget that is set its name, what it allows, and what is left of it, in USD."""
    for name, spent in _SPENT.items():
        most: float | None = getattr(budget, name)
        if most is not None:
            yield name, most, most - file.execute(spent).fetchone()[0]


def check(file: sqlite3.Connection, budget: Budget, cost: float | None) -> None:
    """Refuses what would pass the budget, counting what is in flight.

    Raises:
        BudgetError: it would, or what it costs is not known.
    """
    for name, most, rest in left(file, budget):
        if cost is None:
            raise BudgetError.unpriced(f"budget.{name}")
        if cost > most + catalogue.DUST:
            raise BudgetError.too_dear(
                f"budget.{name} is {usd(most)}", usd(cost), hint="allow more in the config file"
            )
        if cost > rest + catalogue.DUST:
            raise BudgetError(
                f"budget.{name} is {usd(most)}, {usd(max(rest, 0))} of it left, "
                f"and the next picture is about {usd(cost)}",
                hint="see what was spent: togimg history --spend",
            )
