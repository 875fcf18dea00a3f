"""The packages that a Run happens with."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from cellmark.capture.surroundings import Surroundings


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(packages: Path, name: str, version: str, requires: str = "") -> None:
    for old in packages.glob(f"{name}-*.dist-info"):
        old.rename(packages / f"~{old.name}")
        (packages / f"~{old.name}" / "METADATA").unlink()
    info = packages / f"{name}-{version}.dist-info"
    info.mkdir()
    needed = f"Requires-Dist: {requires}\n" if requires else ""
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}"
    (info / "METADATA").write_text(text)
    (info / "top_level.txt").write_text(f"{name}\n")
    (packages / f"{name}.py").touch()


def test_what_is_installed_while_the_kernel_lives_is_seen(packages: Path, tmp_path: Path) -> None:
    around = Surroundings(tmp_path, tmp_path)
    install(packages, "fruit", "1.0")
    assert around.environment(["fruit"])["packages"] == {"fruit": "1.0"}
    install(packages, "peel", "3.1")
    install(packages, "fruit", "2.0", requires="peel")
    assert around.environment(["fruit"])["packages"] == {"fruit": "2.0", "peel": "3.1"}
    assert around.environment(["peel"])["packages"] == {"peel": "3.1"}


def test_a_module_of_the_project_is_told_with_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own_fruit.py"
    file.write_text("SWEET = True\n")
    module = ModuleType("own_fruit")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "own_fruit", module)
    around = Surroundings(tmp_path, tmp_path)
    before = around.modules(["own_fruit"])
    file.write_text("SWEET = False\n")
    assert before.startswith("own_fruit=")
    assert around.modules(["own_fruit"]) != before
