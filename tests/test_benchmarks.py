"""The stand-in of the benchmarks answers like the API, and counts what it was asked."""

from asking import ask, come, fetch, service
from benchmarks.measure import counts, stand_in
from togimg import pictures
from togimg.pictures import Checked


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}/v1"


def test_the_stand_in_sends_a_whole_picture_and_keeps_the_connection() -> None:
    with stand_in() as port:
        together = service(url(port))
        replies = [come(together.generate({"prompt": "fox"})).result for _ in range(3)]
        together.close()
        seen = counts(port)

    found = [pictures.check(reply.pictures[0].data) for reply in replies]
    assert found == [Checked("jpeg", 512, 512)] * 3
    assert seen == {"connections": 1, "requests": 3, "limited": 0, "flying": 0, "together": 1}


def test_its_links_lead_to_the_picture() -> None:
    with stand_in("--urls", "--pictures", "2") as port:
        reply = ask(url(port)).result
        fetched = [fetch(url(port), picture.url).result for picture in reply.pictures]

    assert [pictures.check(data).format for data in fetched] == ["jpeg", "jpeg"]


def test_what_is_too_much_at_once_is_limited() -> None:
    with stand_in("--most", "0") as port:
        came = ask(url(port), retries=0)

        assert (came.outcome, counts(port)["limited"]) == ("refused", 1)
