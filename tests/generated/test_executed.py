"""The generated bundle, executed: loaded, asked, and proven by its own tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cellmark.bundle.build import Built
from cellmark.bundle.verify import verify
from cellmark_runtime import load
from cellmark_runtime.errors import BundleError


def test_the_loaded_bundle_gives_the_fitted_models_answers(bundle: Path, built: Built) -> None:
    model = load(bundle)
    answer = model.answer(list(model.golden.rows))
    assert tuple(answer.predictions) == model.golden.predictions
    assert answer.probabilities == [list(row) for row in model.golden.probabilities or ()]
    assert model.digest == built.manifest.digest


def test_its_own_tests_pass_and_leave_it_as_it_was(bundle: Path) -> None:
    before = sorted(bundle.rglob("*"))
    report = verify(bundle, {})
    assert [(check.name, check.ok) for check in report.checks] == [
        ("manifest", True),
        ("signature", True),
        ("files", True),
        ("tests", True),
    ], report
    assert "passed" in report.checks[-1].detail
    assert sorted(bundle.rglob("*")) == before


@pytest.mark.slow
def test_its_own_tests_pass_in_an_environment_made_from_its_lock(bundle: Path) -> None:
    report = verify(bundle, {}, clean=True)
    assert report.ok, report
    assert [check.name for check in report.checks][-2:] == ["environment", "tests"]


@pytest.mark.parametrize("path", ["scoring/steps.py", "model/model.skops", "model/frozen.json"])
def test_one_changed_byte_is_refused_by_name(bundle: Path, tmp_path: Path, path: str) -> None:
    copy = tmp_path / "loans-3"
    shutil.copytree(bundle, copy)
    content = bytearray((copy / path).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / path).write_bytes(content)
    with pytest.raises(BundleError, match=path):
        load(copy)
