"""togimg edit: a picture changed, or composed from others."""

from togimg.cli.flags import ImageFlags, PromptFlags, RunFlags, SaveFlags, ServiceFlags, ShowFlags
from togimg.cli.order import Order
from togimg.cli.perform import perform
from togimg.errors import UsageError

EXAMPLES = (
    'togimg edit "make it watercolor" --image photo.jpg',
    'togimg edit --image-url https://example.com/cat.jpg "add a hat"',
    'togimg edit "both at one table" --image a.jpg --image b.jpg -m flux-2-pro',
    'cat photo.jpg | togimg edit "at night" --image - -o night.jpg',
)


def edit(
    prompt: PromptFlags,
    image: ImageFlags,
    save: SaveFlags,
    run: RunFlags,
    service: ServiceFlags,
    show: ShowFlags,
) -> int:
    """Change a picture, or compose one from others."""
    if not image.image:
        raise UsageError("no picture to edit", hint="name one with --image FILE_OR_URL")
    if "-" in image.image and (prompt.prompt == "-" or str(prompt.prompt_file) == "-"):
        raise UsageError("stdin cannot be both prompt and picture", hint="give one as a file")
    count = image.count or 1
    order = Order(image.request(prompt.text()), count, save.target(count), lenient=image.lenient)
    return perform(order, run, service, show)
