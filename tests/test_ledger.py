"""The ledger: what it holds after every kind of end, and what it does when it cannot hold it."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from togimg.errors import BudgetError, LocalError
from togimg.events import Noted
from togimg.ledger import SANDBOX, Budget, Entry, Intent, Ledger, Past, Spend, fingerprint
from togimg.ledger.entries import stamp
from togimg.ledger.reading import Wanted, chosen
from togimg.ledger.schema import MIGRATIONS

FOX = Intent(
    fingerprint="f0",
    requested={"model": "m", "prompt": "fox", "seed": 7},
    folder=Path("out"),
    path=None,
    cost=0.25,
)
GIVEN_UP = "the run ended before the outcome was known; the request may have been billed"
PICTURE = b"a whole picture"
DIGEST = sha256(PICTURE).hexdigest()

WRITER = """
import os, sys
from pathlib import Path
from togimg.ledger import Intent, Ledger

def fox(number=0, path=None):
    requested = {"model": "m", "prompt": f"fox {number}"}
    return Intent(fingerprint="f", requested=requested, folder=Path("out"), path=path, cost=0.25)

folder = Path("state")
"""


@pytest.fixture
def folder() -> Path:
    return Path("state")


def plain(entry: Entry) -> Entry:
    """The entry without what differs from run to run."""
    return replace(entry, started="", duration=None)


def entry(**changes: object) -> Entry:
    """The first entry of FOX, made."""
    here = str(Path("out").absolute())
    usual: dict[str, object] = {
        "id": 1, "started": "", "outcome": "made", "prompt": "fox", "model": "m",
        "path": f"{here}/fox.png", "folder": here, "cost": 0.25, "duration": None,
        "request_id": "r1", "sha256": DIGEST, "error": None, "service": "api",
        "fingerprint": "f0", "requested": FOX.requested, "pictures": (f"{here}/fox.png",),
    }  # fmt: skip
    return Entry(**(usual | changes))  # type: ignore[arg-type]


def outcomes(folder: Path) -> list[tuple[str | None, str]]:
    """Prompt and outcome of every entry, once what is in doubt is settled."""
    with Ledger(folder) as ledger:
        ledger.settle()
        return [(e.prompt, e.outcome) for e in ledger.entries()]


def killed(script: str, *arguments: str) -> None:
    """Runs a writer until it says that it is ready, and kills it without mercy."""
    waiting = f"{WRITER}{script}\nprint('ready', flush=True)\ninput()"
    writer = subprocess.Popen(
        [sys.executable, "-c", waiting, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        writer.kill()


def test_a_request_is_an_intent_until_its_outcome_is_known(folder: Path) -> None:
    with Ledger(folder, "api") as ledger:
        pending = ledger.intend(FOX)
        before = [plain(e) for e in ledger.entries()]
        pending.placing(0, Path("out/fox.png"), DIGEST)
        pending.close("made", request_id="r1")
        after = [plain(e) for e in ledger.entries()]

    nothing_yet = entry(outcome="intent", path=None, request_id=None, sha256=None, pictures=())
    assert (before, after) == ([nothing_yet], [entry()])


def test_times_are_utc_and_in_order(folder: Path) -> None:
    began = datetime.now(UTC)
    with Ledger(folder) as ledger:
        for _ in range(3):
            ledger.intend(FOX).close("refused", error="no")
        times = [datetime.fromisoformat(e.started) for e in ledger.entries()]

    assert [moment.tzinfo for moment in times] == [UTC] * 3
    assert times == sorted(times)
    assert abs((times[0] - began).total_seconds()) < 60


def test_every_picture_of_a_reply_has_its_place(folder: Path) -> None:
    with Ledger(folder) as ledger:
        several = ledger.intend(FOX)
        several.placing(0, Path("out/fox.png"), DIGEST)
        several.placing(1, Path("out/fox-2.png"), "another")
        several.placing(1, Path("out/fox-3.png"), "another")
        several.close("made")
        (found,) = ledger.entries()
        (past,) = ledger.past([("f0", Path("out"))])

    here = Path("out").absolute()
    places = here / "fox.png", here / "fox-3.png"
    assert (found.path, found.sha256) == (str(places[0]), DIGEST)
    assert found.pictures == tuple(map(str, places))
    assert past == (Past(outcome="made", pictures=((places[0], DIGEST), (places[1], "another"))),)


def test_a_picture_that_turns_up_elsewhere_is_made_and_its_place_is_known(folder: Path) -> None:
    with Ledger(folder) as ledger:
        for outcome in ("unknown", "refused"):
            pending = ledger.intend(FOX)
            pending.placing(0, Path("out/fox.png"), f"{DIGEST} {outcome}")
            pending.close(outcome, error="gone")
            ledger.moved(f"{DIGEST} {outcome}", Path("rescue/fox-001.png"))
        ledger.moved("of no picture here", Path("rescue/other.png"))
        found = [(e.outcome, e.error, e.path) for e in ledger.entries()]

    there = str(Path("rescue/fox-001.png").absolute())
    assert found == [("made", None, there), ("refused", "gone", there)]


def test_one_picture_that_turns_up_does_not_stand_for_those_that_were_lost(folder: Path) -> None:
    with Ledger(folder) as ledger:
        several = ledger.intend(FOX)
        several.placing(0, Path("out/fox.png"), DIGEST)
        several.placing(1, Path("out/fox-2.png"), "another")
        several.close("unknown")
        ledger.moved(DIGEST, Path("rescue/fox-001.png"))
        (found,) = ledger.entries()

    assert found.outcome == "unknown"


def test_the_past_of_a_request_is_that_of_its_service_and_folder(folder: Path) -> None:
    with Ledger(folder, "other") as ledger:
        ledger.intend(FOX).close("made")
    with Ledger(folder, "api") as ledger:
        ledger.intend(FOX).close("failed")
        ledger.intend(replace(FOX, folder=Path("elsewhere"))).close("made")
        ledger.intend(replace(FOX, folder=None)).close("unknown")
        asked = (("f0", Path("out")), ("f0", None), ("f1", Path("out")))
        here, nowhere, other = ledger.past(asked)

    assert (here, nowhere, other) == (
        (Past(outcome="failed", pictures=()),),
        (Past(outcome="unknown", pictures=()),),
        (),
    )


def test_the_lines_of_a_jobs_file_are_remembered(folder: Path) -> None:
    with Ledger(folder) as ledger:
        for line, mark in (("1", "f0"), ("1", "f0"), ("a", "f1"), (None, "f2")):
            ledger.intend(replace(FOX, fingerprint=mark, batch="/jobs.csv", line=line))
        ledger.intend(replace(FOX, batch="/other.csv", line="9"))
        lines = sorted(ledger.lines("/jobs.csv"))

    assert lines == [("1", "f0"), ("a", "f1")]


@pytest.mark.parametrize("limit", ["per_day", "per_month"])
def test_a_budget_counts_what_may_be_billed_and_what_is_in_flight(folder: Path, limit: str) -> None:
    budget = Budget(**{limit: 1.0})
    with Ledger(folder, budget=budget) as ledger:
        ledger.intend(FOX).close("made")
        ledger.intend(FOX).close("unknown")
        ledger.intend(FOX).close("refused")
        ledger.intend(FOX).close("not_sent")
        ledger.intend(replace(FOX, cost=0.05)).close("failed")
        ledger.intend(FOX)
        left = ledger.left()
        with pytest.raises(BudgetError, match=rf"budget.{limit} is \$1.00, \$0.20 of it left"):
            ledger.intend(FOX)
        with pytest.raises(BudgetError, match="is not known"):
            ledger.intend(replace(FOX, cost=None))
        ledger.intend(replace(FOX, cost=0.2))
        counted = ledger.count()

    assert left == {f"budget.{limit}": pytest.approx(0.2)}
    assert counted == 7


def test_a_history_that_is_cleared_gives_no_money_back(folder: Path) -> None:
    with Ledger(folder, budget=Budget(per_day=0.5)) as ledger:
        for _ in range(2):
            ledger.intend(FOX).close("made")
        ledger.clear()
        left = ledger.left()
        with pytest.raises(BudgetError):
            ledger.intend(FOX)

    assert left == {"budget.per_day": pytest.approx(0.0)}


def test_a_rehearsal_spends_no_budget(folder: Path) -> None:
    with Ledger(folder, SANDBOX, Budget(per_day=0.1)) as ledger:
        ledger.intend(FOX).close("made")
        ledger.intend(replace(FOX, cost=None)).close("made")

        assert ledger.left() == {"budget.per_day": 0.1}


def test_many_threads_never_pass_a_budget_together(folder: Path) -> None:
    def ask(_: int) -> str:
        try:
            ledger.intend(replace(FOX, cost=0.1)).close("made")
        except BudgetError:
            return "over"
        return "made"

    with Ledger(folder, budget=Budget(per_day=1.0)) as ledger, ThreadPoolExecutor(16) as threads:
        came = sorted(threads.map(ask, range(40)))

    assert came == ["made"] * 10 + ["over"] * 30


def test_the_file_of_an_older_togimg_is_brought_up_to_date(folder: Path) -> None:
    folder.mkdir()
    picture = str(Path("fox.png").absolute())
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as old, old:
        for statement in MIGRATIONS[0]:
            old.execute(statement)
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO requests (run, started, service, fingerprint, requested, path, sha256,"
            " outcome, cost) VALUES ('r', ?, 'api', 'f0', '{}', ?, ?, 'made', 0.25)",
            (stamp(datetime.now(UTC)), picture, DIGEST),
        )

    with Ledger(folder, "api", Budget(per_day=1.0)) as ledger:
        (found,) = ledger.entries()
        left = ledger.left()

    assert (found.path, found.sha256, found.pictures) == (picture, DIGEST, (picture,))
    assert left == {"budget.per_day": pytest.approx(0.75)}


def test_file_and_folders_are_their_owner_s_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        with Ledger(folder) as ledger:
            ledger.intend(FOX)
            modes = {p.name: p.stat().st_mode & 0o777 for p in folder.iterdir()}
    finally:
        os.umask(before)

    assert modes == {
        "ledger.lock": 0o600,
        "ledger.sqlite3": 0o600,
        "ledger.sqlite3-shm": 0o600,
        "ledger.sqlite3-wal": 0o600,
        "runs": 0o700,
    }
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_run_that_ended_well_leaves_no_lock(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.intend(FOX).close("made")

    assert list((folder / "runs").iterdir()) == []


def test_a_run_killed_before_the_outcome_leaves_an_unknown_one(folder: Path) -> None:
    killed("Ledger(folder, 'api').intend(fox())")

    with Ledger(folder) as ledger:
        doubtful = ledger.settle()
        found = [(e.prompt, e.outcome, e.error) for e in ledger.entries()]
        again = ledger.settle()

    assert (doubtful, again) == (1, 0)
    assert found == [("fox 0", "unknown", GIVEN_UP)]
    assert list((folder / "runs").iterdir()) == []


PLACING = """
pending = Ledger(folder, "api").intend(fox())
pending.placing(0, Path("fox.png"), sys.argv[1])
if sys.argv[2] != "nothing":
    Path("fox.png").write_bytes(sys.argv[2].encode())
