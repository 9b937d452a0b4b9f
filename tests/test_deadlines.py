import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from togimg.together.deadlines import Deadlines

LONG, SHORT = 60.0, 0.01


class Call:
    """An exchange that notes what is done to it."""

    def __init__(self) -> None:
        self.late = threading.Event()
        self.over = threading.Event()

    def end(self) -> None:
        self.late.set()

    def close(self) -> None:
        self.over.set()


@contextmanager
def threads_more() -> Iterator[list[int]]:
    before = set(threading.enumerate())
    more: list[int] = []
    yield more
    more.append(len(set(threading.enumerate()) - before))


def test_one_thread_keeps_the_deadlines_of_many_exchanges() -> None:
    deadlines = Deadlines(LONG)

    with threads_more() as more, ExitStack() as flying:
        for _ in range(100):
            flying.enter_context(deadlines.over(Call()))
        for _ in range(100):
            with deadlines.over(Call()):
                pass

    assert more == [1]


def test_each_exchange_that_is_late_is_ended_also_after_a_time_without_any() -> None:
    deadlines = Deadlines(SHORT)

    for _ in range(3):
        calls = [Call() for _ in range(5)]
        with ExitStack() as flying:
            for call in calls:
                flying.enter_context(deadlines.over(call))
            assert all(call.late.wait(5) for call in calls)
        assert all(call.over.is_set() for call in calls)


def test_an_exchange_in_time_is_left_alone() -> None:
    deadlines = Deadlines(SHORT)
    early, late = Call(), Call()

    with deadlines.over(early):
        pass
    with deadlines.over(late):
        assert late.late.wait(5)

    assert (early.over.is_set(), early.late.is_set()) == (True, False)
