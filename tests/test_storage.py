import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from togimg.errors import LocalError
from togimg.naming import Name
from togimg.request import OnExists
from togimg.storage import REMEMBERED, NameTaken, Place, Storage
from togimg.storage.names import Listing

FOX = Name((), ("fox-", 3))
PLAIN = Name((), ("fox",))
OUT = Path("out")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage([tmp_path / "rescue"])


def reserve(
    storage: Storage,
    name: Name = FOX,
    *,
    index: int = 1,
    on_exists: OnExists = "unique",
    extension: str | None = None,
) -> Place:
    return storage.reserve(OUT, name, index=index, on_exists=on_exists, extension=extension)


def files(folder: Path = OUT) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_picture_appears_under_its_reserved_name_and_leaves_nothing_else(
    storage: Storage,
) -> None:
    with reserve(storage) as place:
        before = files()
        path = place.publish(b"fox", "jpg")

    assert (before, path, files()) == (
        {".fox-001.togimg": b""},
        OUT / "fox-001.jpg",
        {"fox-001.jpg": b"fox"},
    )


def test_a_name_that_is_not_used_is_given_back(storage: Storage) -> None:
    reserve(storage).release()

    assert files() == {}


def test_leaving_the_storage_gives_every_name_back(storage: Storage) -> None:
    with storage:
        reserve(storage)
        reserve(storage)

    assert files() == {}


def test_numbers_go_on_after_any_number_of_other_names(storage: Storage) -> None:
    for _ in range(2):
        with reserve(storage) as place:
            place.publish(b"fox", "jpg")
    for number in range(REMEMBERED):
        reserve(storage, Name((), (f"cat {number}-", 3))).release()

    with reserve(storage) as place:
        assert place.stem == "fox-003"


def test_numbers_go_on_from_the_highest_in_the_folder(storage: Storage) -> None:
    OUT.mkdir()
    for file in ("fox-002.jpg", "FOX-017.png", "fox-x.jpg", "foxes-099.jpg"):
        (OUT / file).write_bytes(b"old")

    with reserve(storage) as place:
        assert place.publish(b"new", "jpg") == OUT / "fox-018.jpg"


def test_a_number_is_taken_whatever_the_kind_of_the_picture_that_has_it(storage: Storage) -> None:
    with reserve(storage) as one, reserve(storage) as two:
        paths = [one.publish(b"1", "jpg"), two.publish(b"2", "png")]

    assert paths == [OUT / "fox-001.jpg", OUT / "fox-002.png"]


def test_a_file_that_appears_after_the_reservation_is_not_replaced(storage: Storage) -> None:
    with reserve(storage) as place:
        (OUT / "fox-001.jpg").write_bytes(b"somebody else's")
        path = place.publish(b"fox", "jpg")

    assert (path, files()) == (
        OUT / "fox-002.jpg",
        {"fox-001.jpg": b"somebody else's", "fox-002.jpg": b"fox"},
    )


def test_a_plain_name_that_is_taken_gets_a_number(storage: Storage) -> None:
    paths = []
    for _ in range(3):
        with reserve(storage, PLAIN, extension="png") as place:
            paths.append(place.publish(b"fox", "png").name)

    assert paths == ["fox.png", "fox-001.png", "fox-002.png"]


@pytest.mark.parametrize("on_exists", ["error", "skip"])
def test_a_taken_name_is_an_error_before_anything_is_sent(
    storage: Storage, on_exists: OnExists
) -> None:
    OUT.mkdir()
    (OUT / "fox-002.webp").write_bytes(b"old")

    with pytest.raises(NameTaken) as taken:
        reserve(storage, index=2, on_exists=on_exists)

    assert (taken.value.message, files()) == (
        "out/fox-002.webp exists already",
        {"fox-002.webp": b"old"},
    )


def test_overwriting_replaces_the_picture_in_one_step(storage: Storage) -> None:
    OUT.mkdir()
    (OUT / "fox.png").write_bytes(b"old")

    with reserve(storage, PLAIN, on_exists="overwrite", extension="png") as place:
        untouched = files()["fox.png"]
        place.publish(b"new", "png")

    assert (untouched, files()) == (b"old", {"fox.png": b"new"})


def test_two_cannot_write_one_fixed_name_at_once(storage: Storage) -> None:
    with reserve(storage, PLAIN, on_exists="overwrite"), pytest.raises(LocalError) as error:
        reserve(Storage([]), PLAIN, on_exists="overwrite")

    assert error.value.message == "another togimg is making out/fox right now"


def test_a_planted_link_is_neither_followed_nor_replaced(storage: Storage, tmp_path: Path) -> None:
    OUT.mkdir()
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (OUT / ".fox-001.togimg").symlink_to(victim)
    (OUT / "fox-002.jpg").symlink_to(victim)

    with reserve(storage) as place:
        path = place.publish(b"fox", "jpg")

    assert (path, victim.read_bytes()) == (OUT / "fox-003.jpg", b"precious")