"""


@pytest.mark.parametrize(
    ("on_disk", "outcome"),
    [
        (PICTURE.decode(), "made"),
        ("nothing", "unknown"),
        ("a picture of somebody else", "unknown"),
        (PICTURE.decode()[:-1], "unknown"),
    ],
)
def test_a_run_killed_while_placing_is_judged_by_the_file(
    folder: Path, on_disk: str, outcome: str
) -> None:
    killed(PLACING, DIGEST, on_disk)

    with Ledger(folder) as ledger:
        doubtful = ledger.settle()
        (found,) = ledger.entries()

    assert (found.outcome, found.sha256) == (outcome, DIGEST)
    assert (found.path, doubtful) == (str(Path("fox.png").absolute()), int(outcome == "unknown"))


def test_a_pipe_where_the_picture_should_be_is_not_waited_for(folder: Path) -> None:
    os.mkfifo("fox.png")
    killed(PLACING, DIGEST, "nothing")

    assert outcomes(folder) == [("fox 0", "unknown")]


def test_a_rehearsal_in_the_sandbox_costs_nothing_and_worries_nobody(folder: Path) -> None:
    killed("Ledger(folder, 'sandbox').intend(fox())")

    with Ledger(folder) as ledger:
        assert ledger.settle() == 0
        assert [(e.outcome, e.cost) for e in ledger.entries()] == [("unknown", 0.0)]


def test_the_requests_of_a_living_run_are_not_in_doubt(folder: Path) -> None:
    with Ledger(folder, "api") as living:
        pending = living.intend(FOX)
        with Ledger(folder) as other:
            doubtful = other.settle()
            seen = [e.outcome for e in other.entries()]
        pending.close("made")

    assert (doubtful, seen, outcomes(folder)) == (0, ["intent"], [("fox", "made")])


def test_what_is_in_flight_when_a_ledger_is_left_is_alive_as_long_as_its_process(
    folder: Path,
) -> None:
    with Ledger(folder) as ledger:
        ledger.intend(FOX)

    assert outcomes(folder) == [("fox", "intent")]


def test_many_processes_write_at_once(folder: Path) -> None:
    script = """
