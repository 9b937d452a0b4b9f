"""Makes the README's pictures: runs togimg against its sandbox and records what it shows.

python .assets/make.py
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
SESSION = (
    'togimg generate "a red fox in the snow" -n 4 -o out/ --seed 7 --sandbox',
    "togimg show out/a-red-fox-in-the-snow-003.jpg",
    "togimg show out/a-red-fox-in-the-snow-003.jpg --command",
)
SHEET = (
    'togimg variations "a quiet harbour at dawn" -m flux-2-dev --size 512x512 '
    "--vary steps=6,12,24 --vary seed=1..4 --sheet sheet.png -o out/ --sandbox"
)
WIDTH = 1200


def main() -> None:
    """Writes terminal.svg and sheet.jpg."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = [(command, _run(command, folder)) for command in SESSION]
        (HERE / "terminal.svg").write_text(_terminal(outputs), encoding="utf-8")
        _run(SHEET, folder)
        with Image.open(Path(folder, "sheet.png")) as sheet:
            sheet.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
            sheet.save(HERE / "sheet.jpg", quality=88)


def _run(command: str, folder: str) -> str:
    line = command.replace("togimg", f"{sys.executable} -m togimg", 1)
    done = subprocess.run(  # noqa: S602  our own commands
        line, cwd=folder, check=True, shell=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout


def _terminal(outputs: list[tuple[str, str]]) -> str:
    console = Console(record=True, width=84, file=Path("/dev/null").open("w"), force_terminal=True)  # noqa: SIM115
    for command, output in outputs:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text(output))
    svg = console.export_svg(title="togimg")
    # Fonts come from the reader's machine: a README must not load them from elsewhere.
    return re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    main()
