from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest

from cellmark.bundle.requirements import installed_pins, requirements_of, runtime_requirements
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.manifest import Persisted


@pytest.mark.parametrize(
    ("modules", "distributions"),
    [
        (["pandas", "pandas.core.frame"], ["pandas"]),
        (["sklearn.linear_model"], ["scikit-learn"]),
        (["os", "__future__", "json.decoder"], []),
        (["cellmark_runtime.scoring.dummies"], []),
        ([], []),
    ],
)
def test_modules_are_named_by_the_distribution_that_provides_them(
    modules: list[str], distributions: list[str]
) -> None:
    expected = {name: metadata.version(name) for name in distributions}
    assert requirements_of(modules) == expected


def test_a_module_of_no_distribution_is_refused_by_name() -> None:
    with pytest.raises(CellmarkError, match="'my_local_module' belongs to no installed"):
        requirements_of(["my_local_module"])


def test_the_runtime_brings_its_own_requirements_and_the_tests() -> None:
    names = {line.split(">")[0].split("=")[0] for line in runtime_requirements()}
    assert {"msgspec", "prometheus-client", "starlette", "uvicorn", "pytest"} <= names


@pytest.mark.parametrize(
    ("kind", "reader"), [("skops", "skops"), ("joblib", "joblib"), ("npz", "numpy")]
)
def test_what_reads_a_persisted_value_is_required(kind: str, reader: str) -> None:
    persisted = Persisted("model", kind, f"model/model.{kind}")  # type: ignore[arg-type]
    assert reader in runtime_requirements([persisted])
    assert reader not in runtime_requirements([Persisted("a", "json", "model/frozen.json")])


def test_pins_leave_out_what_no_index_has() -> None:
    pins = installed_pins()
    assert f"pandas=={metadata.version('pandas')}" in pins
    assert not [pin for pin in pins if pin.startswith("cellmark")]


def test_a_second_copy_behind_on_the_path_is_not_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As setuptools brings its own `packaging` along, and puts it on the path when imported."""
    for name in ("packaging", "PyYAML", "pyyaml", "only_here"):
        about = tmp_path / f"{name}-0.1.dist-info" / "METADATA"
        about.parent.mkdir()
        about.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    pins = [pin for pin in installed_pins() if pin.lower().startswith(("packaging", "pyyaml"))]
    assert pins == [f"{name}=={metadata.version(name)}" for name in ("packaging", "PyYAML")]
    assert "only_here==0.1" in installed_pins()
