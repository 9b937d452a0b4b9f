import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from togimg.addresses import api_root, check_picture_url, is_loopback, usable_key
from togimg.errors import AccountError, RefusedError, ServiceError, TogimgError, UnknownOutcome
from togimg.together.answers import Picture, Reply, listing, picture, reply
from togimg.together.reading import decode, parsed

KEY = "tgp_v1_0123456789abcdef_SECRET"
FOX = base64.b64encode(b"fox bytes").decode()
URL = "https://api.together.ai/shrt/fFbG3zT1MyXkcYlS"


NEAR_SCHNELL = (
    "did you mean black-forest-labs/FLUX.1-schnell or black-forest-labs/FLUX.2-dev or "
    "black-forest-labs/FLUX.2-flex?"
)


def read(answer: Any, status: int = 200) -> Reply:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return reply(status, {}, content, KEY)


@pytest.mark.parametrize(
    ("entries", "pictures"),
    [
        ([{"index": 0, "b64_json": FOX}], [Picture(b"fox bytes", None)]),
        ([{"index": 0, "url": URL, "timings": {"inference": 0.1}}], [Picture(None, URL)]),
        ([{"b64_json": FOX, "type": None, "url": None}], [Picture(b"fox bytes", None)]),
        ([{"url": URL, "type": "b64_json", "b64_json": ""}], [Picture(None, URL)]),
        ([{"b64_json": FOX}, {"url": URL}], [Picture(b"fox bytes", None), Picture(None, URL)]),
        (
            [{"index": 1, "url": URL}, {"index": 0, "b64_json": FOX}],
            [Picture(b"fox bytes", None), Picture(None, URL)],
        ),
        (
            [{"index": 0, "url": URL}, {"index": 0, "b64_json": FOX}],
            [Picture(None, URL), Picture(b"fox bytes", None)],
        ),
        ([{"url": f"data:image/png;base64,{FOX}"}], [Picture(b"fox bytes", None)]),
        ([{"b64_json": f"data:image/png;base64,{FOX}"}], [Picture(b"fox bytes", None)]),
        ([{"b64_json": "Zm94\nIGJ5\r\ndGVz"}], [Picture(b"fox bytes", None)]),
        ([{"b64_json": "-_-_"}], [Picture(b"\xfb\xff\xbf", None)]),
    ],
)
def test_the_field_that_holds_a_text_decides_what_a_picture_is(
    entries: list[dict[str, Any]], pictures: list[Picture]
) -> None:
    assert list(read({"data": entries}).pictures) == pictures


ENTRY = {"b64_json": FOX}
LINK = {"url": f"{URL}?a=b&c=d"}
BOTH = json.dumps({"id": "r-1", "data": [ENTRY, {**ENTRY, "b64_json": "Zm94"}]}).encode()
LINKED = json.dumps({"data": [LINK, LINK]}).replace("/", "\\/").encode()


@pytest.mark.parametrize(
    ("content", "pictures"),
    [
        *((json.dumps(answer).encode(), [FOX]) for answer in ([ENTRY], {"data": ENTRY}, ENTRY)),
        *((BOTH.decode().encode(name), [FOX, "Zm94"]) for name in ("utf-16", "utf-16-be")),
        *((BOTH.decode().encode(name), [FOX, "Zm94"]) for name in ("utf-32", "utf-8-sig")),
        # cut, doubled, with something around it, with what is no text in it
        (BOTH[:-1], [FOX, "Zm94"]),
        (BOTH[:-8], [FOX]),
        (BOTH.decode().encode("utf-16")[:-17], [FOX]),
        (BOTH + BOTH, [FOX, "Zm94"]),
        (b"data: " + BOTH + b"\n\n", [FOX, "Zm94"]),
        (BOTH.replace(b"r-1", b"\xe9"), [FOX, "Zm94"]),
        (BOTH.replace(b'"r-1"', b"9" * 9999), [FOX, "Zm94"]),
    ],
)
def test_pictures_that_are_whole_are_read_whatever_is_wrong_with_the_rest(
    content: bytes, pictures: list[str]
) -> None:
    assert [p.data for p in read(content).pictures] == [base64.b64decode(p) for p in pictures]


def test_a_link_in_an_answer_that_was_cut_is_followed_once() -> None:
    assert read(LINKED[:-1]).pictures == (Picture(None, LINK["url"]),)


def test_the_good_pictures_of_a_reply_are_kept_and_the_broken_ones_counted() -> None:
    answer = {
        "id": "r-1",
        "model": "black-forest-labs/FLUX.1-schnell",
        "data": [{"b64_json": "***"}, {"b64_json": FOX}, None, {}],
    }

    assert read(answer) == Reply(
        pictures=(Picture(b"fox bytes", None),),
        broken=3,
        model="black-forest-labs/FLUX.1-schnell",
        request_id="r-1",
    )


