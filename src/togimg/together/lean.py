"""httpx without its own command line: that is a third of what its import costs."""

import sys

# What is None here cannot be imported, and httpx does without its rich, pygments and click.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

import httpx  # noqa: E402

__all__ = ["httpx"]
