"""Which statements install packages, and which packages."""

from __future__ import annotations

import pytest

from cellmark.notebook.installs import installs
from cellmark.notebook.statements import parse


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("%pip install -q xgboost==2.0 'pandas<3'", ("xgboost==2.0", "pandas<3")),
        ("pip install lightgbm", ("lightgbm",)),
        ("!pip install --upgrade scikit-learn  # newest", ("scikit-learn",)),
        ("!pip3 install a b[extra]>=1", ("a", "b[extra]>=1")),
        ("!{sys.executable} -m pip install polars", ("polars",)),
        ("!python -m pip install -r requirements.txt", ()),
        ("!uv pip install catboost", ("catboost",)),
        ("%conda install -y -c conda-forge xgboost", ("xgboost",)),
        ("%pip list", None),
        ("!ls install", None),
        ("%matplotlib inline", None),
        ("install(1)", None),
    ],
)
def test_a_statements_packages(source: str, named: tuple[str, ...] | None) -> None:
    (node,) = parse(source, 1).body
    assert installs(node) == named