@pytest.mark.parametrize("status", [200, 201, 206])
def test_whole_pictures_are_kept_whatever_success_is_called(status: int) -> None:
    assert read({"data": [{"b64_json": FOX}]}, status).pictures == (Picture(b"fox bytes", None),)


@pytest.mark.parametrize(
    ("status", "kind", "outcome", "exit_code"),
    [
        (400, RefusedError, "refused", 4),
        (401, AccountError, "refused", 3),
        (402, AccountError, "refused", 3),
        (403, AccountError, "refused", 3),
        (404, RefusedError, "refused", 4),
        (408, ServiceError, "refused", 5),
        (413, RefusedError, "refused", 4),
        (422, RefusedError, "refused", 4),
        (429, ServiceError, "refused", 5),
        (500, ServiceError, "failed", 5),
        (502, ServiceError, "failed", 5),
        (503, ServiceError, "refused", 5),
        (504, UnknownOutcome, "unknown", 9),
        (520, ServiceError, "failed", 5),
        (521, ServiceError, "refused", 5),
        (524, UnknownOutcome, "unknown", 9),
        (529, ServiceError, "refused", 5),
        (204, UnknownOutcome, "unknown", 9),
        (302, UnknownOutcome, "unknown", 9),
        (307, UnknownOutcome, "unknown", 9),
    ],
)
def test_every_status_has_its_outcome(
    status: int, kind: type[TogimgError], outcome: str, exit_code: int
) -> None:
    with pytest.raises(kind) as error:
        read({"error": {"message": "no", "type": "x", "param": None, "code": None}}, status)

    assert (error.value.outcome, error.value.exit_code, error.value.status) == (
        outcome,
        exit_code,
        status,
    )


@pytest.mark.parametrize(
    ("status", "error", "parameter", "hint"),
    [
        (
            400,
            {"message": "Unsupported use of 'seed' parameter. This parameter is not supported."},
            "seed",
            "leave seed out or choose another model: togimg models",
        ),
        (
            404,
            {
                "message": "Unable to access model black-forest-labs/FLUX.1-schnel. Please visit …",
                "code": "model_not_available",
            },
            "model",
            NEAR_SCHNELL,
        ),
        (
            400,
            {
                "message": "Unable to access non-serverless model X. …",
                "code": "model_not_available",
            },
            "model",
            "see what there is: togimg models",
        ),
        (
            400,
            {"message": "blocked", "code": "content_policy_violation"},
            None,
            "change the prompt: the service's content policy refused it",
        ),
        (
            422,
            {"message": "NSFW"},
            None,
            "change the prompt: the service's safety checker refused it",
        ),
        (400, {"message": "prompt too long", "code": 7}, None, None),
    ],
)
def test_a_refusal_says_what_to_change(
    status: int, error: dict[str, Any], parameter: str | None, hint: str | None
) -> None:
    with pytest.raises(RefusedError) as refusal:
        read({"error": error}, status)

    assert (refusal.value.parameter, refusal.value.hint) == (parameter, hint)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"error":{"message":"Unauthorized"}}', '401, "Unauthorized"'),
        (b'{"error":"Unauthorized"}', '401, "Unauthorized"'),
        (b'{"message":"Unauthorized","code":16}', '401, "Unauthorized"'),
        (b"error code: 1010", '401, "error code: 1010"'),
        (b"<html><title>Just a\n moment</title><p>x</p></html>", '401, "Just a moment"'),
        (f"your key {KEY} is bad".encode(), '401, "your key [key] is bad"'),
        (b'{"error":{"message":null}}', '401, "{"error":{"message":null}}"'),
        (b"", "401"),
    ],
)
def test_the_words_of_the_service_are_quoted_whatever_their_form_and_never_the_key(
    content: bytes, message: str
) -> None:
    with pytest.raises(AccountError) as error:
        read(content, 401)

    assert error.value.message == f"the service refused the account: {message}"


@pytest.mark.parametrize(
    "answer",
    [
        *(b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"data":null}', b'{"data":[]}'),
        *(b'{"data":[{}]}', b'{"data":[{"b64_json":"!"}]}', b'{"error":{"message":"late"}}'),
        b"[" * 100_000,
    ],
)
def test_a_200_without_a_picture_may_have_been_billed(answer: bytes) -> None:
    with pytest.raises(UnknownOutcome) as error:
        read(answer)

    assert error.value.message.endswith("the request may have been billed")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
entries = st.lists(
    st.dictionaries(st.sampled_from(["b64_json", "url", "index", "type"]), json_values)
    | json_values
)


@given(
    st.integers(100, 599),
    st.binary()
    | json_values.map(lambda value: json.dumps(value).encode())
    | entries.map(lambda found: json.dumps({"data": found}).encode()),
)
def test_no_answer_raises_anything_but_our_errors(status: int, content: bytes) -> None:
    for parse in (reply, listing):
        with suppress(TogimgError):
            parse(status, {}, content, KEY)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.text('ab\\"/:é{', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["b64_json", 'b"', "data"]), inner, max_size=3)
    ),
)