with Ledger(folder, sys.argv[1]) as ledger:
    for number in range(25):
        pending = ledger.intend(fox(number))
        pending.placing(0, Path(f"{number}.png"), "a digest")
        pending.close("made")
    assert not ledger.notes()
"""
    writers = [subprocess.Popen([sys.executable, "-c", WRITER + script, str(n)]) for n in range(6)]
    assert [writer.wait() for writer in writers] == [0] * 6

    with Ledger(folder) as ledger:
        found = sorted((e.service, e.prompt, e.outcome) for e in ledger.entries())
    assert found == sorted((str(n), f"fox {m}", "made") for n in range(6) for m in range(25))


def test_what_was_read_is_what_was_asked_for(folder: Path) -> None:
    with Ledger(folder) as ledger:
        for number, outcome in enumerate(("made", "unknown", "refused", "failed")):
            ledger.intend(replace(FOX, fingerprint=f"f{number}")).close(outcome)  # type: ignore[arg-type]
        long_ago = datetime(2000, 1, 1, tzinfo=UTC)
        far_off = datetime(2999, 1, 1, tzinfo=UTC)

        assert [e.id for e in ledger.entries()] == [1, 2, 3, 4]
        assert [e.id for e in ledger.entries(limit=2)] == [3, 4]
        assert [e.id for e in ledger.entries(doubtful=True)] == [2, 4]
        assert [e.id for e in ledger.entries(fingerprint="f2")] == [3]
        assert [e.id for e in ledger.entries(since=long_ago, doubtful=True, limit=1)] == [4]
        assert list(ledger.entries(since=far_off)) == []
        assert (ledger.count(), ledger.count(doubtful=True)) == (4, 2)


def test_sums_tell_what_was_made_from_what_is_doubtful(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    with Ledger(folder) as ledger:
        for outcome in ("made", "made", "unknown", "failed", "refused", "not_sent"):
            ledger.intend(FOX).close(outcome)
        ledger.intend(replace(FOX, cost=None, requested={"model": "n"}, folder=None)).close("made")
        day = next(ledger.entries()).started[:10]
        sums = [s for by in ("day", "model", "folder", "total") for s in ledger.spend(by)]

    here = str(Path("out").absolute())
    paid: Any = {"made": 2, "cost": 0.5, "unpriced": 0, "doubtful": 2, "doubtful_cost": 0.5}
    other: Any = {"made": 1, "cost": 0.0, "unpriced": 1, "doubtful": 0, "doubtful_cost": 0.0}
    both: Any = {"made": 3, "cost": 0.5, "unpriced": 1, "doubtful": 2, "doubtful_cost": 0.5}
    assert sums == [
        Spend(by="day", key=day, **both),
        Spend(by="model", key="m", **paid),
        Spend(by="model", key="n", **other),
        Spend(by="folder", key=None, **other),
        Spend(by="folder", key=here, **paid),
        Spend(by="total", key=None, **both),
    ]


def test_what_is_cleared_is_gone_from_the_disk_and_what_is_in_flight_stays(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.intend(replace(FOX, requested={"prompt": "a secret plan"})).close("made")
        ledger.intend(FOX)
        gone = ledger.clear()
        left = [e.outcome for e in ledger.entries()]
        bytes_ = b"".join(path.read_bytes() for path in folder.glob("ledger.*"))

    assert (gone, left, b"secret plan" in bytes_) == (1, ["intent"], False)


def test_only_what_is_older_is_cleared(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.intend(FOX).close("made")

        assert ledger.clear(datetime(2000, 1, 1, tzinfo=UTC)) == 0
        assert ledger.clear(datetime(2999, 1, 1, tzinfo=UTC)) == 1


def test_paths_and_prompts_that_are_no_text_are_kept(folder: Path) -> None:
    odd = Path(os.fsdecode(b"/out/f\xffx.png"))
    with Ledger(folder) as ledger:
        pending = ledger.intend(replace(FOX, requested={"prompt": "f\udcffx"}, path=odd))
        pending.close("made", request_id="\ud800", error="\udcff")
        (found,) = ledger.entries()

    assert (found.path, found.requested) == (str(odd), {"prompt": "f\udcffx"})
    assert (found.prompt, found.request_id, found.error) == ("f\\udcffx", "\\ud800", "\\udcff")


def test_a_long_prompt_is_kept_whole_in_the_request_and_short_beside_it(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.intend(replace(FOX, requested={"prompt": "x" * 3000}))
        (found,) = ledger.entries()

    assert (found.prompt, found.requested) == ("x" * 500, {"prompt": "x" * 3000})


def test_fingerprints_differ_with_the_request_and_not_with_its_transport() -> None:
    fox = {"prompt": "fox", "seed": 1}

    assert fingerprint(fox) == fingerprint({"seed": 1, "prompt": "fox", "response_format": "url"})
    assert fingerprint(fox) != fingerprint({"prompt": "fox", "seed": 2})


def torn(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 + 100)


def overwritten(path: Path) -> None:
    path.write_bytes(b"this was never a database, and never will be" * 100)


@pytest.mark.parametrize("breaks", [torn, overwritten])
def test_a_broken_file_is_set_aside_and_a_new_one_begun(
    folder: Path, breaks: Callable[[Path], None]
) -> None:
    with Ledger(folder) as ledger:
        ledger.intend(FOX).close("made")
    breaks(folder / "ledger.sqlite3")
    broken = (folder / "ledger.sqlite3").read_bytes()

    with Ledger(folder) as ledger:
        ledger.intend(FOX).close("made")
        notes = ledger.notes()
        count = ledger.count()

    (aside,) = folder.glob("*.broken-*")
    assert (aside.read_bytes(), count) == (broken, 1)
    assert notes == (
        Noted("the history was broken: a new one is begun", f"the broken one is kept as {aside}"),
    )


def test_a_file_that_breaks_under_a_run_is_one_note_and_no_error(folder: Path) -> None:
    with Ledger(folder) as ledger:
        pending = ledger.intend(FOX)
        # What another process changed is read again, and from the file itself.
        other = sqlite3.connect(folder / "ledger.sqlite3", isolation_level=None)
        other.execute("CREATE TABLE theirs (any)")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()
        overwritten(folder / "ledger.sqlite3")
        pending.close("made")
        ledger.intend(FOX).close("made")
        notes = ledger.notes()

    (aside,) = folder.glob("*.broken-*")
    assert notes == (
        Noted(
            "the history is broken: the next run begins a new one",
            f"the broken one is kept as {aside}",
        ),
    )
    assert outcomes(folder) == []


def test_a_file_that_is_locked_for_too_long_is_one_note_and_no_error(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.change("PRAGMA busy_timeout = 0", ())
        other = sqlite3.connect(folder / "ledger.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            ledger.intend(FOX).close("made")
        notes = ledger.notes()
        other.execute("ROLLBACK")
        other.close()
        ledger.intend(FOX).close("made")

        where = folder / "ledger.sqlite3"
        assert (notes, ledger.notes(), ledger.count()) == (
            (
                Noted(
                    "the history cannot be kept: database is locked",
                    f"look at {where}: some requests may be missing there",
                ),
            ),
            (),
            1,
        )


def test_a_state_folder_that_cannot_be_one_is_an_error_that_says_so(folder: Path) -> None:
    folder.write_text("in the way")

    with pytest.raises(LocalError, match="the history in state cannot be used: file exists"):
        Ledger(folder)


def test_the_ledger_of_a_newer_togimg_is_left_alone(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.change("PRAGMA user_version = 99", ())
    before = (folder / "ledger.sqlite3").read_bytes()

    with pytest.raises(LocalError, match="a newer togimg keeps the history"):
        Ledger(folder)
    assert (folder / "ledger.sqlite3").read_bytes() == before


MANY = """
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50000)
    INSERT INTO requests (run, started, service, fingerprint, requested, outcome)
    SELECT 'r', '2026-11-21T00:00:00.000+00:00', 'api', 'f' || n, '{}', 'made' FROM n
