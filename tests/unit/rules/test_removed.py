"""The tables of what libraries took out, held against the versions that are installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import warnings
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
import pytest
from packaging.version import Version

from cellmark.rules.removed import ALIASES, ARGUMENTS, DISTRIBUTIONS, METHODS, NAMES, VALUES

from .conftest import Find


def is_gone(since: str, library: str) -> bool:
    return Version(importlib.metadata.version(library)) >= Version(since)


def is_there(name: str) -> bool:
    """Whether a full name leads to something, by imports and attributes."""
    parts = name.split(".")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for length in range(len(parts), 0, -1):
            try:
                found: Any = importlib.import_module(".".join(parts[:length]))
            except (ImportError, AttributeError):
                continue
            try:
                for part in parts[length:]:
                    found = getattr(found, part)
            except (AttributeError, ImportError):
                return False
            return True
    return False


def of_sklearn(name: str) -> Any:
    places = ("linear_model", "ensemble", "cluster", "preprocessing", "metrics", "manifold", "tree",
              "model_selection")  # fmt: skip
    for place in places:
        module = importlib.import_module(f"sklearn.{place}")
        if hasattr(module, name):
            return getattr(module, name)
    raise AssertionError(name)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_that_is_gone(name: str) -> None:
    library = DISTRIBUTIONS[name.partition(".")[0]]
    if is_gone(NAMES[name].since, library):
        assert not is_there(name)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_method_that_is_gone(name: str) -> None:
    if is_gone(METHODS[name].since, "pandas"):
        assert not hasattr(pd.DataFrame, name)
        assert not hasattr(pd.Series, name)


@pytest.mark.parametrize("key", sorted(ARGUMENTS), ids=".".join)
def test_an_argument_that_is_gone(key: tuple[str, str, str]) -> None:
    library, name, argument = key
    if not is_gone(ARGUMENTS[key].since, library):
        return
    if library == "scikit-learn":
        function = of_sklearn(name)
    else:
        function = getattr(pd, name, None) or getattr(pd.DataFrame, name)
    assert argument not in inspect.signature(function).parameters


@pytest.mark.parametrize("key", sorted(VALUES), ids=".".join)
def test_a_value_that_is_gone(key: tuple[str, str, str]) -> None:
    name, argument, value = key
    if not is_gone(VALUES[key].since, "scikit-learn"):
        return
    rows = np.random.default_rng(0).random((40, 3))
    with pytest.raises(ValueError, match=argument):
        of_sklearn(name)(**{argument: value}).fit(rows, (rows[:, 0] > 0.5).astype(int))


@pytest.mark.parametrize("old", sorted(ALIASES))
def test_a_step_of_time_that_is_gone(old: str) -> None:
    if is_gone("3.0", "pandas"):
        with pytest.raises(ValueError, match="Invalid frequency"):
            pd.date_range("2020-01-01", periods=2, freq=old)
    assert len(pd.date_range("2020-01-01", periods=2, freq=ALIASES[old])) == 2


def test_styles_of_seaborn_have_a_version_in_their_names() -> None:
    assert not [name for name in matplotlib.style.available if name == "seaborn"]
    assert "seaborn-v0_8-whitegrid" in matplotlib.style.available


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("from sklearn.datasets import load_boston", {"scikit_learn": "1.1"}),
        ("import numpy as np\nx = np.float(1)", {"numpy": "1.23"}),
        ("import numpy as np\nx = np.float(1)", {}),
        ("import numpy as np\nx = np.float64(1)", {"numpy": "2.4"}),
        (
            "try:\n    from sklearn.externals import six\nexcept ImportError:\n    import six",
            {"scikit_learn": "1.9"},
        ),
        (
            "try:\n    from sklearn.metrics import root_mean_squared_error\nexcept ImportError:\n"
            "    from sklearn.metrics import mean_squared_error\n\n"
            "    def root_mean_squared_error(a, b):\n"
            "        return mean_squared_error(a, b, squared=False)",
            {"scikit_learn": "1.9"},
        ),
        ("rows = []\nrows.append(1)", {"pandas": "3.0"}),
        (
            "import pandas as pd\nrows = []\nfor i in range(3):\n    rows.append({'a': i})\n"
            "df = pd.DataFrame(rows)",
            {"pandas": "3.0"},
        ),
        (
            "import pandas as pd\np = pd.period_range('2020', '2021', freq='Q')",
            {"pandas": "3.0"},
        ),
        (
            "import pandas as pd\ndf = pd.read_csv('a')\ns = df['first'].sum()\nx = df.first",
            {"pandas": "2.2"},
        ),
        (
            "from sklearn.ensemble import RandomForestClassifier\n"
            "m = RandomForestClassifier(max_features='sqrt')",
            {"scikit_learn": "1.9"},
        ),
        ("import matplotlib.pyplot as plt\nplt.style.use('ggplot')", {"matplotlib": "3.11"}),
    ],
)
def test_what_is_there_is_no_finding(text: str, versions: dict[str, str], find: Find) -> None:
    assert find(text, "CM60", **versions) == []
