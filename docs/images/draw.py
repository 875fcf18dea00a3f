"""Draw what people see in a terminal: the real commands in an 80 column terminal, as SVG.

Run by `make pictures`, which writes them beside this file. `--theme light` is for looking only.
"""

from __future__ import annotations

import argparse
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from fcntl import ioctl
from pathlib import Path
from typing import NamedTuple

import nbformat
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME
from rich.text import Text

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "example_notebooks"
WIDTH, HEIGHT = 80, 50
THEMES = {"dark": SVG_EXPORT_THEME, "light": DEFAULT_TERMINAL_THEME}

# rich's own template asks a font host for its font; a reader's own monospace font will do.
TEMPLATE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Picture(NamedTuple):
    """A command on the churn notebook, with a line that is added to the cell of that number.

    Of a long answer the lines from the one that begins with `since` to the one before `until`.
    """

    name: str
    command: str
    cell: int = 0
    line: str = ""
    since: str = ""
    until: str = ""


PICTURES = (
    Picture("explain", "cellmark explain churn.ipynb", since="cell 6 ", until="cell 8 "),
    Picture(
        "refused",
        "cellmark explain churn.ipynb",
        cell=6,
        line='df["charges_rank"] = df["total_charges"].rank()',
        since="cell 6 ",
        until="cell 7 ",
    ),
    Picture("package", "cellmark package churn.ipynb"),
)


def lay_out(folder: Path, picture: Picture) -> None:
    """The churn notebook and its table in `folder`, with the picture's own line in its cell."""
    shutil.copytree(EXAMPLES / "data", folder / "data")
    notebook = nbformat.read(EXAMPLES / "churn.ipynb", as_version=4)
    if picture.cell:
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        code[picture.cell - 1].source += f"\n{picture.line}"
    nbformat.write(notebook, folder / "churn.ipynb")


def in_terminal(command: list[str], folder: Path) -> str:
    """All that a command writes to a terminal of WIDTH columns."""
    ours, its = pty.openpty()
    ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    # Colours by name, as terminals have them, and none of what this shell prefers.
    environment = {**kept, "TERM": "xterm", "LANG": "C.UTF-8"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=its, stdout=its, stderr=its
    ) as process:
        os.close(its)
        written = bytearray()
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
        except OSError:  # how Linux says that nobody holds the terminal's other end any more
            pass
        process.wait()
    os.close(ours)
    return written.decode()


def settled(written: str) -> list[str]:
    """The lines that stand on the terminal in the end, colours as escape sequences in them.

    Knows what rich writes where it draws a line anew: up, erase the line, to its beginning.
    """
    lines, row = [""], 0
    for part in re.split(r"(\x1b\[[?\d;]*[A-Za-z]|\r|\n)", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif re.fullmatch(r"\x1b\[\d*A", part):
            row -= int(part[2:-1] or 1)
        elif part == "\x1b[2K":
            lines[row] = ""
        elif part != "\r" and not part.startswith("\x1b[?"):
            lines[row] += part
    return "\n".join(lines).rstrip().split("\n")


def chosen(lines: list[str], picture: Picture) -> list[str]:
    """The lines that the picture is to show."""
    plain = [Text.from_ansi(line).plain for line in lines]
    first = next(n for n, line in enumerate(plain) if line.startswith(picture.since))
    ends = (n for n, line in enumerate(plain) if picture.until and line.startswith(picture.until))
    return "\n".join(lines[first : next(ends, len(lines))]).rstrip().split("\n")


def drawn(lines: list[str], picture: Picture, theme: str) -> str:
    """The lines as SVG, under the command that wrote them."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True, highlight=False)
    return console.export_svg(
        title=picture.command, theme=THEMES[theme], code_format=TEMPLATE, unique_id=picture.name
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", choices=THEMES, default="dark")
    parser.add_argument("--to", type=Path, default=HERE, help="the folder that gets the SVGs")
    parser.add_argument("names", nargs="*", help="only these pictures")
    asked = parser.parse_args()
    for picture in PICTURES:
        if asked.names and picture.name not in asked.names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            lay_out(Path(folder), picture)
            command = [str(Path(sys.executable).parent / "cellmark"), *picture.command.split()[1:]]
            lines = chosen(settled(in_terminal(command, Path(folder))), picture)
        svg = drawn(lines, picture, asked.theme)
        (asked.to / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
