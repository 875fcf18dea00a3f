"""Runs go in by the spool and come out whole."""

from __future__ import annotations

import pytest

from cellmark.store import StoreError, open_store
from cellmark.store.errors import NoSuchRun
from cellmark.store.spool import Spool, new_id


def test_nothing_is_made_on_disk_by_looking(store):
    assert store.runs() == []
    assert not store.folder.exists()


def test_the_folder_keeps_itself_out_of_version_control(store, logged):
    logged()
    store.runs()
    assert (store.folder / ".gitignore").read_text() == "*\n"


def test_a_run_owns_what_fed_it(store, logged):
    run = store.run(logged({"C": 2, "data": "a.csv"}, {"auc": 0.8}))
    assert run.parameters == {"C": 2, "data": "a.csv"}
    assert run.latest_metrics == {"auc": 0.8}
    assert [(c.roles, c.source) for c in run.cells] == [
        (("parameters",), "parameters()"),
        (("train",), "train()"),
    ]
    assert (run.name, run.status) == ("churn", "ok")


def test_injected_parameters_overrule_the_defaults(store, cell):
    spool, run = Spool(store.folder, "s"), new_id()
    default = cell("parameters", parameters={"C": 1, "seed": 7})
    injected = cell("parameters", parameters={"C": 5}, cell_id="new", injected=True, number=None)
    for record in (default, injected):
        spool.append(record)
    spool.append(cell("train", run=run, fed_by=[default["id"], injected["id"]]))
    assert store.run(run).parameters == {"C": 5, "seed": 7}


def test_a_second_evaluation_adds_and_overwrites_nothing(store, cell):
    spool, run = Spool(store.folder, "s"), new_id()
    spool.append(cell("train", run=run))
    spool.append(cell("evaluate", run=run, metrics={"auc": 0.7, "f1": 0.5}))
    store.fold()
    spool.append(cell("evaluate", run=run, metrics={"auc": 0.9}))
    found = store.run(run)
    assert found.latest_metrics == {"auc": 0.9, "f1": 0.5}
    assert sorted(m.value for m in found.metrics if m.name == "auc") == [0.7, 0.9]


FAILURE = {"cell": 2, "line": 1, "error": "ValueError: no", "traceback": "..."}


def test_a_failed_evaluation_fails_the_run_until_it_is_mended(store, cell):
    spool, run = Spool(store.folder, "s"), new_id()
    spool.append(cell("train", run=run))
    spool.append(cell("evaluate", run=run, status="failed", failure=FAILURE))
    assert (store.run(run).status, store.run(run).failure.line) == ("failed", 1)
    spool.append(cell("evaluate", run=run))
    assert (store.run(run).status, store.run(run).failure) == ("ok", None)


def test_a_failed_training_stays_failed(store, cell):
    spool, run = Spool(store.folder, "s"), new_id()
    spool.append(cell("train", run=run, status="failed", failure=FAILURE))
    spool.append(cell("evaluate", run=run))
    assert store.run(run).status == "failed"


def test_folding_again_from_the_start_changes_nothing(store, logged):
    logged({"C": 1}, {"auc": 0.5})
    [spool_file] = (store.folder / "spool").glob("*.jsonl")
    lines = spool_file.read_bytes()
    before = store.runs()
    assert not spool_file.exists()
    spool_file.write_bytes(lines)
    assert store.runs() == before


def test_a_line_that_is_still_being_written_waits(store, cell):
    spool, run = Spool(store.folder, "s"), new_id()
    spool.append(cell("train", run=run))
    whole = spool.path.read_bytes()
    spool.path.write_bytes(whole[:-20])
    assert store.runs() == []
    spool.path.write_bytes(whole)
    assert [found.id for found in store.runs()] == [run]


@pytest.mark.parametrize(
    "damage", [b"not json\n", b'{"kind":"cell"}\n', b'{"kind":"new"}\n', b"\xff\n"]
)
def test_a_damaged_line_keeps_no_other_run_out(store, cell, damage):
    spool, run = Spool(store.folder, "s"), new_id()
    spool.append(cell("parameters"))
    with spool.path.open("ab") as file:
        file.write(damage)
    spool.append(cell("train", run=run))
    assert [found.id for found in store.runs()] == [run]
    assert spool.path.with_suffix(".rejected").read_bytes() == damage


def test_a_line_is_set_aside_once_though_two_fold_it(store, cell):
    spool = Spool(store.folder, "s")
    spool.append(cell("train", run=new_id()))
    with spool.path.open("ab") as file:
        file.write(b"not json\n")
    spool.append({"kind": "end"})
    lines = spool.path.read_bytes()
    store.runs()
    # As a process sees it that waited for the lock while the first one folded.
    spool.path.write_bytes(lines)
    store.runs()
    assert spool.path.with_suffix(".rejected").read_bytes() == b"not json\n"


def test_an_object_that_is_gone_is_named_with_what_to_do(store):
    with pytest.raises(StoreError, match=r"no such object.*copy, or run the notebook again"):
        store.content("ab" * 32)


def test_the_same_training_has_the_same_identity(store, logged):
    first, again, other = (store.run(logged({"C": c})).identity for c in (1, 1, 2))
    assert first == again
    assert first != other


def test_evaluation_does_not_change_the_identity(store, logged, cell):
    run = logged({"C": 1})
    before = store.run(run).identity
    Spool(store.folder, "later").append(cell("evaluate", run=run, metrics={"auc": 1.0}))
    assert store.run(run).identity == before


def test_references(store, logged):
    older, newer = logged({"C": 1}), logged({"C": 1})
    identity = store.run(newer).identity
    for reference in (newer, newer[-8:], newer.lower(), identity, identity[:12], "latest"):
        assert store.run(reference).id == newer
    assert store.run(older).id == older


@pytest.mark.parametrize(
    ("reference", "said"),
    [("nothing-like-it", "no such run"), ("01", "no such run"), ("%", "no such run")],
)
def test_references_that_name_nothing(store, logged, reference, said):
    logged()
    with pytest.raises(NoSuchRun, match=said):
        store.run(reference)


def test_an_ambiguous_reference_is_said_to_be(store, logged):
    first, second = logged(), logged()
    shared = next(first[:n] for n in range(26, 0, -1) if first[:n] == second[:n])
    with pytest.raises(NoSuchRun, match="2 runs fit"):
        store.run(shared)


def test_found_upwards_like_git(tmp_path, logged, monkeypatch):
    logged()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert open_store(tmp_path / "a" / "b").folder == tmp_path / ".cellmark"
    monkeypatch.setenv("CELLMARK_STORE", str(tmp_path / "elsewhere"))
    assert open_store(tmp_path / "a" / "b").folder == tmp_path / "elsewhere"


def test_a_database_address_is_used_as_such(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLMARK_STORE", f"sqlite:///{tmp_path}/runs.db")
    store = open_store(tmp_path)
    assert store.allocate_version("churn", "a") == 1
    assert (tmp_path / "runs.db").exists()


def test_a_damaged_database_is_named(store):
    store.folder.mkdir()
    (store.folder / "cellmark.db").write_bytes(b"no database " * 400)
    with pytest.raises(StoreError, match=r"cellmark\.db: file is not a database"):
        store.runs()


def test_a_store_of_a_newer_cellmark_is_refused(store, logged):
    import sqlalchemy as sa

    logged()
    store.runs()
    with store.database.writing() as connection:
        connection.execute(sa.text("UPDATE schema_version SET version = 99"))
    with pytest.raises(StoreError, match="newer Cellmark"):
        open_store(store.folder.parent).runs()
