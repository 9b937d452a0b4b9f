from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togimg.retry import Policy, asked_wait

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
WHOLE = Policy(retries=4, jitter=lambda: 1.0)


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
        ({"retry-after": "Mon, 99 Foo 2026"}, None),
    ],
)
def test_the_wait_that_a_reply_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == seconds


def test_without_a_word_the_wait_doubles_up_to_half_a_minute_and_then_the_tries_end() -> None:
    policy = Policy(retries=8, jitter=lambda: 1.0)

    assert [policy.wait(attempt) for attempt in range(1, 10)] == [
        *(0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0),
        None,
    ]


def test_the_wait_is_spread_by_full_jitter() -> None:
    rolls = iter((0.0, 0.25, 1.0))
    policy = Policy(jitter=lambda: next(rolls))

    assert [policy.wait(2) for _ in range(3)] == [0.0, 0.25, 1.0]


def test_a_wait_that_is_asked_for_is_granted_up_to_a_minute() -> None:
    waits = [WHOLE.wait(1, {"retry-after": asked}) for asked in ("0", "60", "61", "900")]

    assert waits == [0.0, 60.0, None, None]


def test_no_retries_means_one_try() -> None:
    assert Policy(retries=0).wait(1, {"retry-after": "1"}) is None


@given(st.text(), st.text(), st.integers(1, 1000))
def test_no_header_makes_the_policy_fail_or_wait_too_long(one: str, two: str, tries: int) -> None:
    wait = Policy().wait(tries, {"retry-after": one, "retry-after-ms": two})

    assert wait is None or 0 <= wait <= 60
