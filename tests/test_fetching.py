import pytest

from asking import fetch
from wires import Play, Wires, reply, resets, says


@pytest.mark.parametrize(
    ("plays", "tries"),
    [
        ([says(reply(503, b"", "retry-after: 0")), says(reply(200, b"fox"))], 2),
        ([resets(), says(b""), says(reply(200, b"fo", length=3)), says(reply(200, b"fox"))], 4),
        ([says(reply(200)), says(reply(504)), says(reply(524)), says(reply(200, b"fox"))], 4),
        ([says(reply(302, b"", "location: /b", keep=True), reply(200, b"fox"))], 2),
        # whole, although the length promised more
        ([says(reply(200, b"fox", length=9))], 1),
    ],
)
def test_a_picture_is_fetched_until_it_comes(plays: list[Play], tries: int) -> None:
    with Wires(*plays) as served:
        came = fetch(served.url, f"{served.url}/a", retries=0)

    assert (came.result, len(served.requests)) == (b"fox", tries)


@pytest.mark.parametrize(("status", "tries"), [(404, 5), (403, 5), (500, 5), (429, 5), (204, 5)])
def test_a_picture_is_asked_for_five_times_at_most(status: int, tries: int) -> None:
    with Wires(says(reply(status))) as served:
        came = fetch(served.url, f"{served.url}/a")

    assert (came.outcome, len(served.requests)) == ("unknown", tries)
    assert f"cannot be fetched from {served.url}/a: " in came.message


@pytest.mark.parametrize(
    ("target", "tries"),
    [
        *((b"http://[::1", 1), (b"http://127.0.0.1:99999/", 1), (b"http://127.0.0.1:port/", 1)),
        *((b"http://127.0.0.1:0/", 1), (b"http://a..b/", 1), (b"http://" + b"x" * 70_000, 1)),
        *((b"mailto:a@b", 1), (b"file:///etc/passwd", 1), (b"javascript:alert(1)", 1)),
        # in a circle
        *((b"//", 6), (b"http:///", 6), (b"#", 6)),
        # to a name that nobody has, which may be for the moment only
        *((b"http://\xff\xfe/", 5), (b"http://%00/", 5)),
    ],
)
def test_a_redirect_that_leads_nowhere_ends_in_an_error(target: bytes, tries: int) -> None:
    answer = b"HTTP/1.1 302 X\r\ncontent-length: 0\r\nconnection: close\r\nlocation: "
    with Wires(says(answer + target + b"\r\n\r\n")) as served:
        came = fetch(served.url, f"{served.url}/a")

    assert (came.outcome, came.error and came.error.exit_code) == ("unknown", 9)
    assert len(served.requests) == tries


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308])
def test_a_redirect_that_does_not_say_where_is_final(status: int) -> None:
    with Wires(says(reply(status))) as served:
        came = fetch(served.url, f"{served.url}/a")

    assert (came.outcome, len(served.requests)) == ("unknown", 1)
    assert came.message == (
        f"the picture of request r-1 cannot be fetched from {served.url}/a: "
        "a redirect leads nowhere"
    )


@pytest.mark.parametrize("url", ["http://[", "http://\udcff/", "http://a\x00b/", "x" * 70_000, ":"])
def test_an_address_that_is_none_ends_in_an_error(url: str) -> None:
    assert fetch("http://127.0.0.1:9/v1", url).outcome == "unknown"
