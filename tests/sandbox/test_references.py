"""Pictures that go in: data URIs, links of the sandbox itself, and addresses elsewhere."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageStat

from togimg.sandbox import Answer

Ask = Callable[..., Answer]

KONTEXT = "black-forest-labs/FLUX.1-kontext-pro"
PRO = "black-forest-labs/FLUX.2-pro"


def data_uri(picture: Image.Image) -> str:
    out = BytesIO()
    picture.save(out, "PNG")
    return f"data:image/png;base64,{b64encode(out.getvalue()).decode()}"


def plain(colour: str, size: tuple[int, int] = (32, 32)) -> str:
    return data_uri(Image.new("RGB", size, colour))


def picture_of(given: Answer) -> Image.Image:
    data = json.loads(given.body)["data"][0]["b64_json"]
    return Image.open(BytesIO(b64decode(data))).convert("RGB")


def upper_half(picture: Image.Image) -> Image.Image:
    return picture.crop((0, 0, picture.width, picture.height // 2))


def mean(picture: Image.Image) -> list[float]:
    return ImageStat.Stat(picture).mean


def test_an_edit_takes_its_colours_from_the_reference(ask: Ask) -> None:
    red, blue = (
        mean(upper_half(picture_of(ask(model=KONTEXT, image_url=plain(colour)))))
        for colour in ("red", "blue")
    )

    assert red[0] - red[2] > blue[0] - blue[2] + 100


def test_an_edit_has_the_layout_of_its_reference(ask: Ask) -> None:
    split = Image.new("RGB", (256, 256), "white")
    split.paste("black", (0, 0, 128, 256))

    edit = picture_of(
        ask(model=PRO, width=256, height=256, reference_images=[data_uri(split)])
    ).convert("L")

    left, right = edit.crop((16, 16, 120, 120)), edit.crop((136, 16, 240, 120))
    assert mean(right)[0] > mean(left)[0] + 60


def test_several_references_stand_side_by_side_in_their_order(ask: Ask) -> None:
    given = ask(
        model=PRO, width=512, height=256, reference_images=[plain("lime"), plain("magenta")]
    )

    picture = picture_of(given)
    left, right = (mean(picture.crop((x, 20, x + 200, 150))) for x in (20, 280))
    assert left[1] > right[1] + 60
    assert right[0] > left[0] + 60


def test_tall_pictures_have_their_references_one_below_the_other(ask: Ask) -> None:
    given = ask(
        model=PRO, width=256, height=512, reference_images=[plain("lime"), plain("magenta")]
    )

    picture = picture_of(given)
    upper, lower = (mean(picture.crop((20, y, 230, y + 100))) for y in (40, 290))
    assert upper[1] > lower[1] + 60


def test_an_edit_without_a_size_keeps_the_proportions_on_kontext(ask: Ask) -> None:
    given = ask(model=KONTEXT, width=None, height=None, image_url=plain("red", (64, 32)))

    assert picture_of(given).size == (1456, 720)


def test_the_prompt_and_the_seed_colour_an_edit(ask: Ask) -> None:
    asks: dict[str, Any] = {"model": KONTEXT, "image_url": plain("gray")}
    pictures = {
        picture_of(ask(**asks, **changes)).tobytes()
        for changes in ({"seed": 1}, {"seed": 2}, {"prompt": "at night", "seed": 1})
    }

    assert len(pictures) == 3


def test_a_link_of_the_sandbox_is_as_good_as_the_picture_itself(ask: Ask) -> None:
    links: dict[str, Any] = {}
    made = json.loads(ask(response_format="url", links=links).body)["data"][0]["url"]
    data = json.loads(ask().body)["data"][0]["b64_json"]

    by_link = ask(model=KONTEXT, image_url=made, links=links)
    by_data = ask(model=KONTEXT, image_url=f"data:image/jpeg;base64,{data}")

    assert picture_of(by_link).tobytes() == picture_of(by_data).tobytes()


def test_an_address_elsewhere_has_a_stand_in_of_its_own(ask: Ask) -> None:
    pictures = {
        picture_of(ask(model=KONTEXT, image_url=address, width=256, height=256)).tobytes()
        for address in (
            "https://example.com/a.png",
            "https://example.com/b.png",
            "http://127.0.0.1:8000/shrt/AAAAAAAAAAAAAAAA",
        )
    }

    assert len(pictures) == 3


@pytest.mark.parametrize(
    "address",
    [
        "data:image/png;base64,AAAA",
        "data:image/png;base64,****",
        "data:image/png,notbase64",
        "data:",
        plain("red")[:80],
        "",
        "picture.png",
        "file:///etc/hostname",
        "http://[",
    ],
)
@pytest.mark.parametrize(("model", "field"), [(KONTEXT, "image_url"), (PRO, "reference_images")])
def test_what_is_no_picture_is_refused_by_the_name_of_its_field(
    ask: Ask, model: str, field: str, address: str
) -> None:
    value = address if field == "image_url" else [address]
    given = ask(model=model, **{field: value})

    message = json.loads(given.body)["error"]["message"]
    assert given.status == 400
    assert message.startswith(f"Invalid value for '{field}' parameter. ")


@pytest.mark.parametrize("value", [7, ["a"], {"url": "x"}])
def test_an_image_url_is_one_string(ask: Ask, value: Any) -> None:
    assert ask(model=KONTEXT, image_url=value).status == 400


@pytest.mark.parametrize("value", ["https://example.com/a.png", [7], {}])
def test_reference_images_are_a_list_of_strings(ask: Ask, value: Any) -> None:
    assert ask(model=PRO, reference_images=value).status == 400
