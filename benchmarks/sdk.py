"""What a script with the official SDK does: `python -m benchmarks.sdk PICTURES AT_ONCE`."""

import base64
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from together import Together
from together.types import ImageDataURL


def main(count: int, at_once: int) -> None:
    """Asks so many times and saves every picture of every answer."""
    client = Together()

    def make(number: int) -> None:
        answer = client.images.generate(model="stand-in/one", prompt="fox")
        for index, picture in enumerate(answer.data):
            file = Path(f"{number}-{index}.jpg")
            if isinstance(picture, ImageDataURL):
                urllib.request.urlretrieve(picture.url, file)  # noqa: S310  the stand-in's
            else:
                file.write_bytes(base64.b64decode(picture.b64_json))

    with ThreadPoolExecutor(at_once) as threads:
        list(threads.map(make, range(count)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
