"""togimg generate: pictures from text."""

from togimg.cli.flags import ImageFlags, PromptFlags, RunFlags, SaveFlags, ServiceFlags, ShowFlags
from togimg.cli.order import Order
from togimg.cli.perform import perform

EXAMPLES = (
    'togimg generate "a red fox in the snow"',
    'togimg generate "a red fox" -m flux-schnell -n 4 -o out/',
    'togimg generate "a poster" --size 768x1024 -o poster.png --seed 7',
    'togimg generate "a red fox" --sandbox --json',
)


def generate(
    prompt: PromptFlags,
    image: ImageFlags,
    save: SaveFlags,
    run: RunFlags,
    service: ServiceFlags,
    show: ShowFlags,
) -> int:
    """Make pictures from text."""
    count = image.count or 1
    order = Order(image.request(prompt.text()), count, save.target(count), lenient=image.lenient)
    return perform(order, run, service, show)
