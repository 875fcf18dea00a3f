"""Package notebooks that nobody wrote for Cellmark: the examples of scikit-learn's own gallery.

    python tests/strangers/gallery.py SCIKIT_LEARN/examples [-o REPORT.md] [--only WORD]

SCIKIT_LEARN is an unpacked source distribution. Each example that asks a model and fetches nothing
becomes a notebook, a cell per paragraph, tagged as a person would in a minute: what loads or makes
the data is `data`, what fits is `train`, what asks is `evaluate`, the rest of what computes is
`preprocess`. The report says of each what came of it. Some examples draw with seaborn.
"""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
import nbformat

_ASKS = re.compile(r"\.(predict|predict_proba|decision_function)\(")
_FETCHES = re.compile(r"\bfetch_\w+\(|urlretrieve|urlopen")
_CELL = re.compile(r"^(?:# ?%%.*|#{20,})$", re.MULTILINE)
_DATA = re.compile(
    r"\b(load|make)_(?!pipeline|scorer|column|union|subplots|ellipses)\w+\(|(rng|random|random_state)\.\w+\("
)
_FITS = re.compile(r"\.fit(_predict)?\(")
_SHOWS = re.compile(r"^(import|from|plt\.|fig|ax|_ =|print|#|\s|\)|$)")
_ASKED = re.compile(r"(--(?:model|frame|answer)) ('[^']+'|[\w=+-]+(?:\.\w+)*)")
_SECONDS = 300
_MOST_QUESTIONS = 3
_HEAD = """# scikit-learn's gallery as notebooks
Every example of scikit-learn's gallery that asks a model something and fetches nothing: a cell for
each paragraph of its code, tagged by what the code says, nothing else changed. Where a message
asked which model is meant, its own advice was followed. Messages stand here as they were printed.

    python tests/strangers/gallery.py SCIKIT_LEARN/examples -o docs/reference/gallery.md
"""
_COLUMNS = "| example | verdict | |\n|---|---|---|"


class Outcome(NamedTuple):
    """What came of one example: "packaged" or "refused", and in a line what was proven or said."""

    example: str
    verdict: str
    said: str


def notebook_of(example: str) -> nbformat.NotebookNode:
    """The notebook of a sphinx-gallery script, its cells tagged by what they do."""
    cells = []
    for number, block in enumerate(_CELL.split(example)):
        for text in paragraphs(_code_of(block, first=number == 0)):
            cell = nbformat.v4.new_code_cell(text)
            cell.metadata["tags"] = roles_of(text)
            cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def paragraphs(code: str) -> list[str]:
    """Statements that stand together, without an empty line between them: a cell each."""
    lines = code.split("\n")
    starts = [0]
    for before, after in pairwise(ast.parse(code).body):
        between = range(before.end_lineno or before.lineno, first_line(after) - 1)
        gap = [line for line in between if not lines[line].strip()]
        if gap:
            starts.append(gap[-1])
    parts = ("\n".join(lines[start:end]).strip() for start, end in pairwise([*starts, len(lines)]))
    return [part for part in parts if part]


def first_line(statement: ast.stmt) -> int:
    """The line where a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _code_of(block: str, *, first: bool) -> str:
    """A block without its text: the docstring of the script, the comment lines that open a cell."""
    if first:
        block = re.sub(r'^\s*r?""".*?"""', "", block, count=1, flags=re.DOTALL)
    lines = block.strip("\n").split("\n")
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        lines.pop(0)
    return "\n".join(lines).strip()


def roles_of(text: str) -> list[str]:
    """The roles that a person in a hurry gives a cell."""
    found = ["data"] if _DATA.search(text) else []
    found += ["train"] if _FITS.search(text) else []
    found += ["evaluate"] if _ASKS.search(text) else []
    computes = any(not _SHOWS.match(line) for line in text.split("\n"))
    return found or (["preprocess"] if computes else [])


def attempt(script: Path, root: Path) -> Outcome:
    """Package one example in a folder of its own, and answer as told where it asks which."""
    example = str(script.relative_to(root))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{script.stem}.ipynb"
        nbformat.write(notebook_of(script.read_text(encoding="utf-8")), path)
        choices: list[str] = []
        for _ in range(_MOST_QUESTIONS):
            outcome = _outcome(example, choices, _package(path, choices))
            asked = _ASKED.search(outcome.said) if outcome.verdict == "refused" else None
            if asked is None or asked[1] in choices:
                break
            choices += shlex.split(asked[0])
    return outcome


def _package(path: Path, choices: list[str]) -> subprocess.CompletedProcess[str] | None:
    command = [sys.executable, "-m", "cellmark", "package", path.name, "--json", *choices]
    try:
        return subprocess.run(
            command, cwd=path.parent, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None


def _outcome(
    example: str, choices: list[str], ran: subprocess.CompletedProcess[str] | None
) -> Outcome:
    if ran is None:
        return Outcome(example, "stopped", f"took over {_SECONDS} s")
    if ran.returncode == 0:
        proof = msgspec.json.decode(ran.stdout)["proof"]
        worst = proof["max_abs_difference"]
        exact = "to the last bit" if worst == 0 else f"within {worst:.1e}"
        chosen = f"`{shlex.join(choices)}`: " if choices else ""
        return Outcome(example, "packaged", f"{chosen}{proof['rows']} rows, {exact}")
    said = " ".join(ran.stderr.split("cellmark: ")[-1].split())
    broken = "Traceback" in ran.stderr or ran.returncode not in (1, 2)
    return Outcome(example, "broken" if broken else "refused", said)


def report(outcomes: list[Outcome]) -> str:
    """The outcomes as a page, counts on top."""
    counts = Counter(verdict for _, verdict, _ in outcomes)
    total = ", ".join(f"{counts[verdict]} {verdict}" for verdict in sorted(counts))
    rows = (
        f"| `{example}` | {verdict} | {said.replace('|', chr(92) + '|')} |"
        for example, verdict, said in outcomes
    )
    return "\n".join([_HEAD, f"{len(outcomes)} examples: {total}.", "", _COLUMNS, *rows])


def chosen(root: Path, only: str) -> list[Path]:
    """Scripts that ask a model something and need no network."""
    return [
        path
        for path in sorted(root.rglob("plot_*.py"))
        if only in str(path)
        and _ASKS.search(text := path.read_text(encoding="utf-8"))
        and not _FETCHES.search(text)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("examples", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--only", default="", metavar="WORD")
    given = parser.parse_args()
    scripts = chosen(given.examples, given.only)
    outcomes = []
    with ThreadPoolExecutor(2) as pool:
        for outcome in pool.map(lambda script: attempt(script, given.examples), scripts):
            print(f"{outcome.verdict:9} {outcome.example}  {outcome.said}", flush=True)  # noqa: T201
            outcomes.append(outcome)
    text = report(outcomes)
    if given.output:
        given.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
