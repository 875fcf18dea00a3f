"""Where an alias points, as a service asks it: believed only while the registry holds."""

from __future__ import annotations

import os
import runpy
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cellmark.actions.following import Alias, alias_of
from cellmark.actions.registry import register
from cellmark_runtime.errors import BundleError, CellmarkError, CheckFailed
from cellmark_runtime.service.generations.following import load_aim

SERVED = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "served.py"))
move = SERVED["move"]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    place = tmp_path_factory.mktemp("churn")
    return [SERVED["churn_bundle"](place / str(version), version) for version in (1, 2)]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bundles: list[Path]) -> Iterator[None]:
    for name in [each for each in os.environ if each.startswith("CELLMARK_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".cellmark").mkdir()
    monkeypatch.chdir(tmp_path)
    for bundle in bundles:
        register(bundle)
    move(1)
    yield


def test_only_an_alias_is_followed(tmp_path: Path) -> None:
    (tmp_path / "churn@home").mkdir()
    assert [alias_of(each) for each in ("churn", "churn@3", "churn@home", "@x")] == [None] * 4
    assert isinstance(alias_of("churn@champion"), Alias)


def test_says_where_it_points_and_by_whose_word(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Alias("churn@champion", Path.cwd())
    monkeypatch.chdir("/")
    first = look()
    assert look() is first
    assert (first.version, first.generation, first.reason, first.by) == (1, 2, "to 1", "anna")
    for version, generation in ((2, 3), (1, 4), (1, 5)):
        monkeypatch.chdir(first.folder.parents[2])
        move(version)
        monkeypatch.chdir("/")
        aim = look()
        assert (aim.version, aim.generation) == (version, generation)
        assert aim.folder.name == aim.digest


@pytest.mark.parametrize(
    "harm",
    ["update alias set version = 2", "update event set text = replace(text, 'to 1', 'to 2')"],
)
def test_what_was_moved_by_hand_is_not_believed(tmp_path: Path, harm: str) -> None:
    base = sqlite3.connect(tmp_path / ".cellmark" / "cellmark.db")
    base.execute(harm)
    base.commit()
    base.close()
    with pytest.raises(CheckFailed, match="one that nobody changed"):
        Alias("churn@champion", tmp_path)()


def test_a_registry_that_goes_away_is_said_and_not_made_anew(tmp_path: Path) -> None:
    look = Alias("churn@champion", tmp_path)
    before = look()
    file = tmp_path / ".cellmark" / "cellmark.db"
    aside = shutil.move(file, tmp_path / "aside.db")
    with pytest.raises(CellmarkError, match="no registry there any more"):
        look()
    assert not file.exists()
    shutil.move(aside, file)
    assert look() == before
    move(2)
    assert look().version == 2


def test_a_copy_that_was_changed_does_not_load(tmp_path: Path, bundles: list[Path]) -> None:
    look = Alias("churn@champion", tmp_path)
    look()
    move(2)
    folder = Path(register(bundles[1]).path)
    (folder / "profile.json").write_text("{}")
    with pytest.raises(BundleError, match=r"profile\.json: changed"):
        load_aim(look())
