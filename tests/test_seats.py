"""Threads take seats: few work at once, and who waits for the service keeps nobody from it."""

import io
import json
import socket
import threading
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress

import pytest
from PIL import Image

from asking import PICTURE, ask
from running import Togimg, names, use
from togimg.seats import SEATS, Seats, aside, sit
from wires import Wires, reply


def in_threads(count: int, work: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_whoever_comes_when_all_seats_are_taken_waits_for_one() -> None:
    seats, seated, happened = Seats(), threading.Barrier(SEATS + 1), list[str]()
    up = threading.Event()

    def sit() -> None:
        with seats.taken():
            seated.wait(10)
            up.wait(10)
            happened.append("left")

    def come() -> None:
        with seats.taken():
            happened.append("came")

    early = in_threads(SEATS, sit)
    seated.wait(10)
    late = in_threads(1, come)
    up.set()
    for thread in early + late:
        thread.join(10)

    assert happened[0] == "left"
    assert sorted(happened) == ["came", *["left"] * SEATS]


def test_who_steps_aside_gives_the_seat_to_another_and_takes_one_again() -> None:
    seats = Seats()
    met = threading.Barrier(3 * SEATS)
    back = list[int]()

    def work() -> None:
        with seats.taken(), suppress(LookupError), aside():
            back.append(met.wait(10))
            raise LookupError

    for _ in range(2):
        for thread in in_threads(3 * SEATS, work):
            thread.join(10)

    assert sorted(back) == sorted([*range(3 * SEATS)] * 2)


def test_who_is_out_of_patience_goes_on_without_a_seat_and_can_take_one_later() -> None:
    seats, taken, free = Seats(), threading.Barrier(SEATS + 1), threading.Event()
    happened = list[str]()

    def keep() -> None:
        with seats.taken():
            taken.wait(10)
            free.wait(10)
            happened.append("left")

    with seats.taken():
        with aside(0.01):
            others = in_threads(SEATS, keep)
            taken.wait(10)
        happened.append("went on")
        free.set()
        sit()
        happened.append("sat")
    for thread in others:
        thread.join(10)

    assert (happened[0], happened.index("sat") > 1) == ("went on", True)


def test_stepping_aside_twice_or_without_a_seat_gives_away_nothing() -> None:
    seats = Seats()

    with aside(), seats.taken(), aside(), aside():
        pass
    with seats.taken():
        others = in_threads(SEATS - 1, lambda: seats.taken().__enter__())

    for thread in others:
        thread.join(10)
        assert not thread.is_alive()


def test_a_reply_is_read_while_others_have_all_the_seats() -> None:
    seats, taken, read = Seats(), threading.Barrier(SEATS + 1), threading.Event()
    spaces = b" " * 8_000_000

    def keep() -> None:
        with seats.taken():
            taken.wait(10)
            read.wait(10)

    def play(served: Wires, connection: socket.socket) -> None:
        served.request(connection)
        in_threads(SEATS, keep)
        taken.wait(10)
        connection.sendall(reply(200, spaces + PICTURE))
        read.set()

    with Wires(play) as served, seats.taken():
        came = ask(served.url)

    assert (came.outcome, read.is_set()) == ("made", True)


@pytest.mark.parametrize("sent", [0, 20, 70_000])
def test_replies_that_stop_on_their_way_keep_no_request_from_being_sent(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    """`sent`: bytes of each reply that come before all requests are there."""
    many = 3 * SEATS
    all_there = threading.Barrier(many)
    file = io.BytesIO()
    Image.effect_noise((400, 400), 100).save(file, "PNG")
    data = [{"b64_json": b64encode(file.getvalue()).decode()}]
    answer = reply(200, json.dumps({"data": data}).encode())

    def play(served: Wires, connection: socket.socket) -> None:
        served.request(connection)
        connection.sendall(answer[:sent])
        all_there.wait(10)
        connection.sendall(answer[sent:])

    with Wires(play) as served:
        use(served, monkeypatch)
        ran = togimg("generate", "fox", "-n", str(many), "-j", str(many), "-o", "out/")

    assert (ran.code, len(names("out"))) == (0, many)
