"""Tables on stdout: drawn on a terminal, plain and aligned in a pipe."""

import sys
from collections.abc import Sequence

from togimg.display.words import visible

Row = Sequence[str]


def table(headers: Row, rows: Sequence[Row], *, drawn: bool) -> None:
    """Prints rows under their headers; `drawn` says that stdout is a terminal."""
    shown = [[visible(cell) for cell in row] for row in rows]
    if drawn:
        _draw(headers, shown)
        return
    widths = [max(map(len, column)) for column in zip(headers, *shown, strict=True)]
    for row in [headers, *shown]:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def record(pairs: Sequence[tuple[str, str]], *, drawn: bool) -> None:
    """Prints names and values, one pair a line; long values wrap on a terminal."""
    shown = [(visible(name), visible(value)) for name, value in pairs]
    if drawn:
        _draw(("", ""), shown, headed=False)
        return
    width = max(len(name) for name, _ in shown)
    for name, value in shown:
        print(f"{name.ljust(width)}  {value}".rstrip())


def _draw(headers: Row, rows: Sequence[Row], *, headed: bool = True) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawing = Table(box=box.SIMPLE_HEAD if headed else None, show_header=headed, pad_edge=False)
    for number, header in enumerate(headers):
        drawing.add_column(header, overflow="fold", style=None if number else "bold")
    for row in rows:
        # Text, not str: brackets in a prompt are no markup.
        drawing.add_row(*map(Text, row))
    Console(file=sys.stdout, highlight=False).print(drawing)
