"""What is kept with a picture so that it can be made again.

`record` is the recipe itself and its JSON, `again` the request and the command that repeat it,
`a1111` the text that other programs read and write.
"""

from togimg.recipe.a1111 import parameters, parse_parameters
from togimg.recipe.again import request, shell_command
from togimg.recipe.record import Recipe, dump, load, lost, stub, without_bytes

__all__ = [
    "Recipe",
    "dump",
    "load",
    "lost",
    "parameters",
    "parse_parameters",
    "request",
    "shell_command",
    "stub",
    "without_bytes",
]