def test_the_placeholder_of_a_dead_process_is_removed_and_its_number_used(
    storage: Storage,
) -> None:
    OUT.mkdir()
    (OUT / ".fox-001.togimg").write_bytes(b"")

    with reserve(storage) as place:
        place.publish(b"fox", "jpg")

    assert files() == {"fox-001.jpg": b"fox"}


def test_bytes_that_a_dead_process_left_are_rescued(storage: Storage, tmp_path: Path) -> None:
    OUT.mkdir()
    (OUT / ".fox-001.togimg").write_bytes(b"paid for")

    with reserve(storage):
        rescued = files(tmp_path / "rescue")

    assert rescued == {"fox-001-001.unfinished": b"paid for"}


def test_a_name_in_folders_makes_them(storage: Storage) -> None:
    with reserve(storage, Name(("schnell", "42"), ("fox",))) as place:
        assert place.publish(b"fox", "jpg") == OUT / "schnell" / "42" / "fox.jpg"


def test_a_picture_that_cannot_take_its_name_is_rescued_and_said_so(
    storage: Storage, tmp_path: Path
) -> None:
    with reserve(storage) as place:
        (OUT / ".fox-001.togimg").unlink()
        OUT.rmdir()
        with pytest.raises(LocalError) as error:
            place.publish(b"fox", "jpg")

    kept = tmp_path / "rescue" / "fox-001-001.jpg"
    assert (error.value.message, error.value.outcome, kept.read_bytes()) == (
        f"cannot write out/fox-001.jpg: no such file or directory; the picture is kept in {kept}",
        "made",
        b"fox",
    )


def test_a_folder_that_is_a_file_is_a_clear_error(storage: Storage) -> None:
    OUT.write_bytes(b"")

    with pytest.raises(LocalError) as error:
        reserve(storage)

    assert error.value.message == "cannot write in out: it is no folder"


def test_pictures_have_the_permissions_that_the_umask_leaves(storage: Storage) -> None:
    before = os.umask(0o027)
    try:
        with reserve(storage) as place:
            path = place.publish(b"fox", "jpg")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_preview_names_what_would_be_reserved_and_touches_nothing(storage: Storage) -> None:
    OUT.mkdir()
    (OUT / "fox-004.jpg").write_bytes(b"old")
    previews = [
        storage.preview(OUT, FOX, index=2, on_exists="unique"),
        storage.preview(OUT, FOX, index=2, on_exists="skip"),
        storage.preview(OUT, PLAIN, index=2, on_exists="unique"),
    ]

    assert (previews, files()) == (
        [OUT / "fox-006", OUT / "fox-002", OUT / "fox"],
        {"fox-004.jpg": b"old"},
    )


MANY = """
import sys
from pathlib import Path
from togimg.naming import Name
from togimg.storage import Storage

storage = Storage([])
for _ in range(25):
    with storage.reserve(
        Path("out"), Name((), ("fox-", 3)), index=1, on_exists="unique", extension=None
    ) as place:
        place.publish(sys.argv[1].encode(), "jpg")
"""


def test_eight_processes_in_one_folder_never_meet() -> None:
    writers = [subprocess.Popen([sys.executable, "-c", MANY, str(n)]) for n in range(8)]

    assert [writer.wait() for writer in writers] == [0] * 8
    contents = list(files().values())
    counts = {n: contents.count(str(n).encode()) for n in range(8)}
    assert counts == dict.fromkeys(range(8), 25)


stems = st.text(st.sampled_from("fF\u00e9e\u0301-0127."), min_size=1, max_size=9)
parts = st.lists(stems | st.integers(1, 3), min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(stems, max_size=20, unique=True), parts)
def test_the_highest_number_is_found_however_names_are_spelled(
    files: list[str], parts: list[str | int]
) -> None:
    name = Name((), tuple(parts))
    with TemporaryDirectory() as folder:
        for file in files:
            Path(folder, f"{file}.jpg").touch()
        expected = [name.number_in(path.name[:-4]) or 0 for path in Path(folder).iterdir()]

        assert Listing(Path(folder)).highest(name) == max(expected, default=0)


LISTED = """
import sys
from pathlib import Path
from togimg.naming import Name
from togimg.storage import Storage

listed = []
sys.addaudithook(lambda event, _: listed.append(event) if event == "os.listdir" else None)
with Storage(()) as storage:
    for number in range(50):
        name = Name((), (f"fox {number}-", 3))
        storage.reserve(Path("out"), name, index=1, on_exists="unique", extension=None)
print(len(listed))
"""


def test_a_folder_is_read_as_often_for_fifty_prompts_as_for_one() -> None:
    ran = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, check=True)

    # To sweep it, and for the numbers in it.
    assert ran.stdout == "2\n"
