import gzip
import json
import zlib
from pathlib import Path

import pytest

from asking import FOX, PICTURE, Came, ask, fetch
from running import KEY, SMALL, Togimg, names
from togimg.addresses import api_root, check_key_host, hidden
from togimg.cli import confess
from togimg.errors import AccountError, UsageError
from togimg.sandbox import Sandbox, parse
from togimg.together.inflate import HARMLESS, inflated
from wires import Wires, hangs, reply, says

BEARER = f"Bearer {KEY}".encode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_the_request_is_not_followed_and_the_key_stays(status: int) -> None:
    with Wires(hangs) as stranger:
        away = reply(status, b"", f"location: {stranger.url}/images/generations")
        with Wires(says(away)) as served:
            came = ask(served.url)

        assert (came.outcome, len(served.requests), stranger.requests) == ("unknown", 1, [])


def test_no_hop_to_a_picture_carries_the_key() -> None:
    with Wires(says(reply(200, b"fox"))) as host:
        away = reply(302, b"", f"location: {host.url}/fox.jpg")
        with Wires(says(away)) as served:
            came = fetch(served.url, f"{served.url}/shrt/a")

    assert came.result == b"fox"
    assert not [r for r in (*served.requests, *host.requests) if b"uthorization" in r]


def test_what_netrc_knows_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "machine 127.0.0.1 login me password hunter2\n"
    Path("netrc").write_text(line, encoding="utf-8")
    Path.home().joinpath(".netrc").write_text(line, encoding="utf-8")
    monkeypatch.setenv("NETRC", str(Path("netrc").absolute()))

    with Wires(says(reply(200, PICTURE)), says(reply(200, b"fox"))) as served:
        came = [ask(served.url), fetch(served.url, f"{served.url}/a")]

    assert [one.outcome for one in came] == ["made", "made"]
    assert b"authorization: " + BEARER in served.requests[0].replace(b"Auth", b"auth")
    assert b"uthorization" not in served.requests[1]


def test_an_address_that_repeats_the_key_is_not_asked() -> None:
    with Wires(hangs) as served:
        came = [
            fetch(served.url, f"{served.url}/?k={key}") for key in (KEY, KEY.replace("_", "%5f"))
        ]

    assert (served.requests, [one.outcome for one in came]) == ([], ["unknown"] * 2)
    assert [one.message.rpartition(": ")[2] for one in came] == ["the address repeats the key"] * 2
    assert KEY not in came[0].message


@pytest.mark.parametrize(
    ("base_url", "named"),
    [
        *((f"https://{host}/v1", None) for host in ("api.together.ai", "api.together.xyz")),
        *((f"https://{host}/v1", None) for host in ("together.ai", "eu.api.together.xyz")),
        *((f"http://{host}:9/v1", None) for host in ("127.0.0.1", "localhost", "[::1]")),
        ("https://proxy.example/v1", "proxy.example"),
        ("https://Proxy.Example:8443/v1", "other.example, PROXY.example"),
    ],
)
def test_the_key_may_go_to_together_to_this_machine_and_to_a_host_that_was_named(
    base_url: str, named: str | None
) -> None:
    check_key_host(base_url, named)


@pytest.mark.parametrize("named", [None, "", "example", "*", "proxy.example.net"])
@pytest.mark.parametrize(
    "host", ["proxy.example", "nottogether.ai", "together.ai.example", "api.together.ai.example"]
)
def test_the_key_goes_to_no_other_host(host: str, named: str | None) -> None:
    with pytest.raises(AccountError) as error:
        check_key_host(f"https://{host}/v1", named)

    assert error.value.hint == f"if {host} is to have it, set TOGIMG_KEY_HOST={host}"


