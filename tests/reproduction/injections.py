"""Things that make a rerun differ, one at a time, and the cause and cell that must be named.

`python tests/reproduction/injections.py` tries them all and writes docs/reference/reproduction.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import sqlalchemy as sa

from cellmark.actions.reproduce import reproduce
from cellmark.actions.reproduced import Reproduced
from cellmark.actions.run import run
from cellmark.core.difference import Cause
from cellmark.replay import execute
from cellmark.store import Store, tables

__all__ = ["INJECTIONS", "Injection", "attempt", "found_right", "steady"]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "reproduction.md"
Cells = tuple[tuple[str, str], ...]
RERUNS = 10

BASE: Cells = (
    ("import numpy as np", ""),
    ("C = 1.0", "parameters"),
    ("table = np.loadtxt('table.csv', delimiter=',')", "data"),
    ("center = table.mean(axis=0)\nscaled = table - center", "preprocess"),
    ("weights = np.linalg.lstsq(scaled, table[:, 0] * C, rcond=None)[0]", "train"),
    ("score = float(np.abs(scaled @ weights).sum())\nprint('score', round(score, 6))", "evaluate"),
)
FRAME: Cells = (
    ("import pandas as pd", ""),
    ("df = pd.read_csv('table.csv', names=['a', 'b', 'c'])", "data"),
    ("total = float(df['b'].sum())", "train"),
    ("print(total)", "evaluate"),
)
PACKAGE: Cells = (
    ("import tinystat", ""),
    ("values = [1.0, 2.0, 4.0]", "data"),
    ("middle = tinystat.middle(values)", "train"),
    ("print('middle', middle)", "evaluate"),
)
STEPS: Cells = (
    ("x = [1.0, 2.0]", "data"),
    ("x = [each * 2 for each in x]", "preprocess"),
    ("x = [each + 1 for each in x]", "preprocess"),
    ("total = sum(x)", "train"),
    ("print(total)", "evaluate"),
)
RECORDED = {"TZ": "UTC", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "1"}


def with_(cells: Cells, **changed: str) -> Cells:
    """Cells with other sources: `cell_4="..."`; "" takes a cell out."""
    sources = {int(name.removeprefix("cell_")): source for name, source in changed.items()}
    pairs = [(sources.get(at, source), tags) for at, (source, tags) in enumerate(cells, start=1)]
    return tuple((source, tags) for source, tags in pairs if source)


def small(before: str, train: str, after: str = "print(result)") -> Cells:
    """A notebook of three cells: what it imports, what it trains, what it shows."""
    return ((before, "data"), (train, "train"), (after, "evaluate"))


def with_table(text: str) -> Callable[[Path], None]:
    return lambda project: _write(project / "table.csv", text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


TABLE = "".join(f"{at},{at * at % 7},{at % 3}\n" for at in range(24))


@dataclass(frozen=True)
class Injection:
    """`cells` are run as the Run; then `now` are its cells, `between` changes the project, and
    `environment` that of the rerun. `kind` and `cell` must be named.
    """

    name: str
    kind: str
    cell: int | None
    cells: Cells = BASE
    now: Cells | None = None
    between: Callable[[Path], None] = lambda project: None
    parameters: Mapping[str, object] = field(default_factory=dict)
    recorded: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    present: bool = False
    # The order in which the Run ran its cells, where that is not the document's.
    ran: Sequence[int] = ()


def _package(version: str, body: str) -> Callable[[Path], None]:
    def write(project: Path) -> None:
        _write(project / "site" / "tinystat.py", f"def middle(values):\n    return {body}\n")
        for old in (project / "site").glob("*.dist-info"):
            (old / "METADATA").unlink()
            (old / "RECORD").unlink()
            old.rmdir()
        about = project / "site" / f"tinystat-{version}.dist-info"
        _write(about / "METADATA", f"Metadata-Version: 2.1\nName: tinystat\nVersion: {version}\n")
        _write(about / "RECORD", "tinystat.py,,\n")

    return write


def _without_package(project: Path) -> None:
    for file in sorted((project / "site").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()


def _unlink(name: str) -> Callable[[Path], None]:
    return lambda project: (project / name).unlink()


def _held(name: str, then: str, now: str) -> dict[str, Any]:
    return {"recorded": {name: then}, "environment": {name: now}, "present": True}


_WORDS = "{'ash', 'elm', 'fir', 'oak', 'yew', 'bay', 'fig', 'box', 'tea', 'ivy', 'rue', 'sal'}"
_JOBS = (
    "from joblib import Parallel, delayed\nimport numpy as np\n"
    "def draw(_):\n    return float(np.random.default_rng().random())"
)

INJECTIONS: tuple[Injection, ...] = (
    Injection(
        "a constant in a preprocess cell",
        "code",
        4,
        now=with_(BASE, cell_4="center = table.mean(axis=0) + 1\nscaled = table - center"),
    ),
    Injection(
        "another argument in the train cell",
        "code",
        5,
        now=with_(BASE, cell_5="weights = np.linalg.lstsq(scaled, table[:, 1] * C, rcond=None)[0]"),
    ),
    Injection(
        "another metric in the evaluate cell",
        "code",
        6,
        now=with_(BASE, cell_6="score = float(np.square(scaled @ weights).sum())\nprint(score)"),
    ),
    Injection(
        "a statement added between two",
        "code",
        4,
        now=with_(
            BASE, cell_4="center = table.mean(axis=0)\ncenter[0] = 0\nscaled = table - center"
        ),
    ),
    Injection(
        "a cell without a tag changed",
        "code",
        1,
        cells=with_(BASE, cell_1="import numpy as np\nscale = 2.0", cell_2="C = 1.0 * scale"),
        now=with_(BASE, cell_1="import numpy as np\nscale = 3.0", cell_2="C = 1.0 * scale"),
    ),
    Injection(
        "a local module",
        "code",
        2,
        cells=small("import tinylocal", "result = tinylocal.SCALE * 2"),
        between=lambda project: _write(project / "tinylocal.py", "SCALE = 4\n"),
    ),
    # What was cell 3 is cell 2 now, and the first that gives something else.
    Injection("a cell deleted", "code", 2, cells=STEPS, now=with_(STEPS, cell_2="")),
    Injection(
        "a pair of cells reordered",
        "order",
        2,
        cells=STEPS,
        now=(STEPS[0], STEPS[2], STEPS[1], *STEPS[3:]),
    ),
    Injection("a parameter", "parameters", None, parameters={"C": 2.0}),
    Injection(
        "one value of one row",
        "data",
        2,
        cells=FRAME,
        between=with_table(TABLE.replace("5,4,2", "5,9,2")),
    ),
    Injection("a row less", "data", 2, cells=FRAME, between=with_table(TABLE[6:])),
    Injection(
        "a column of another type",
        "data",
        2,
        cells=FRAME,
        between=with_table(TABLE.replace("3,2,0", "3,2.5,0")),
    ),
    Injection("a row of an array", "data", 3, between=with_table(TABLE.replace("5,4,2", "5,9,2"))),
    Injection(
        "a file of settings, of which no frame is made",
        "data",
        1,
        cells=small(
            "import json\nwith open('limits.json') as file:\n    limits = json.load(file)",
            "result = limits['high'] * 2",
        ),
        between=lambda project: _write(project / "limits.json", '{"high": 9}'),
    ),
    Injection(
        "a file that a reader of native code opens",
        "data",
        2,
        cells=(
            ("import pyarrow.csv as csv", ""),
            (
                "named = csv.ReadOptions(column_names=['a', 'b', 'c'])\n"
                "rows = csv.read_csv('table.csv', named).to_pylist()",
                "data",
            ),
            ("total = float(sum(sum(row.values()) for row in rows))", "train"),
            ("print(total)", "evaluate"),
        ),
        between=with_table(TABLE.replace("5,4,2", "5,9,2")),
    ),
    Injection(
        "a package a patch release apart",
        "packages",
        3,
        cells=PACKAGE,
        between=_package("1.0.1", "sum(values) / len(values)"),
    ),
    Injection(
        "a package a major release apart",
        "packages",
        3,
        cells=PACKAGE,
        between=_package("2.0.0", "max(values)"),
    ),
    Injection(
        "a seed dropped from the code",
        "code",
        2,
        cells=small("import random", "random.seed(3)\nresult = random.random()"),
        now=small("import random", "result = random.random()"),
    ),
    Injection(
        "numpy.random without a seed",
        "chance",
        2,
        cells=small("import numpy as np", "result = float(np.random.normal())"),
    ),
    Injection(
        "default_rng() without a seed",
        "chance",
        2,
        cells=small("import numpy as np", "result = float(np.random.default_rng().normal())"),
    ),
    Injection(
        "random without a seed",
        "chance",
        2,
        cells=small("import random", "result = random.random()"),
    ),
    Injection(
        "rows shuffled without a seed",
        "chance",
        4,
        cells=(
            *BASE[:3],
            ("np.random.shuffle(table)\nscaled = table[:12] - table[:12].mean()", "preprocess"),
            ("weights = scaled.sum(axis=0)", "train"),
            ("print(weights.tolist())", "evaluate"),
        ),
    ),
    Injection(
        "train_test_split without random_state",
        "chance",
        2,
        cells=small(
            "from sklearn.model_selection import train_test_split",
            "kept, left = train_test_split(list(range(40)))\nresult = sum(kept)",
        ),
    ),
    Injection(
        "workers of n_jobs=2 that draw",
        "chance",
        2,
        cells=small(
            _JOBS, "result = sum(Parallel(n_jobs=2)(delayed(draw)(at) for at in range(4)))"
        ),
    ),
    Injection(
        "the order of a set",
        "hash seed",
        1,
        cells=small(f"names = list({_WORDS})", "result = ' '.join(names[:4])"),
    ),
    Injection(
        "a bucket by hash()",
        "hash seed",
        2,
        cells=small("key = 'customer'", "result = hash(key) % 100_003"),
    ),
    Injection(
        "the hash seed, set",
        "hash seed",
        1,
        cells=small(f"names = list({_WORDS})", "result = ' '.join(names[:4])"),
        **_held("PYTHONHASHSEED", "5", "9"),
    ),
    Injection(
        "the time zone",
        "time zone",
        2,
        cells=small("import time", "result = time.localtime(1_700_000_000).tm_hour"),
        **_held("TZ", "Asia/Tokyo", "UTC"),
    ),
    Injection(
        "the locale",
        "locale",
        2,
        cells=small(
            "import os", "result = ','.join('12') if os.environ['LANG'][:2] == 'de' else '1.2'"
        ),
        **_held("LANG", "de_DE.UTF-8", "C.UTF-8"),
    ),
    Injection(
        "the number of threads",
        "threads",
        2,
        cells=small(
            "import os\nimport numpy as np",
            "parts = np.array_split(np.arange(10.0), int(os.environ['OMP_NUM_THREADS']))\n"
            "result = float(sum(part.max() for part in parts))",
        ),
        **_held("OMP_NUM_THREADS", "2", "1"),
    ),
    Injection(
        "the time of day",
        "time of day",
        2,
        cells=small(
            "from datetime import datetime", "result = datetime.now().microsecond % 9973 + 1"
        ),
    ),
    # Cell 2 ran after cell 3 then: from top to bottom it is the first that gives something else.
    Injection("cells run out of order", "hidden state", 2, cells=STEPS, ran=(1, 3, 2, 4, 5)),
    Injection("a data file gone", "missing file", 3, between=_unlink("table.csv")),
    Injection(
        "a data file moved",
        "missing file",
        3,
        between=lambda project: (
            _write(project / "moved" / "table.csv", TABLE) or _unlink("table.csv")(project)
        ),
    ),
    Injection(
        "a file at an absolute path gone",
        "absolute path",
        1,
        cells=small("rows = open('/dev/shm/cellmark-injection.csv').read()", "result = len(rows)"),
        recorded={"CELLMARK_INJECTED": "/dev/shm/cellmark-injection.csv"},
    ),
    Injection("a package gone", "missing package", 1, cells=PACKAGE, between=_without_package),
    Injection(
        "the cell that set a variable gone",
        "deleted variable",
        2,
        cells=STEPS,
        now=with_(STEPS, cell_1="y = 0"),
    ),
)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """This process's environment, and so its kernels', with these variables."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def attempt(injection: Injection, project: Path) -> Reproduced:
    """Make the Run, change the one thing, and reproduce."""
    _write(project / "table.csv", TABLE)
    _package("1.0.0", "sorted(values)[len(values) // 2]")(project)
    _write(project / "tinylocal.py", "SCALE = 3\n")
    _write(project / "limits.json", '{"high": 7}')
    (project / ".cellmark").mkdir()
    path = _notebook(project / "model.ipynb", injection.cells)
    held = {"PYTHONPATH": str(project / "site"), **RECORDED}
    if injection.kind == "hash seed" and not injection.present:
        held["PYTHONHASHSEED"] = ""
    outside = injection.recorded.get("CELLMARK_INJECTED")
    with environment({**held, **injection.recorded}):
        if outside:
            _write(Path(outside), TABLE)
        made = _made(injection, path)
    if outside:
        Path(outside).unlink()
    injection.between(project)
    if injection.now is not None:
        _notebook(path, injection.now, injection.cells)
    current = injection.now is not None or bool(injection.parameters)
    with environment({**held, **injection.environment}):
        here = Path.cwd()
        os.chdir(project)
        try:
            return reproduce(
                path if current else made,
                parameters=injection.parameters,
                present=injection.present,
            )
        finally:
            os.chdir(here)


