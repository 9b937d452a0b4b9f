"""What each fault of a picture's link does, over real HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from togimg.sandbox import Sandbox, parse

Post = Callable[..., httpx.Response]


def sandbox(*faults: str) -> Sandbox:
    return Sandbox(faults=[parse(fault) for fault in faults])


def items(response: httpx.Response) -> list[dict[str, Any]]:
    return list(response.json()["data"])


def picture_answer(served: Sandbox, post: Post) -> httpx.Response:
    return httpx.get(items(post(served, response_format="url"))[0]["url"])


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("picture-404", 404),
        ("picture-403", 403),
        ("picture-429", 429),
        ("picture-500", 500),
        ("picture-html", 200),
    ],
)
def test_links_that_do_not_lead_to_a_picture(post: Post, fault: str, status: int) -> None:
    with sandbox(fault) as served:
        response = picture_answer(served, post)

    assert response.status_code == status
    assert not response.content.startswith(b"\xff\xd8")


def test_a_picture_host_says_how_long_to_wait(post: Post) -> None:
    with sandbox("picture-429:1:0.5") as served:
        assert picture_answer(served, post).headers["retry-after"] == "0.5"


def test_a_page_may_be_labelled_as_a_picture(post: Post) -> None:
    with sandbox("picture-html") as served:
        assert picture_answer(served, post).headers["content-type"] == "image/jpeg"


def test_a_picture_cut_in_the_middle(post: Post) -> None:
    with sandbox("picture-cut") as served:
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            picture_answer(served, post)

        assert served.paid == 1


def test_a_redirect_to_a_link_that_works(post: Post) -> None:
    with sandbox("picture-redirect:*") as served:
        url = items(post(served, response_format="url"))[0]["url"]
        response = httpx.get(url, follow_redirects=True)

    assert [hop.status_code for hop in (*response.history, response)] == [302, 200]


def test_a_redirect_without_end(post: Post) -> None:
    with sandbox("picture-loop") as served:
        url = items(post(served, response_format="url"))[0]["url"]
        with pytest.raises(httpx.TooManyRedirects):
            httpx.get(url, follow_redirects=True)


@pytest.mark.parametrize(
    ("fault", "location"),
    [
        ("picture-file", "file:///etc/hostname"),
        ("picture-private", "http://169.254.169.254/"),
        ("picture-no-port", "http://127.0.0.1:99999/"),
        ("picture-nowhere", None),
    ],
)
def test_redirects_to_where_no_client_should_go(
    post: Post, fault: str, location: str | None
) -> None:
    with sandbox(fault) as served:
        assert picture_answer(served, post).headers.get("location") == location
