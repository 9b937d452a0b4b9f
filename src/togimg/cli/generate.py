"""togimg generate: pictures from text."""

from togimg.cli.flags import (
    ImageFlags,
    PromptFlags,
    RunFlags,
    SaveFlags,
    ServiceFlags,
    ShowFlags,
    VaryFlags,
)
from togimg.cli.perform import perform
from togimg.cli.points import orders

EXAMPLES = (
    'togimg generate "a red fox in the snow"',
    'togimg generate "a red fox" -m flux-schnell -n 4 -o out/',
    'togimg generate "a poster" --size 768x1024 -o poster.png --seed 7',
    'togimg generate "a {red|grey} fox" --expand -n 4',
    'togimg generate "a red fox" --sandbox --json',
)


def generate(
    prompt: PromptFlags,
    image: ImageFlags,
    vary: VaryFlags,
    save: SaveFlags,
    run: RunFlags,
    service: ServiceFlags,
    show: ShowFlags,
) -> int:
    """Make pictures from text."""
    ordered = orders(prompt.text(), image, vary.axes(image), save)
    return perform(ordered, run, service, show)