def _made(injection: Injection, path: Path) -> str:
    if not injection.ran:
        return run(path).runs[-1].run
    # As in JupyterLab: the cells in another order, and no executed notebook kept.
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [notebook.cells[at - 1] for at in injection.ran]
    ordered = path.with_name("ordered.ipynb")
    nbformat.write(notebook, ordered)
    store = Store(path.parent / ".cellmark")
    made = execute(ordered, parameters={}, known_as=path, store=store.folder).runs[-1]
    ordered.unlink()
    store.fold()
    with store.database.writing() as connection:
        connection.execute(sa.delete(tables.artifact).where(tables.artifact.c.kind == "notebook"))
    return made


def _notebook(path: Path, cells: Cells, ids_from: Cells = ()) -> Path:
    """Cells keep the id of the cell with their text, else of the one in their place."""
    known = {source: f"cell-{at}" for at, (source, _) in enumerate(ids_from or cells, start=1)}
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for at, (source, tags) in enumerate(cells, start=1):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": tags.split()})
        cell.id = known.get(source, f"cell-{at}")
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


def found_right(injection: Injection, result: Reproduced) -> bool:
    """Whether it was found, and the first cause named is the right one in the right cell."""
    return not result.reproduced and _right(injection, result.causes)


def _right(injection: Injection, causes: Sequence[Cause]) -> bool:
    kinds = {cause.kind for cause in causes}
    cells = {cause.cell for cause in causes}
    return kinds == {injection.kind} and cells == {injection.cell}