def test_the_program_sends_nothing_to_a_host_that_was_not_named(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", KEY)

    ran = togimg("generate", "fox", "--base-url", "https://proxy.example")

    assert (ran.code, ran.stdout, names()) == (3, "", [])
    assert ran.stderr == (
        "error: the Together key is not sent to proxy.example, which is not Together's\n"
        "hint: if proxy.example is to have it, set TOGIMG_KEY_HOST=proxy.example\n"
    )


def test_a_base_url_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(UsageError) as error:
        api_root("https://me:hunter2@api.together.ai/v1")

    assert "hunter2" not in f"{error.value.message}{error.value.hint}"


ECHO = json.dumps({"error": {"message": f"\x1b[31mbad key {KEY}\u202e"}}).encode()
FIELDS = {"id": f"o-{KEY}", "model": KEY, "data": [{"url": f"http://127.0.0.1:1/{KEY}"}]}


@pytest.mark.parametrize(
    "answer",
    [
        *(reply(status, ECHO) for status in (200, 400, 401, 404, 500, 504)),
        reply(401, b"x" * 19_990 + KEY.encode()),
        reply(401, b" " * 190 + KEY.encode() + b" no"),
        reply(401, json.dumps({"error": "x" * 490 + KEY}).encode()),
        reply(200, json.dumps(FIELDS).encode()),
        reply(307, b"", f"location: http://127.0.0.1:1/{KEY}"),
        f"HTTP/1.1 {KEY}\r\n\r\n".encode(),
    ],
)
@pytest.mark.parametrize("flags", [("-v",), ("--json",), ("--retry-unknown", "--retries", "1")])
def test_a_key_that_the_service_repeats_is_in_no_output_and_no_file(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch, answer: bytes, flags: tuple[str, ...]
) -> None:
    with Wires(says(answer)) as served:
        monkeypatch.setenv("TOGETHER_BASE_URL", served.url)
        monkeypatch.setenv("TOGETHER_API_KEY", KEY)
        monkeypatch.setenv("TOGIMG_DEBUG", "1")
        ran = togimg("generate", "fox", *SMALL, "--max-time", "2", *flags)

    files = b"".join(p.read_bytes() for p in Path.cwd().parent.rglob("*") if p.is_file())
    said = ran.stdout + ran.stderr
    assert (KEY[:20] in said, KEY.encode() in files, "Traceback" in said) == (False, False, False)
    assert not [c for c in said if ord(c) in {0x1B, 0x202E}]


def test_a_traceback_that_was_asked_for_has_neither_the_key_nor_escapes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", KEY)
    bug = RuntimeError(f"\x1b[31m{KEY}")
    bug.__cause__ = ValueError(KEY)

    confess(bug, ["-v"])

    said = capsys.readouterr().err
    assert said.endswith("error: a bug in togimg: RuntimeError: \\x1b[31m[key]\n")
    assert ("ValueError: [key]" in said, KEY in said, "\x1b" in said) == (True, False, False)


def test_short_keys_are_those_of_emulators_and_in_any_text() -> None:
    assert [hidden("sandbox a b", k) for k in ("sandbox", "a", "", None)] == ["sandbox a b"] * 4
    assert hidden(f"<{KEY}>", f" {KEY}\n") == "<[key]>"


@pytest.mark.parametrize(
    "repeated",
    [
        *(" ".join(KEY), "\n".join(KEY), f"{KEY[:9]}\u200b{KEY[9:]}", f"{KEY[:9]}\\n{KEY[9:]}"),
        *(f"{KEY[:9]}<b>{KEY[9:]}</b>", f"{KEY[:9]}</td>\n <td class='x'>{KEY[9:]}"),
        *("".join(form % ord(sign) for sign in KEY) for form in ("&#%d;", "&#x%X;", "&#x%04x;")),
        *("".join(form % ord(sign) for sign in KEY) for form in ("%%%02X", "%%%02x", "\\u%04X")),
    ],
)
def test_a_key_is_hidden_however_it_is_written(repeated: str) -> None:
    assert hidden(f"bad key {repeated}", KEY).rstrip("</b>") == "bad key [key]"


def test_a_page_without_the_key_is_as_it_was() -> None:
    page = "tgp_v1_ <b>tgp_v1_0123456789</b> " * 10_000 + KEY.upper()

    assert hidden(page, KEY) == page


PACKED = gzip.compress(PICTURE, mtime=0)


def blanks(size: int) -> bytes:
    return gzip.compress(b" " * size, mtime=0)


def gzipped(content: bytes) -> Came:
    with Wires(says(reply(200, content, "content-encoding: gzip"))) as served:
        return ask(served.url)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (blanks(HARMLESS * 4), "it unpacks to more than 200 times its size"),
        (PACKED[:20], "its compressed end is missing"),
        (PACKED[:10] + b"\xff" * 99, "its compression is damaged"),
        (b"<html>", "there is no picture in it"),
    ],
)
def test_a_compressed_answer_that_is_a_trap_ends_before_memory_does(
    content: bytes, words: str
) -> None:
    came = gzipped(content)

    assert came.outcome == "unknown"
    assert came.message.endswith(f": {words}; the request may have been billed")


