import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.retry import Policy, TooLong, What, asked_wait, kind

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def policy(**changes: Any) -> Policy:
    return Policy(jitter=changes.pop("jitter", lambda: 1.0), **changes)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "900"}, 900.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, None),
        ({"x-ratelimit-reset": "10"}, 10.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "3"}, 3.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "2, 2"}, None),
        *(({"retry-after": odd}, None) for odd in ("1_0", "\uff11", "\u0663", "0x10", "1e3", "+5")),
        *(({"retry-after": odd}, None) for odd in (" 5", "5 s", ".", "9" * 400)),
        ({"retry-after-ms": "2_5", "x-ratelimit-reset": "1_0"}, None),
        ({"retry-after": ".5"}, 0.5),
        ({"retry-after": "5."}, 5.0),
        ({"retry-after": format_datetime(NOW.replace(year=9999), usegmt=True)}, 251603539200.0),
        ({"retry-after": "Mon, 99 Foo 2026"}, None),
    ],
)
def test_the_wait_that_a_reply_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == seconds


ALWAYS = {"retry_unknown": True}
FREE = {"free": True}


@pytest.mark.parametrize(
    ("tried", "flags", "wait"),
    [
        # nothing reached the service, or it made nothing: within the tries
        *(([what], {}, 0.5) for what in ("not_sent", 408, 429, 503, 521, 522, 523, 529)),
        (["not_sent"] * 4, {}, 4.0),
        (["not_sent"] * 5, {}, None),
        ([429, "not_sent"], {"retries": 1}, None),
        (["not_sent"], {"retries": 0}, None),
        # it said no: never
        *(([what], ALWAYS, None) for what in (400, 401, 402, 403, 404, 413, 422, "refused")),
        ([404], FREE, None),
        # it failed: twice, whatever else happens in between
        *(([what], {}, 0.5) for what in (500, 502, 520)),
        ([500, 502], {}, 1.0),
        ([500, 502, 520], {"retries": 9}, None),
        ([500, 429, 500, 503], {"retries": 9}, 4.0),
        ([500, 429, 500, 503, 500], {"retries": 9}, None),
        ([500, 500, 500], FREE, 2.0),
        # nobody knows what it did: only when told, or when asking costs nothing
        *(([what], {}, None) for what in ("unknown", 101, 204, 302, 307, 501, 504, 524, 599)),
        *(([what], ALWAYS, 0.5) for what in ("unknown", 204, 307, 504)),
        *(([what], FREE, 0.5) for what in ("unknown", 204, 504)),
        (["unknown"] * 5, ALWAYS, None),
        # it refused a size that the model takes: once
        (["spurious"], {}, 0.25),
        ([429, "spurious"], {}, 0.25),
        (["spurious", "spurious"], {}, None),
        (["spurious"], {"retries": 0}, None),
    ],
)
def test_what_happened_decides_whether_it_is_asked_again_and_when(
    tried: list[What], flags: dict[str, Any], wait: float | None
) -> None:
    assert policy(**flags).wait(tried) == wait


@pytest.mark.parametrize(
    ("asked", "left", "wait"),
    [
        ("0", math.inf, 0.0),
        ("60", math.inf, 60.0),
        ("61", math.inf, TooLong(61.0, 60.0)),
        ("900", math.inf, TooLong(900.0, 60.0)),
        ("5", 5.5, 5.0),
        ("5", 4.5, TooLong(5.0, 4.5)),
        ("900", 4.5, TooLong(900.0, 4.5)),
        ("garbage", 0.4, TooLong(0.5, 0.4)),
    ],
)
def test_a_wait_is_granted_up_to_a_minute_and_no_longer_than_there_is_time(
    asked: str, left: float, wait: float | TooLong
) -> None:
    assert policy().wait([429], {"retry-after": asked}, left) == wait


def test_without_a_word_the_wait_doubles_up_to_half_a_minute_and_then_the_tries_end() -> None:
    waits = [policy(retries=8).wait(["not_sent"] * tries) for tries in range(1, 10)]

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, None]


def test_the_wait_is_spread_by_full_jitter() -> None:
    rolls = iter((0.0, 0.25, 1.0))
    spread = policy(jitter=lambda: next(rolls))

    assert [spread.wait([429, 429]) for _ in range(3)] == [0.0, 0.25, 1.0]


whats = st.integers(100, 599) | st.sampled_from(["not_sent", "unknown", "spurious", "refused"])


@given(st.lists(whats, min_size=1), st.text(), st.text(), st.booleans(), st.booleans())
def test_nothing_that_happens_makes_the_policy_fail_or_wait_too_long(
    tried: Sequence[What], one: str, two: str, told: bool, free: bool
) -> None:
    lenient = Policy(retries=9, retry_unknown=told, free=free)
    wait = lenient.wait(tried, {"retry-after": one, "retry-after-ms": two})

    assert wait is None or isinstance(wait, TooLong) or 0 <= wait <= 60


@given(st.lists(whats, min_size=1))
def test_what_may_have_been_billed_is_never_asked_again_unasked(tried: list[What]) -> None:
    wait = Policy(retries=99).wait(tried)

    assert wait is None or kind(tried[-1]) in {"not_sent", "busy", "failed", "spurious"}