def texts(answer: Any) -> Any:
    """The same, with text for what was kept as bytes."""
    if isinstance(answer, memoryview):
        return bytes(answer).decode()
    if isinstance(answer, list):
        return [texts(each) for each in answer]
    return {k: texts(v) for k, v in answer.items()} if isinstance(answer, dict) else answer


@given(JSON, st.sampled_from([None, 1]), st.booleans())
@example({"b64_json": "a/b", "data": [{"b64_json": [1]}, {"b64_json": -2}]}, None, False)
def test_an_answer_is_read_as_json_says(answer: Any, indent: int | None, ascii_only: bool) -> None:
    content = json.dumps(answer, indent=indent, ensure_ascii=ascii_only)

    assert texts(parsed(content.encode())) == answer
    assert texts(parsed(content.replace("/", "\\/").encode())) == answer
    assert texts(parsed(content.encode("utf-16"))) == answer


@given(st.binary(min_size=1))
def test_base64_is_read_padded_wrapped_or_as_a_data_uri(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    wrapped = "\n".join(text[i : i + 7] for i in range(0, len(text), 7))

    assert {decode(t) for t in (text, text.rstrip("="), wrapped, f"data:x;base64,{text}")} == {data}


def test_a_list_of_models_is_read_bare_or_wrapped_and_strangers_are_left_out() -> None:
    entries = [{"id": "a", "type": "image"}, {"id": "b"}, {"id": 7}, "c", None]

    lists = [listing(200, {}, json.dumps(f).encode(), KEY) for f in (entries, {"data": entries})]

    assert lists == [[{"id": "a", "type": "image"}, {"id": "b"}]] * 2


@pytest.mark.parametrize(("status", "content"), [(404, b"gone"), (200, b""), (403, b"1010")])
def test_a_download_without_a_picture_is_unknown(status: int, content: bytes) -> None:
    with pytest.raises(UnknownOutcome):
        picture(status, content)


@pytest.mark.parametrize(
    "base_url",
    [
        *("https://api.together.ai", "https://api.together.ai/", "https://api.together.ai/v1"),
        *("https://api.together.ai/v1/", " https://api.together.ai/v1 "),
    ],
)
def test_a_base_url_ends_with_exactly_one_v1(base_url: str) -> None:
    assert api_root(base_url) == "https://api.together.ai/v1"


@pytest.mark.parametrize(
    ("base_url", "message"),
    [
        ("api.together.ai", "api.together.ai is no base URL"),
        ("ftp://x/v1", "ftp://x/v1 is no base URL"),
        ("https://", "https:// is no base URL"),
        ("http://[::1", "http://[::1 is no base URL"),
        ("http://x:port", "http://x:port is no base URL"),
        ("http://example.com/v1", "http://example.com/v1 would carry the key unencrypted"),
    ],
)
def test_a_base_url_that_cannot_be_used_is_refused(base_url: str, message: str) -> None:
    with pytest.raises(TogimgError) as error:
        api_root(base_url)

    assert error.value.message == message


def test_plain_http_is_for_loopback_or_for_those_who_insist() -> None:
    roots = [
        api_root("http://127.0.0.1:8321"),
        api_root("http://[::1]:8321/v1"),
        api_root("http://localhost"),
        api_root("http://example.com", insecure_http=True),
    ]

    assert roots == [
        "http://127.0.0.1:8321/v1",
        "http://[::1]:8321/v1",
        "http://localhost/v1",
        "http://example.com/v1",
    ]


@pytest.mark.parametrize(
    "key", [None, "", "  ", "two words", "line\nbreak", "key\r\n", "schlüssel"]
)
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str | None) -> None:
    with pytest.raises(AccountError) as error:
        usable_key(key)

    assert not key or not key.strip() or key not in f"{error.value.message}{error.value.hint}"


def test_blanks_around_a_key_are_forgiven() -> None:
    assert usable_key(f" {KEY}\t") == KEY


API = "https://api.together.ai/v1"


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://example.com/x", "data:image/png;base64,AAAA", "/shrt/x"),
        *(
            "http://127.0.0.1/x",
            "http://169.254.169.254/latest",
            "http://[::1]/",
            "http://10.0.0.1/",
        ),
        *("http://192.168.1.1/", "http://localhost/", "http://0.0.0.0/", "https://"),
    ],
)
def test_a_picture_is_never_fetched_from_a_file_or_a_private_address(url: str) -> None:
    with pytest.raises(ValueError, match="fetched"):
        check_picture_url(url, api=API)


def test_a_picture_on_loopback_is_fetched_when_the_api_is_there_too() -> None:
    check_picture_url("http://127.0.0.1:9/shrt/x", api="http://127.0.0.1:9/v1")

    assert [is_loopback(u) for u in ("http://127.8.8.8/", "http://[::1]/", API)] == [
        True,
        True,
        False,
    ]
