"""Every estimator of scikit-learn, and the boosters: packaged exactly, or refused with a reason.

docs/reference/estimators.md says for each what is measured here. After a change:
`CELLMARK_UPDATE_DOCS=1 pytest tests/unit/extract/test_estimators.py` writes it anew.
"""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import NamedTuple

import pytest
import sklearn

from cellmark.extract.derive import Derived
from cellmark.extract.written import write_derived
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.persistence import load_frozen
from cellmark_runtime.types.manifest import Persisted

from .conftest import Extract, proven
from .subjects import Subject, cells_of, read, subjects

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "estimators.md"
SUBJECTS = {each.name: each for each in subjects()}
BEGIN, END = "<!-- measured -->\n", "<!-- end -->\n"

pytestmark = pytest.mark.slow


class Row(NamedTuple):
    """What was measured of an estimator. `found` is the largest difference, or the reason."""

    name: str
    kind: str
    verdict: str
    kept: str
    found: str

    @property
    def text(self) -> str:
        return f"| `{self.name}` | {self.kind} | {self.verdict} | {self.kept} | {self.found} |"


def measured(subject: Subject, extract: Extract, folder: Path) -> Row:
    """Derive a module of the estimator's notebook, write it, read it back, and prove it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            derived = extract(cells_of(subject), read=read)
            persisted = write_derived(derived, folder, {}).persisted
            back = derived._replace(values=load_frozen(folder, persisted))
            apart = proven(back, single_rows=4).max_abs_difference
        except CellmarkError as problem:
            return Row(subject.name, subject.kind, "refused", "", _reason(problem))
    verdict = "exact" if apart == 0.0 else "packaged"
    return Row(subject.name, subject.kind, verdict, _kept(derived, persisted), f"{apart:.0e}")


def _kept(derived: Derived, persisted: tuple[Persisted, ...]) -> str:
    """How the frozen estimators are kept; what is around them is plain data."""
    kept = [each for each in persisted if each.format in ("skops", "joblib")]
    boosters = [Path(file).suffix[1:] for each in kept for file in each.boosters]
    return ", ".join(dict.fromkeys([*(each.format for each in kept), *boosters]))


def _reason(problem: CellmarkError) -> str:
    said = f"{problem.received}. {problem.fix}".replace("|", r"\|")
    return re.sub(r"\s+", " ", said).strip()


def _without_numbers(said: str) -> str:
    """A reason may quote values, whose last digits are another machine's own."""
    return re.sub(r"-?[\d.]+(e[-+]?\d+)?", "0", said)


@pytest.fixture(scope="module")
def page() -> dict[str, Row]:
    return rows_of(PAGE.read_text(encoding="utf-8"))


def write(rows: dict[str, Row]) -> None:
    """The page with these rows, in the order of the estimators; its words stay."""
    known = {name: rows[name] for name in SUBJECTS if name in rows}
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(head + BEGIN + table(known) + END + rest.partition(END)[2], "utf-8")


def rows_of(text: str) -> dict[str, Row]:
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    cells = [re.split(r"(?<!\\)\|", line) for line in lines]
    rows = [Row(*(cell.strip() for cell in each[1:6])) for each in cells]
    return {row.name.strip("`"): row._replace(name=row.name.strip("`")) for row in rows}


def table(rows: dict[str, Row]) -> str:
    packaged = [row for row in rows.values() if row.verdict != "refused"]
    head = (
        f"Measured with scikit-learn {sklearn.__version__}: of {len(rows)} estimators "
        f"{len(packaged)} are packaged, {len(rows) - len(packaged)} refused.\n\n"
        "| estimator | kind | verdict | kept by | largest difference, or why not |\n"
        "|---|---|---|---|---|\n"
    )
    return head + "".join(f"{row.text}\n" for row in rows.values())


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_page_says_what_is_measured(
    name: str, extract: Extract, page: dict[str, Row], tmp_path: Path
) -> None:
    row = measured(SUBJECTS[name], extract, tmp_path)
    if os.environ.get("CELLMARK_UPDATE_DOCS"):
        page[name] = row
        write(page)
    known = page[name]
    assert (row.kind, row.kept) == (known.kind, known.kept)
    # Whether sums round alike is the machine's; whether they are near enough is the proof's.
    assert (row.verdict == "refused") == (known.verdict == "refused")
    if row.verdict == "refused":
        assert _without_numbers(row.found) == _without_numbers(known.found)


def test_the_page_has_no_other_rows_and_names_the_version(page: dict[str, Row]) -> None:
    assert set(page) == set(SUBJECTS)
    assert f"scikit-learn {sklearn.__version__}:" in PAGE.read_text(encoding="utf-8")
