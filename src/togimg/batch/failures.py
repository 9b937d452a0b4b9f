"""What was not made, as a jobs file."""

import json
from collections.abc import Mapping
from typing import Any

from togimg.errors import Outcome


def failure_line(
    said: Mapping[str, Any],
    *,
    id: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    reason: str,
    outcome: Outcome,
) -> str:
    """One line of JSON, without its end, that reads back as the same row.

    `said` are values of flags, raw or typed; `reason` and `outcome` are passed over in reading.
    """
    row = {"id": id, **said, **(columns or {})}
    kept = {key: value for key, value in row.items() if value is not None}
    line = json.dumps({**kept, "reason": reason, "outcome": outcome}, ensure_ascii=False)
    # What is no whole character can be escaped in JSON, and only there.
    return line.encode("utf-8", "backslashreplace").decode()
