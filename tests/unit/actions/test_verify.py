from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from cellmark.actions.verify import KEYS, verify
from cellmark.bundle.keys import own_key
from cellmark.bundle.sign import sign
from cellmark_runtime.errors import CellmarkError

MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.delenv("CELLMARK_FOLDER", raising=False)
    (tmp_path / ".cellmark").mkdir()
    return tmp_path


def test_the_projects_own_key_is_known(project: Path) -> None:
    bundle = MINI["mini_bundle"](project / "mini-1")
    key = own_key(project / ".cellmark" / KEYS)
    (bundle / "MANIFEST.sig").write_bytes(sign((bundle / "MANIFEST.json").read_bytes(), key))
    report = verify(bundle, start=project)
    assert report.ok
    assert "signed by 'own', a key known here" in report.checks[1].detail


def test_verifying_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    bundle = MINI["mini_bundle"](tmp_path / "mini-1")
    assert verify(bundle, start=tmp_path).ok
    assert [entry.name for entry in tmp_path.iterdir()] == ["mini-1"]


def test_no_bundle_is_bad_input(project: Path) -> None:
    with pytest.raises(CellmarkError, match=r"MANIFEST\.json"):
        verify(project, start=project)
