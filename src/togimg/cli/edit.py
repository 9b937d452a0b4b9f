"""togimg edit: a picture changed, or composed from others."""

from togimg.cli.flags import MakeFlags
from togimg.cli.perform import perform
from togimg.cli.points import orders
from togimg.errors import UsageError
from togimg.sweep import values

EXAMPLES = (
    'togimg edit "make it watercolor" --image photo.jpg',
    'togimg edit --image-url https://example.com/cat.jpg "add a hat"',
    'togimg edit "both at one table" --image a.jpg --image b.jpg -m flux-2-pro',
    'cat photo.jpg | togimg edit "at night" --image - -o night.jpg',
)


def edit(flags: MakeFlags) -> int:
    """Change a picture, or compose one from others."""
    axes, prompt = flags.axes(), flags.prompt
    pictures = [*(flags.image.image or ()), *values(axes, "image")]
    if not pictures:
        raise UsageError("no picture to edit", hint="name one with --image FILE_OR_URL")
    if "-" in pictures and (prompt.prompt == "-" or str(prompt.prompt_file) == "-"):
        raise UsageError("stdin cannot be both prompt and picture", hint="give one as a file")
    return perform(orders(prompt.text(), axes, flags), flags)
