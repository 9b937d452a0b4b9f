"""The jobs file of a batch: what its lines say, as rows and as values of flags.

::

    bytes ─lines─▶ prompts | table | objects ─▶ Row or Bad ─values─▶ what a flag would have read
"""

from togimg.batch.examples import example
from togimg.batch.failures import failure_line
from togimg.batch.filling import escaped, filled
from togimg.batch.formats import Format, rows
from togimg.batch.names import FLAGS, flag, plain, resembles
from togimg.batch.row import RESERVED, Bad, Row
from togimg.batch.values import converted, typed

__all__ = [
    "FLAGS",
    "RESERVED",
    "Bad",
    "Format",
    "Row",
    "converted",
    "escaped",
    "example",
    "failure_line",
    "filled",
    "flag",
    "plain",
    "resembles",
    "rows",
    "typed",
]
