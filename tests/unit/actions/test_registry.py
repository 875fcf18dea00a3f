"""The registry from the outside, with real bundles in a real store."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import cellmark
from cellmark.actions.kept_bundles import folder_of
from cellmark.actions.registry import approve, history, models, promote, register
from cellmark.store import open_store
from cellmark_runtime.errors import BundleError, CellmarkError, CheckFailed
from cellmark_runtime.scoring.files import open_bundle

MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))
FAILING = "def test_two():\n    assert 1 == 2\n"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [each for each in os.environ if each.startswith("CELLMARK_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".cellmark").mkdir()
    monkeypatch.chdir(tmp_path)
    yield


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(MINI["mini_bundle"](tmp_path / "mini-1"))


def test_a_bundle_is_registered_once_and_knows_its_run(bundle: Path) -> None:
    first, again = register(bundle, reason="trial"), register(bundle)
    assert (first.new, again.new) == (True, False)
    manifest = open_bundle(bundle).manifest
    assert (first.model, first.version, first.digest) == ("mini", manifest.version, manifest.digest)
    (event,) = history("mini").events
    assert (event.kind, event.reason) == ("registered", "trial")
    assert event.evidence["run"] == manifest.provenance.run
    shutil.rmtree(bundle)
    assert open_bundle(Path(first.path)).manifest == manifest
    ((model,),) = [models().models]
    assert [each.run for each in model.versions] == [manifest.provenance.run]


def test_a_changed_bundle_is_refused(bundle: Path) -> None:
    (bundle / "model" / "frozen.json").write_text("{}")
    with pytest.raises(BundleError, match=r"model/frozen\.json"):
        register(bundle)
    assert models().models == []


def test_another_bundle_with_the_same_number_is_refused(bundle: Path, tmp_path: Path) -> None:
    kept = register(bundle)
    other = MINI["mini_bundle"](tmp_path / "other-1", tests="def test_x(): pass\n")
    with pytest.raises(CellmarkError, match="a number of its own"):
        register(other)
    assert [each.digest for each in models("mini").models[0].versions] == [kept.digest]
    assert history("mini", verify=True).ok


def test_a_build_here_does_not_take_the_number_of_one_from_elsewhere(bundle: Path) -> None:
    kept = register(bundle)
    assert open_store().allocate_version("mini", "other content") == kept.version + 1


def test_many_at_once_register_one_version(bundle: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: register(bundle), range(8)))
    assert sum(each.new for each in done) == 1
    assert len(history("mini").events) == 1
    assert history("mini", verify=True).ok


def test_an_alias_moves_only_to_what_verifies(bundle: Path, tmp_path: Path) -> None:
    kept = register(bundle)
    done = promote(f"mini@{kept.version}", "champion", reason="first")
    assert (done.before, done.event.evidence["digest"]) == (None, kept.digest)
    assert folder_of("mini@champion") == Path(kept.path)
    assert models("mini").models[0].aliases == {"champion": kept.version}
    assert history("mini", verify=True).ok
    assert register(bundle).aliases == ["champion"]
    with pytest.raises(CellmarkError, match="why this version"):
        promote("mini@champion", "champion", reason=" ")


def test_a_bundle_whose_tests_fail_is_not_promoted(tmp_path: Path) -> None:
    kept = register(MINI["mini_bundle"](tmp_path / "mini-1", tests=FAILING))
    with pytest.raises(CheckFailed, match="tests: "):
        promote(f"mini@{kept.version}", "champion", reason="x")
    assert models("mini").models[0].aliases == {}
    assert len(history("mini").events) == 1


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("other@1", "not registered"),
        ("mini@7", "no such version or alias"),
        ("mini@champion", "no such version or alias"),
        ("mini", "MODEL@VERSION or MODEL@ALIAS"),
    ],
)
def test_what_is_not_there_is_said(bundle: Path, reference: str, said: str) -> None:
    register(bundle)
    with pytest.raises(CellmarkError, match=said):
        folder_of(reference)
    with pytest.raises(CellmarkError, match="not registered"):
        history("nope")


def test_a_copy_that_was_changed_serves_nothing(bundle: Path) -> None:
    kept = register(bundle)
    (Path(kept.path) / "model" / "frozen.json").write_text("{}")
    with pytest.raises(CheckFailed, match="not what was registered"):
        folder_of(f"mini@{kept.version}")
    register(bundle)
    assert folder_of(f"mini@{kept.version}")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("update event set text = replace(text, 'trial', 'truth')", "event 0 was changed"),
        ("delete from event where seq = 0", "event 0 gone"),
        ("delete from event where seq = 1", "the events end elsewhere"),
        ("update alias set version = 9", "the events end elsewhere"),
        ("delete from model_version", "the events end elsewhere"),
    ],
)
def test_what_is_done_to_the_tables_is_found(
    bundle: Path, tmp_path: Path, harm: str, said: str
) -> None:
    kept = register(bundle, reason="trial")
    promote(f"mini@{kept.version}", "champion", reason="x")
    base = sqlite3.connect(tmp_path / ".cellmark" / "cellmark.db")
    base.execute(harm)
    base.commit()
    base.close()
    found = history("mini", verify=True)
    assert found.ok is False
    assert said in found.faults[0]


def test_asking_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / ".cellmark").rmdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert models().models == []
    for ask in (models, history, lambda name: folder_of(f"{name}@1")):
        with pytest.raises(CellmarkError, match="not registered"):
            ask("churn")
    assert list((tmp_path / "empty").iterdir()) == []


def test_the_verbs_are_functions_of_the_package(bundle: Path) -> None:
    kept = cellmark.register(bundle)
    assert cellmark.models().models[0].versions[0].digest == kept.digest
    assert json.loads(json.dumps(cellmark.history("mini").model)) == "mini"


def acting_as(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: name)


@pytest.mark.parametrize("by", [[], ["anna"], ["anna", "anna"]])
def test_what_nobody_else_approved_is_not_promoted(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, by: list[str]
) -> None:
    register(bundle)
    for name in [*by, "anna"]:
        acting_as(monkeypatch, name)
        if by:
            approve("mini@1", reason="read the card")
    with pytest.raises(CheckFailed, match="other than anna"):
        promote("mini@1", "champion", reason="x", require=["approval"])
    monkeypatch.setenv("CELLMARK_REQUIRE", "approval")
    with pytest.raises(CheckFailed, match="other than anna"):
        promote("mini@1", "champion", reason="x")
    assert models("mini").models[0].aliases == {}


def test_an_approval_by_somebody_else_lets_it_pass_and_is_evidence(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(bundle)
    acting_as(monkeypatch, "bert")
    assert approve("mini@1", reason="read the card").event.kind == "approved"
    acting_as(monkeypatch, "anna")
    done = promote("mini@1", "champion", reason="x", require=["approval"])
    assert done.event.evidence["approval"] == "approved by bert"
    told = history("mini", verify=True)
    assert ([event.kind for event in told.events], told.ok) == (
        ["registered", "approved", "promoted"],
        True,
    )


def test_an_approval_needs_a_version_a_copy_and_a_reason(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = register(bundle)
    for reference, reason, said in (
        ("mini@7", "x", "no such version"),
        ("mini@1", " ", "what you looked at"),
    ):
        with pytest.raises(CellmarkError, match=said):
            approve(reference, reason=reason)
    monkeypatch.setenv("CELLMARK_REQUIRE", "approval, yes")
    with pytest.raises(CellmarkError, match="CELLMARK_REQUIRE: 'yes'"):
        promote("mini@1", "champion", reason="x")
    (Path(kept.path) / "model" / "frozen.json").write_text("{}")
    with pytest.raises(CheckFailed, match="not what was registered"):
        approve("mini@1", reason="x")


def test_a_bundle_that_is_refused_leaves_no_copy(bundle: Path, tmp_path: Path) -> None:
    kept = register(bundle)
    with pytest.raises(CellmarkError, match="a number of its own"):
        register(MINI["mini_bundle"](tmp_path / "other-1", tests="def test_x(): pass\n"))
    assert [each.name for each in Path(kept.path).parent.iterdir()] == [kept.digest]
