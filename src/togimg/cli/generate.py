"""togimg generate: pictures from text."""

from togimg.cli.flags import MakeFlags
from togimg.cli.perform import perform
from togimg.cli.points import orders

EXAMPLES = (
    'togimg generate "a red fox in the snow"',
    'togimg generate "a red fox" -m flux-schnell -n 4 -o out/',
    'togimg generate "a poster" --size 768x1024 -o poster.png --seed 7',
    'togimg generate "a {red|grey} fox" --expand -n 4',
    'togimg generate "a red fox" --sandbox --json',
)


def generate(flags: MakeFlags) -> int:
    """Make pictures from text."""
    return perform(orders(flags.prompt.text(), flags.axes(), flags), flags)
