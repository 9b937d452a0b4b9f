import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from running import SMALL, Togimg, bodies, names, objects, pixels
from togimg.sandbox import Sandbox

PHOTO = Path("photo.jpg")


@pytest.fixture(autouse=True)
def _a_photo_on_its_side_that_knows_where_it_was_taken() -> None:
    picture = Image.new("RGB", (80, 40), "red")
    picture.paste("blue", (0, 0, 40, 40))
    exif = picture.getexif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    exif[0x010E] = "at home"
    picture.save(PHOTO, exif=exif, quality=95)


def sent_picture(uri: str) -> Image.Image:
    data = base64.b64decode(uri.partition(",")[2])
    return Image.open(io.BytesIO(data))


def test_kontext_gets_the_picture_as_image_url_upright_and_without_a_trace_of_its_owner(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg("edit", "make it watercolor", "--image", "photo.jpg", "--seed", "7", "-o", "out/")

    (body,) = bodies(sandbox)
    sent = sent_picture(body.pop("image_url"))
    assert (ran.code, ran.stdout) == (0, "out/make-it-watercolor-001.jpg\n")
    assert body == {
        "model": "black-forest-labs/FLUX.1-kontext-pro",
        "prompt": "make it watercolor",
        "seed": 7,
        "response_format": "base64",
    }
    assert (sent.size, dict(sent.getexif())) == ((40, 80), {})


def test_other_models_get_their_pictures_as_reference_images(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    ran = togimg(
        *("edit", "both at one table", "-m", "flux-2-pro", "--size", "256x256"),
        *("--image", "photo.jpg", "--image", "photo.jpg"),
    )

    (body,) = bodies(sandbox)
    assert (ran.code, [sent_picture(uri).size for uri in body["reference_images"]]) == (
        0,
        [(40, 80), (40, 80)],
    )


def test_a_url_is_sent_as_it_is(togimg: Togimg, sandbox: Sandbox) -> None:
    togimg("edit", "--image-url", "https://example.com/cat.jpg", "add a hat")

    assert bodies(sandbox)[0]["image_url"] == "https://example.com/cat.jpg"


def test_a_picture_comes_from_stdin_or_a_data_uri_too(togimg: Togimg, sandbox: Sandbox) -> None:
    data = PHOTO.read_bytes()
    uri = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
    togimg("edit", "at night", "--image", "-", stdin=data)
    togimg("edit", "at night", "--image", uri)

    one, two = (body["image_url"] for body in bodies(sandbox))
    assert one == two
    assert sent_picture(one).size == (40, 80)


def test_several_references_without_a_model_go_to_one_that_takes_several(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    togimg("edit", "both", "--image", "photo.jpg", "--image", "photo.jpg", "--size", "512x512")

    assert bodies(sandbox)[0]["model"] == "black-forest-labs/FLUX.2-dev"


def test_a_large_picture_is_shrunk_with_a_note(togimg: Togimg, sandbox: Sandbox) -> None:
    Image.new("RGB", (4000, 3000), "green").save("large.png")

    ran = togimg("edit", "older", "--image", "large.png")

    assert sent_picture(bodies(sandbox)[0]["image_url"]).size == (2048, 1536)
    assert "note: large.png shrunk from 4000x3000 to 2048x1536\n" in ran.stderr


def test_a_picture_used_by_several_takes_is_read_once_and_sent_with_each(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    togimg("edit", "older", "-n", "3", "--image", "-", "-o", "out/", stdin=PHOTO.read_bytes())

    assert (len({body["image_url"] for body in bodies(sandbox)}), len(names("out"))) == (1, 3)


def test_an_edit_shows_its_reference(togimg: Togimg, sandbox: Sandbox) -> None:
    Image.new("RGB", (64, 64), "white").save("white.png")
    Image.new("RGB", (64, 64), "black").save("black.png")
    for name in ("white", "black"):
        togimg("edit", "x", "--image", f"{name}.png", "--seed", "7", "-o", f"{name}-edit.png")

    white, black = (sum(pixels(f"{name}-edit.png")[2]) for name in ("white", "black"))
    assert white > black * 1.5


def test_the_recipe_names_the_picture_and_holds_none_of_it(
    togimg: Togimg, sandbox: Sandbox
) -> None:
    togimg("edit", "older", "--image", "photo.jpg", "-o", "old.jpg", "--seed", "7")

    shown = objects(togimg("show", "old.jpg", "--json"))[0]
    assert (shown["images"], "image_url" in shown["request"]) == (["photo.jpg"], False)


def test_json_and_dry_runs_hold_none_of_the_picture(togimg: Togimg, sandbox: Sandbox) -> None:
    made = togimg("edit", "older", "--image", "photo.jpg", "--json", *SMALL[2:])
    planned = togimg("edit", "older", "--image", "photo.jpg", "--json", "--dry-run")

    size = PHOTO.stat().st_size
    assert "base64," not in made.stdout + planned.stdout
    assert objects(planned)[0]["requested"]["image_url"] == f"<data: {size} bytes of photo.jpg>"