"""


def test_among_many_entries_those_that_matter_are_found_by_index(folder: Path) -> None:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    with Ledger(folder) as ledger:
        ledger.change(MANY, ())
        assert ledger.count() == 50_000
    file = sqlite3.connect(folder / "ledger.sqlite3")

    def plan(statement: str, values: tuple[object, ...]) -> str:
        rows = file.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        return " / ".join(row[3] for row in rows)

    wanted = {
        "requests_by_fingerprint (fingerprint=?)": Wanted(fingerprint="f7"),
        "requests_by_outcome (outcome=?)": Wanted(doubtful=True),
        "requests_by_start (started>?)": Wanted(since=moment),
    }
    plans = {index: plan(*chosen(which, None)) for index, which in wanted.items()}
    newest = plan(*chosen(Wanted(), 20))
    settling = plan("SELECT id, run FROM requests WHERE outcome = 'intent'", ())
    closing = plan("UPDATE requests SET outcome = ? WHERE id = ? AND run = ?", ("made", 1, "r"))
    file.close()

    assert [index in found for index, found in plans.items()] == [True] * 3, plans
    assert "SCAN requests USING INDEX requests_by_start" in newest
    assert "requests_by_outcome" in settling
    assert "USING INTEGER PRIMARY KEY" in closing


@pytest.mark.parametrize(
    ("budget", "batch", "why"),
    [
        (Budget(per_day=1), None, "the budget is kept"),
        (Budget(), "/jobs.csv", "a batch knows what is made"),
    ],
)
def test_what_hangs_on_the_history_does_not_go_out_without_it(
    folder: Path, budget: Budget, batch: str | None, why: str
) -> None:
    with Ledger(folder, budget=budget) as ledger:
        with closing(sqlite3.connect(folder / "ledger.sqlite3")) as other, other:
            other.execute("DROP TABLE requests")
        with pytest.raises(LocalError, match=f"the history cannot be kept, by which {why}"):
            ledger.intend(replace(FOX, batch=batch))
