"""What of a roll of jobs is made already, by what the ledger says and the disk shows."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from togimg.errors import LocalError
from togimg.events import Begun
from togimg.ledger import Intent, Ledger, alone
from togimg.request import ImageRequest, Job, Target
from togimg.roll import Listed, Roll, State
from togimg.studio.resuming import judge

BATCH = "/jobs.csv"
OUT = Path("out")
FOX = ImageRequest(prompt="fox", seed=7)
EACH = Begun(1, 0.1, 0, "2026-08-17")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger(Path("state")) as opened:
        yield opened


def job(index: int, line: str | None = None) -> Job:
    return Job(index=index, request=FOX, target=Target(OUT), said=FOX, id=line)


def states(ledger: Ledger, *marks: str) -> list[State | None]:
    """The states of jobs with these fingerprints, on lines 1, 2, …"""
    with Roll() as roll:
        for number, mark in enumerate(marks, 1):
            roll.add(job(number, str(number)), mark, EACH)
        judge(roll, ledger, BATCH)
        return [listed.state for listed in roll.listed()]


def made(ledger: Ledger, mark: str, *files: str, line: str = "1") -> None:
    """Makes a whole picture of each file, for one request."""
    requested = {"prompt": "fox"}
    intent = Intent(
        fingerprint=mark, requested=requested, folder=OUT, path=None, cost=0.1,
        batch=BATCH, line=line,
    )  # fmt: skip
    pending = ledger.intend(intent)
    OUT.mkdir(exist_ok=True)
    for number, file in enumerate(files):
        Image.new("RGB", (64, 64), "red").save(OUT / file)
        digest = sha256((OUT / file).read_bytes()).hexdigest()
        pending.placing(number, OUT / file, digest)
    pending.close("made")


def asked(ledger: Ledger, mark: str, outcome: str) -> None:
    intent = Intent(fingerprint=mark, requested={"prompt": "fox"}, folder=OUT, path=None, cost=0.1)
    ledger.intend(intent).close(outcome)  # type: ignore[arg-type]


def test_what_was_never_asked_for_is_new(ledger: Ledger) -> None:
    assert states(ledger, "a", "b") == ["new", "new"]


def test_what_is_there_and_whole_is_made(ledger: Ledger) -> None:
    made(ledger, "a", "a.png")

    assert states(ledger, "a", "b") == ["made", "new"]


def test_a_picture_that_was_touched_and_is_whole_is_made(ledger: Ledger) -> None:
    made(ledger, "a", "a.png")
    Image.new("RGB", (64, 64), "blue").save(OUT / "a.png")

    assert states(ledger, "a") == ["made"]


def test_a_picture_that_is_gone_is_missing_and_one_that_is_cut_is_broken(ledger: Ledger) -> None:
    for mark in "ab":
        made(ledger, mark, f"{mark}.png")
    (OUT / "a.png").unlink()
    data = (OUT / "b.png").read_bytes()
    (OUT / "b.png").write_bytes(data[: len(data) - 20])

    assert states(ledger, "a", "b") == ["missing", "broken"]


def test_a_reply_of_several_pictures_needs_them_all(ledger: Ledger) -> None:
    made(ledger, "a", "a-1.png", "a-2.png")
    (OUT / "a-2.png").unlink()

    assert states(ledger, "a") == ["missing"]


def test_a_line_that_was_asked_for_otherwise_is_changed(ledger: Ledger) -> None:
    made(ledger, "old", "a.png", line="1")

    assert states(ledger, "edited", "b") == ["changed", "new"]


def test_a_line_that_only_moved_is_not_changed_and_neither_is_the_new_one(ledger: Ledger) -> None:
    made(ledger, "a", "a.png", line="1")

    assert states(ledger, "inserted", "a") == ["new", "made"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("refused", "failed"), ("failed", "failed"), ("not_sent", "failed"), ("unknown", "unknown")],
)
def test_what_came_to_nothing_is_told_by_its_last_outcome(
    ledger: Ledger, outcome: str, state: str
) -> None:
    asked(ledger, "a", "failed")
    asked(ledger, "a", outcome)

    assert states(ledger, "a") == [state]


def test_what_may_have_been_billed_is_unknown_though_it_was_refused_later(ledger: Ledger) -> None:
    asked(ledger, "a", "unknown")
    asked(ledger, "a", "refused")

    assert states(ledger, "a") == ["unknown"]


def test_what_was_made_at_last_is_made_whatever_came_before(ledger: Ledger) -> None:
    asked(ledger, "a", "unknown")
    made(ledger, "a", "a.png")

    assert states(ledger, "a") == ["made"]


def test_the_same_job_twice_needs_two_pictures(ledger: Ledger) -> None:
    asked(ledger, "a", "failed")
    made(ledger, "a", "a-1.png")
    once = states(ledger, "a", "a", "a")
    made(ledger, "a", "a-2.png")
    twice = states(ledger, "a", "a", "a")
    (OUT / "a-1.png").unlink()
    one_gone = states(ledger, "a", "a", "a")

    assert once == ["made", "new", "new"]
    assert twice == ["made", "made", "new"]
    assert one_gone == ["made", "missing", "new"]


def test_what_may_have_been_billed_last_is_unknown_though_an_earlier_picture_was_deleted(
    ledger: Ledger,
) -> None:
    made(ledger, "a", "a.png")
    (OUT / "a.png").unlink()
    asked(ledger, "a", "unknown")

    assert states(ledger, "a") == ["unknown"]


def test_of_the_same_job_twice_the_one_that_may_have_been_billed_is_unknown(
    ledger: Ledger,
) -> None:
    asked(ledger, "a", "unknown")
    made(ledger, "a", "a.png")

    assert states(ledger, "a", "a") == ["made", "unknown"]


def test_pictures_of_another_folder_count_for_nothing(ledger: Ledger) -> None:
    made(ledger, "a", "a.png")

    elsewhere = replace(job(1, "9"), target=Target(Path("elsewhere")))
    with Roll() as roll:
        roll.add(elsewhere, "a", EACH)
        judge(roll, ledger, None)
        (listed,) = roll.listed()

    assert listed == Listed(
        index=1, line="9", mark="a", nth=0, folder=Path("elsewhere"), state="new", path=None,
        outcome=None, reason=None, packed=listed.packed,
    )  # fmt: skip
    assert listed.job == elsewhere


def test_the_estimates_of_jobs_are_summed_by_their_state() -> None:
    with Roll() as roll:
        for index, mark, each in (
            (1, "a", EACH),
            (2, "b", Begun(3, None, 3, None)),
            (3, "c", Begun(2, 0.4, 0, "2026-01-02")),
            (4, "d", EACH),
        ):
            roll.add(job(index), mark, each, mine=index < 4)
            if index == 1:
                roll.judge(index, "made")
        sums = roll.begun("TRUE"), roll.begun("state <> 'made'"), roll.begun("state = 'failed'")

    assert sums == (
        Begun(6, 0.5, 3, "2026-01-02"),
        Begun(5, 0.4, 3, "2026-01-02"),
        Begun(0, None, 0, None),
    )


def test_the_roll_gives_back_what_it_was_given() -> None:
    jobs = [job(index, str(index)) for index in range(1, 1202)]

    with Roll() as roll:
        for one in jobs:
            roll.add(one, f"mark {one.index % 7}", EACH)
        roll.fail(3, "refused", "no")
        listed = list(roll.listed())
        counted = roll.counts()

    assert [one.job for one in listed] == jobs
    assert [one.nth for one in listed] == [(one.index - (one.index % 7 or 7)) // 7 for one in jobs]
    assert (listed[2].outcome, listed[2].reason, counted) == ("refused", "no", {"new": 1201})


def test_takes_of_one_request_are_counted_on() -> None:
    with Roll() as roll:
        assert [roll.takes("fox", 4), roll.takes("cat", 1), roll.takes("fox", 2)] == [0, 0, 4]
        assert roll.takes("fox", 1) == 6


@pytest.mark.parametrize(
    ("first", "second", "meets"),
    [
        (None, None, False),
        (None, "1/4", False),
        ("1/4", None, False),
        ("1/4", "1/4", False),
        ("1/4", "2/4", True),
        ("1/4", "2/3", False),
        ("2/12", "1/2", False),
        ("2/12", "1/12", True),
    ],
)
def test_two_runs_of_the_same_jobs_do_not_meet_but_two_shards_do(
    first: str | None, second: str | None, *, meets: bool
) -> None:
    state = Path("state")
    with alone(state, "jobs", first):
        if meets:
            with alone(state, "jobs", second):
                pass
        else:
            with pytest.raises(LocalError, match="another togimg"), alone(state, "jobs", second):
                pass
        with alone(state, "other jobs"):
            pass

    with alone(state, "jobs"):
        pass
