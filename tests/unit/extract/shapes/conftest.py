"""How notebooks are built: whole notebooks, not idioms; each packaged exactly, or refused."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.derive import Derived
from cellmark_runtime.errors import CellmarkError

from ..conftest import Extract, proven

Cells = list[tuple[str, str]]
Exact = Callable[[Cells], Derived]

SINGLE_ROWS = 25


class Refused(NamedTuple):
    """A notebook that must be refused: where, a part of the message, a part of the fix."""

    where: str
    reason: str
    fix: str
    cells: Cells


@pytest.fixture
def exact(extract: Extract, people: pd.DataFrame) -> Exact:
    """Derive a notebook's module; it gives the notebook's own numbers however rows arrive."""

    def check(cells: Cells, **choices: str) -> Derived:
        derived = extract(_dedented(cells), choices=Choices(**choices), read=people.copy)
        assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0
        return derived

    return check


@pytest.fixture
def refused(extract: Extract, people: pd.DataFrame) -> Callable[[Refused], None]:
    """Check that a notebook is refused where and as it says."""

    def check(case: Refused) -> None:
        with pytest.raises(CellmarkError) as problem:
            proven(extract(_dedented(case.cells), read=people.copy), SINGLE_ROWS)
        assert problem.value.where.startswith(case.where)
        assert case.reason in problem.value.received
        assert case.fix in problem.value.fix

    return check


def _dedented(cells: Cells) -> Cells:
    return [(roles, textwrap.dedent(source).strip()) for roles, source in cells]
