"""Clients that are not ours: the official SDK, and curl with the documentation's examples."""

import io
import json
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import httpx
import pytest
from PIL import Image

from togimg.sandbox import Sandbox, parse

SCHNELL = "black-forest-labs/FLUX.1-schnell"
KONTEXT = "black-forest-labs/FLUX.1-kontext-pro"
CURL = shutil.which("curl")


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.size


def root(served: Sandbox) -> str:
    """The address as SDK 3 wants it, which adds /v1 itself."""
    return served.url.removesuffix("/v1")


def test_the_official_sdk_gets_four_pictures_as_data() -> None:
    together = pytest.importorskip("together")
    with Sandbox() as served, together.Together(api_key="key", base_url=root(served)) as client:
        response = client.images.generate(
            model=SCHNELL, prompt="a cat", width=64, height=64, n=4, response_format="base64"
        )

    assert [item.index for item in response.data] == [0, 1, 2, 3]
    assert {size_of(b64decode(item.b64_json)) for item in response.data} == {(64, 64)}


def test_the_official_sdk_gets_a_link_and_the_link_works() -> None:
    together = pytest.importorskip("together")
    with Sandbox() as served, together.Together(api_key="key", base_url=root(served)) as client:
        response = client.images.generate(model=SCHNELL, prompt="a cat", width=64, height=64)
        picture = httpx.get(response.data[0].url)

    assert size_of(picture.content) == (64, 64)


def test_the_official_sdk_edits_with_kontext() -> None:
    together = pytest.importorskip("together")
    with Sandbox() as served, together.Together(api_key="key", base_url=root(served)) as client:
        first = client.images.generate(model=SCHNELL, prompt="a cat", width=64, height=64)
        edit = client.images.generate(
            model=KONTEXT,
            prompt="in winter",
            image_url=first.data[0].url,
            width=128,
            height=96,
            response_format="base64",
        )

    assert (edit.model, size_of(b64decode(edit.data[0].b64_json))) == (KONTEXT, (128, 96))


def test_the_official_sdk_raises_its_own_errors() -> None:
    together = pytest.importorskip("together")
    with (
        Sandbox(faults=[parse("429")]) as served,
        together.Together(api_key="key", base_url=root(served), max_retries=0) as client,
    ):
        with pytest.raises(together.RateLimitError):
            client.images.generate(model=SCHNELL, prompt="a cat")
        with pytest.raises(together.BadRequestError, match="Unsupported use of 'image_url'"):
            client.images.generate(model=SCHNELL, prompt="a cat", image_url="https://a.example/")
        with pytest.raises(together.NotFoundError, match="Unable to access model"):
            client.images.generate(model="no/such-model", prompt="a cat")


def test_the_official_sdk_pays_twice_for_one_picture_after_a_reset() -> None:
    together = pytest.importorskip("together")
    with (
        Sandbox(faults=[parse("reset")]) as served,
        together.Together(api_key="key", base_url=root(served), max_retries=1) as client,
    ):
        client.images.generate(model=SCHNELL, prompt="a cat", width=64, height=64)

        assert served.paid == 2


def curl(*arguments: str) -> bytes:
    assert CURL is not None
    ran = subprocess.run(
        [CURL, "-sS", "--noproxy", "*", *arguments], capture_output=True, timeout=20, check=True
    )
    return ran.stdout


@pytest.mark.skipif(CURL is None, reason="no curl here")
def test_curl_with_the_documentations_example_of_a_generation() -> None:
    with Sandbox() as served:
        output = curl(
            "-X", "POST", f"{served.url}/images/generations",
            "-H", "Authorization: Bearer key",
            "-H", "Content-Type: application/json",
            "-d", json.dumps({
                "model": SCHNELL,
                "prompt": "Cats eating popcorn",
                "width": 64,
                "height": 64,
                "steps": 4,
                "n": 2,
            }),
        )  # fmt: skip
        urls = [item["url"] for item in json.loads(output)["data"]]
        pictures = [curl(url) for url in urls]

    assert [size_of(picture) for picture in pictures] == [(64, 64), (64, 64)]


@pytest.mark.skipif(CURL is None, reason="no curl here")
def test_curl_with_the_documentations_example_of_an_edit() -> None:
    with Sandbox() as served:
        output = curl(
            "-X", "POST", f"{served.url}/images/generations",
            "-H", "Authorization: Bearer key",
            "-H", "Content-Type: application/json",
            "-d", json.dumps({
                "model": KONTEXT,
                "prompt": "transform this into a watercolor painting",
                "image_url": "https://cdn.pixabay.com/photo/2020/05/20/08/27/cat-5195431.jpg",
                "aspect_ratio": "16:9",
                "response_format": "base64",
            }),
        )  # fmt: skip

    assert size_of(b64decode(json.loads(output)["data"][0]["b64_json"])) == (1360, 768)


@pytest.mark.skipif(CURL is None, reason="no curl here")
def test_curl_sends_a_large_body_after_asking_whether_it_may(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(
        json.dumps({"model": SCHNELL, "prompt": "x" * 2_000_000, "width": 64, "height": 64})
    )
    with Sandbox() as served:
        output = curl(
            f"{served.url}/images/generations",
            "-H", "Authorization: Bearer key",
            "-H", "Expect: 100-continue",
            "--data-binary", f"@{body}",
        )  # fmt: skip

    assert len(json.loads(output)["data"]) == 1


@pytest.mark.skipif(CURL is None, reason="no curl here")
def test_curl_with_a_blank_user_agent_is_refused_a_picture() -> None:
    with Sandbox() as served:
        output = curl("-A", "", served.url.replace("/v1", "/shrt/AAAAAAAAAAAAAAAA"))

    assert output == b"error code: 1010"


def test_a_python_without_any_client_gets_a_picture() -> None:
    program = (
        "import json, sys, urllib.request as u\n"
        "body = json.dumps({'model': sys.argv[2], 'prompt': 'x', 'width': 64, 'height': 64})\n"
        "asked = u.Request(sys.argv[1] + '/images/generations', body.encode(),\n"
        "                  {'Authorization': 'Bearer key'})\n"
        "url = json.load(u.urlopen(asked))['data'][0]['url']\n"
        "sys.stdout.buffer.write(u.urlopen(url).read())\n"
    )
    with Sandbox() as served:
        ran = subprocess.run(
            [sys.executable, "-c", program, served.url, SCHNELL],
            capture_output=True,
            timeout=20,
            check=True,
        )

    assert size_of(ran.stdout) == (64, 64)
