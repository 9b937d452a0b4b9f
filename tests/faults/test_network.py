"""The network: certificates, proxies and addresses between the program and its service."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fronts import Authority, Front
from programs import Outcome, Program
from running import SMALL
from togimg.sandbox import Sandbox

GENERATE = ("generate", "fox", "-m", "flux-schnell", "-o", "out/", *SMALL, "--retries", "0")
ELSEWHERE = "http://togimg.invalid"
NAMED = {"TOGETHER_BASE_URL": ELSEWHERE, "TOGIMG_KEY_HOST": "togimg.invalid"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A certificate authority that nobody knows."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    folder = tmp_path / "ca"
    folder.mkdir()
    return Authority(folder).found()


def over_tls(
    program: Program, authority: Authority, *, trusted: bool = True, **certificate: object
) -> Outcome:
    """A run against a sandbox behind TLS."""
    context = authority.context(**certificate)  # type: ignore[arg-type]
    with Sandbox() as served, Front(served.url, tls=context) as front:
        environment = {"TOGETHER_BASE_URL": f"https://{front.address}/v1"}
        if trusted:
            environment["SSL_CERT_FILE"] = str(authority.file)
        return program.run(served, *GENERATE, env=environment)


def test_an_authority_that_nobody_knows_is_not_trusted(
    program: Program, authority: Authority
) -> None:
    ran = over_tls(program, authority, trusted=False)

    assert (ran.code, ran.stdout, ran.posts) == (5, b"", 0)
    assert "certificate verify failed" in ran.said


def test_an_authority_of_ones_own_can_be_named(program: Program, authority: Authority) -> None:
    ran = over_tls(program, authority)

    assert (ran.code, ran.posts, len(ran.saved)) == (0, 1, 1)


@pytest.mark.parametrize(
    ("certificate", "words"),
    [({"days": -1}, "expired"), ({"names": "DNS:example.com"}, "mismatch|not valid for")],
    ids=["expired", "wrong-host"],
)
def test_a_certificate_that_does_not_hold_is_refused(
    program: Program, authority: Authority, certificate: dict[str, object], words: str
) -> None:
    ran = over_tls(program, authority, **certificate)  # type: ignore[arg-type]

    assert (ran.code, ran.posts, ran.saved) == (5, 0, ())
    assert any(word in ran.said for word in words.split("|"))


def test_the_service_may_be_on_ipv6(program: Program) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    with Sandbox(host="::1") as served:
        ran = program.run(served, *GENERATE, "--response-format", "url")

    assert (ran.code, ran.posts, len(ran.saved)) == (0, 1, 1)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_is_used(program: Program, variable: str) -> None:
    with Sandbox() as served, Front(served.url, meant=ELSEWHERE) as proxy:
        environment = NAMED | {variable: f"http://{proxy.address}"}
        ran = program.run(served, *GENERATE, "--insecure-http", env=environment)

    assert (ran.code, ran.posts, len(ran.saved)) == (0, 1, 1)
    assert proxy.heads[0].startswith(f"POST {ELSEWHERE}/v1/images/generations ".encode())


def test_a_proxy_that_is_dead_was_sent_nothing(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Sandbox() as served:
        environment = NAMED | {"HTTP_PROXY": f"http://127.0.0.1:{port}"}
        ran = program.run(served, *GENERATE, "--insecure-http", "--json", env=environment)

    assert (ran.code, ran.posts, b'"outcome": "not_sent"' in ran.stdout) == (5, 0, True)


@pytest.mark.parametrize("proxy", ["gopher://127.0.0.1:1", "http://x:port"])
def test_a_proxy_that_is_none_is_an_error_that_names_the_variables(
    program: Program, proxy: str
) -> None:
    with Sandbox() as served:
        environment = NAMED | {"HTTP_PROXY": proxy}
        ran = program.run(served, *GENERATE, "--insecure-http", env=environment)

    assert (ran.code, ran.posts) == (2, 0)
    assert "HTTP_PROXY" in ran.stderr


def test_no_proxy_goes_past_the_proxy(program: Program) -> None:
    with Sandbox() as served, Front(served.url, meant=ELSEWHERE) as proxy:
        environment = NAMED | {
            "HTTP_PROXY": f"http://{proxy.address}",
            "NO_PROXY": "togimg.invalid",
        }
        ran = program.run(served, *GENERATE, "--insecure-http", env=environment)

    assert (ran.code, ran.posts, proxy.heads) == (5, 0, [])


def test_loopback_is_reached_past_every_proxy(program: Program) -> None:
    with Sandbox() as served:
        ran = program.run(served, *GENERATE, env={"HTTP_PROXY": "http://127.0.0.1:9"})

    assert (ran.code, ran.posts) == (0, 1)


@pytest.mark.parametrize(
    ("environment", "flags", "code"),
    [
        ({"TOGETHER_BASE_URL": ELSEWHERE}, ("--insecure-http",), 3),
        ({"TOGETHER_BASE_URL": "https://togimg.invalid"}, (), 3),
        (NAMED, (), 2),
    ],
    ids=["stranger", "stranger-tls", "plain"],
)
def test_the_key_goes_to_nobody_who_was_not_named_for_it(
    program: Program, environment: dict[str, str], flags: tuple[str, ...], code: int
) -> None:
    with Sandbox() as served, Front(served.url, meant=ELSEWHERE) as proxy:
        through = {"HTTP_PROXY": f"http://{proxy.address}", "HTTPS_PROXY": "http://127.0.0.1:9"}
        ran = program.run(served, *GENERATE, *flags, env=environment | through)

    assert (ran.code, ran.posts, proxy.heads) == (code, 0, [])


def test_a_name_that_nobody_knows_was_not_sent(program: Program) -> None:
    with Sandbox() as served:
        ran = program.run(served, *GENERATE, "--insecure-http", "--json", env=NAMED)

    assert (ran.code, ran.posts, b'"outcome": "not_sent"' in ran.stdout) == (5, 0, True)


# A network of its own, in which nobody answers those who ask for names.
SILENT = """
import os, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run(["mount", "--bind", sys.argv[1], "/etc/resolv.conf"], check=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
server.set_inheritable(True)
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_look_up_that_nobody_answers_ends_in_time(program: Program) -> None:
    apart = ("unshare", "-rnm")
    if subprocess.run([*apart, "ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("networks of one's own are not permitted here")
    resolver = program.root / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:20 attempts:1\n")
    program.prefix = (*apart, sys.executable, "-c", SILENT, str(resolver))
    with Sandbox() as served:
        began = time.monotonic()
        ran = program.run(served, *GENERATE, "--timeout", "1", "--insecure-http", env=NAMED)
        took = time.monotonic() - began

    assert (ran.code, ran.posts) == (5, 0)
    assert ran.said == "error: cannot reach togimg.invalid: its name was not found within 1 s"
    assert took < 15