def steady(project: Path, times: int = RERUNS) -> Reproduced:
    """Reruns of a notebook that is deterministic: none may differ."""
    _write(project / "table.csv", TABLE)
    (project / ".cellmark").mkdir()
    made = run(_notebook(project / "model.ipynb", BASE)).runs[-1].run
    here = Path.cwd()
    os.chdir(project)
    try:
        return reproduce(made, times=times)
    finally:
        os.chdir(here)


# -- the page


def main() -> None:
    """Try all, or those whose number is an argument; write the page if all were tried."""
    chosen = [int(word) for word in sys.argv[1:]]
    rows = []
    for number, injection in enumerate(INJECTIONS, start=1):
        if chosen and number not in chosen:
            continue
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".injection-") as folder:
            result = attempt(injection, Path(folder))
        row = _row(number, injection, result)
        rows.append((row, found_right(injection, result)))
        sys.stderr.write(f"{time.perf_counter() - started:5.1f} s {row}\n")
    if not chosen:
        with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".injection-") as folder:
            held = steady(Path(folder))
        _write(PAGE, _page(rows, held))


def _row(number: int, injection: Injection, result: Reproduced) -> str:
    causes = [f"{c.kind}, cell {c.cell}" if c.cell else c.kind for c in result.causes]
    named = "; ".join(dict.fromkeys(causes)) or "none"
    wanted = f"{injection.kind}, cell {injection.cell}" if injection.cell else injection.kind
    right = "yes" if found_right(injection, result) else "**no**"
    reruns = len(result.experiments) + 1
    return f"| {number} | {injection.name} | {wanted} | {named} | {right} | {reruns} |"


def _page(rows: Sequence[tuple[str, bool]], held: Reproduced) -> str:
    right = sum(found for _, found in rows)
    assert held.times is not None
    alarms = held.times.trials - held.times.held
    told = "no false alarm" if not alarms else f"{alarms} false alarms"
    exact = "equal to the last bit" if held.exact else "within tolerance"
    table = "\n".join(row for row, _ in rows)
    share = (
        f"{right} of {len(rows)} ({right / len(rows):.0%}) were traced to the right cause and cell"
    )
    return f"""# Reproduction, measured
What `cellmark reproduce` says when one thing was changed on purpose: {share}.
{held.times.trials} reruns of a deterministic notebook gave {told} ({exact}).

Each row is a Run, one change, and a reproduction. Right means that the change was found, that its
cause is the only one named, and that the cell is.

```sh
python tests/reproduction/injections.py      # writes this page, in a quarter of an hour
pytest -m slow tests/reproduction            # holds each row
```

| | changed | must be named | was named | right | reruns |
|---|---|---|---|---|---|
{table}

Where data or packages differ, the cell is the one whose statement last touched what differs;
elsewhere two reruns parted there ([how](../explanation/reproduction.md#causes)).
"""


if __name__ == "__main__":
    main()