def test_compressed_answers_are_read_in_every_form_that_was_asked_for() -> None:
    raw = zlib.compressobj(wbits=-15)
    forms = [
        ("gzip", PACKED),
        ("X-GZIP", PACKED),
        ("deflate", zlib.compress(PICTURE)),
        ("deflate", raw.compress(PICTURE) + raw.flush()),
        ("identity", PICTURE),
        ("gzip", PICTURE),
        ("deflate", PICTURE),
    ]

    assert {b"".join(inflated([d[:9], d[9:]], name)) for name, d in forms} == {PICTURE}
    assert len(b"".join(inflated([blanks(HARMLESS)], "gzip"))) == HARMLESS


@pytest.mark.parametrize("fault", ["endless", "gzip-bomb", "big-header"])
def test_an_answer_without_measure_ends_in_an_error(fault: str) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        came = ask(served.url, timeout=60.0)

        assert (came.outcome, len(served.requests)) == ("unknown", 1)


@pytest.mark.parametrize("fault", ["picture-gzip-bomb:*", "picture-endless:*"])
def test_a_picture_without_measure_is_given_up_at_once(fault: str) -> None:
    with Sandbox(faults=[parse(fault)]) as served:
        link = ask(served.url, {**FOX, "response_format": "url"}).result.pictures[0].url
        came = fetch(served.url, link, timeout=60.0)

        assert (came.outcome, len(served.requests)) == ("unknown", 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HTTPS_PROXY", value) for value in ("http://[::1", "http://[nonsense", "http://x:port")),
        *(("https_proxy", value) for value in ("http://x:99999", "http://", "://", "a b", "x:0")),
        *(("ALL_PROXY", value) for value in ("http://me:hunter2@", "http://[hunter2")),
    ],
)
def test_a_proxy_that_is_no_address_is_named_before_anything_is_sent(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", KEY)
    monkeypatch.setenv(name, value)

    ran = togimg("generate", "fox", *SMALL)

    assert (ran.code, ran.stdout, names()) == (2, "", [])
    assert ran.stderr == (
        f"error: a proxy setting cannot be used: {name} holds no address\n"
        f"hint: write it as {name}=http://host:port, or unset it\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "gopher://x"),
        *(("ALL_PROXY", value) for value in ("socks5://127.0.0.1:9", "ftp://x")),
    ],
)
def test_a_proxy_setting_that_cannot_be_used_is_named_before_anything_is_sent(
    togimg: Togimg, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", KEY)
    monkeypatch.setenv(name, value)

    ran = togimg("generate", "fox", *SMALL)

    assert (ran.code, names()) == (2, [])
    assert ran.stderr.startswith("error: a proxy setting cannot be used: ")
    assert ran.stderr.endswith("hint: look at HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY\n")
