"""Stores that an older Cellmark made are brought to the tables of today, whole or not at all."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cellmark.store import Store
from cellmark.store.database import Database
from cellmark.store.schema import migrate
from cellmark.store.spool import Spool

VERSION_5 = Path(__file__).with_name("version_5.sql")
# What each version brought, to be taken away for the one before it.
BROUGHT = {
    5: [
        *("ALTER TABLE run DROP COLUMN inputs", "ALTER TABLE artifact DROP COLUMN parameters"),
        *("ALTER TABLE param DROP COLUMN source", "ALTER TABLE param DROP COLUMN confidence"),
    ],
    4: ["DROP TABLE model_version", "DROP TABLE alias", "DROP TABLE event"],
    3: ["ALTER TABLE run DROP COLUMN conditions"],
    2: ["ALTER TABLE run DROP COLUMN deleted"],
}


@pytest.fixture
def old(store):
    """Make the store as a version had it; its database, open."""

    def made(version: int = 5) -> sqlite3.Connection:
        store.folder.mkdir()
        base = sqlite3.connect(Database.file_in(store.folder), isolation_level=None)
        base.executescript(VERSION_5.read_text())
        for later in range(5, version, -1):
            base.executescript(";".join(BROUGHT[later]))
        base.execute("UPDATE schema_version SET version = ?", (version,))
        return base

    return made


def declared(base: sqlite3.Connection) -> set[str]:
    """The statements that make the tables, however they are spaced."""
    made = base.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {re.sub(r"\s+", "", sql) for (sql,) in made}


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_the_tables_of_each_version_become_those_of_today(store, old, tmp_path, version):
    base = old(version)
    migrate(Database.in_folder(store.folder))
    new = Store(tmp_path / "new")
    assert declared(base) == declared(
        sqlite3.connect(Database.file_in(new.database and new.folder))
    )
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    run = store.run("RUN1")
    assert (run.parameters["C"], run.tags, run.note) == (2, ("keep",), "the one")
    assert run.latest_metrics == {"auc": 0.75, "loss": None}


def test_nothing_of_a_run_is_lost_on_the_way(store, old):
    old()
    run = store.run("RUN1")
    assert [(c.id, c.source, c.roles, c.seconds) for c in run.cells] == [
        ("X1", "C = 2", ("parameters",), 0.5),
        ("X2", "model = fit(C)", ("train", "evaluate"), 0.25),
    ]
    assert [
        (m.name, m.step, m.value, m.source, m.confidence, m.at, m.latest) for m in run.metrics
    ] == [
        ("auc", 0, 0.5, "call:roc_auc_score", 1.0, 2.25, False),
        ("loss", 0, None, "assigned", 0.9, 2.25, True),
        ("auc", 1, 0.75, "call:roc_auc_score", 1.0, 2.25, True),
    ]
    assert (run.parameters, run.seen["C"].source) == ({"C": 2}, "assigned")
    assert (run.environment.digest, run.environment.packages) == ("e1", {"numpy": "2.4.0"})
    assert (run.git["commit"], run.conditions, run.out_of_order) == ("c0ffee", {"TZ": "UTC"}, True)
    assert (run.data["df"].shape, run.notebook) == ((3, 1), "o1")
    [model] = run.estimators
    assert (model.parameters, model.chosen, model.bytes) == ({"C": 2, "tol": 0.1}, ("C",), 7)
    store.mark("RUN2").bring_back()
    other = store.run("RUN2")
    assert (other.failure.error, other.status, other.seen) == ("ValueError: no", "failed", {})
    assert [one.id for one in store.runs(where="param.model.C = 2", sort="-metric.auc")] == ["RUN1"]
    assert store.allocate_version("churn", "b1") == 1


def test_a_spool_goes_on_where_it_was(store, old, cell):
    old().execute("UPDATE spool_offset SET bytes = 0")
    Spool(store.folder, "S1").append(cell("evaluate", id="X2", run="RUN1", metrics={"auc": 0.1}))
    Spool(store.folder, "S1").append(cell("evaluate", run="RUN1", metrics={"auc": 0.9}))
    assert store.run("RUN1").latest_metrics["auc"] == 0.9


OPEN = """
import sys, pathlib
from cellmark.store import Store
print(*[run.id for run in Store(pathlib.Path(sys.argv[1])).runs()])
"""


def test_processes_that_open_an_old_store_at_once_all_find_its_runs(store, old):
    base = old()
    base.executescript("PRAGMA journal_mode = DELETE")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(store.folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    assert [process.communicate()[0].split() for process in processes] == [["RUN1"]] * 3
    assert [process.returncode for process in processes] == [0] * 3


KILLED = """
import os, pathlib, signal, sys
from cellmark.store import Store, by_key
by_key._COPIES = (*by_key._COPIES[:-1], "SELECT die()")
import sqlalchemy as sa
from cellmark.store.database import Database
@sa.event.listens_for(sa.Engine, "connect")
def connected(connection, record):
    connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
Store(pathlib.Path(sys.argv[1])).runs()
"""


def test_a_store_whose_migration_is_killed_is_as_it_was(store, old):
    before = declared(old())
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    base = sqlite3.connect(Database.file_in(store.folder))
    assert declared(base) == before
    assert base.execute("SELECT version FROM schema_version").fetchall() == [(5,)]
    base.close()
    assert [run.id for run in store.runs()] == ["RUN1"]


def test_what_was_freed_is_given_back_to_the_disk(store, old):
    base = old()
    text = "x" * 2000
    for at in range(500):
        base.execute(
            "INSERT INTO execution SELECT ?, session, experiment, cell_id, number, roles, injected,"
            " source, status, started, seconds, ? FROM execution WHERE id = 'X1'",
            (f"Y{at}", text),
        )
    base.close()
    before = Database.file_in(store.folder).stat().st_size
    store.runs()
    store.close()
    assert Database.file_in(store.folder).stat().st_size < before / 3


EXECUTION_6 = """
PRAGMA legacy_alter_table = ON;
CREATE TABLE execution_6 (
    key INTEGER NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, cell_id TEXT, number INTEGER,
    roles TEXT NOT NULL, injected BOOLEAN NOT NULL, source INTEGER NOT NULL REFERENCES text (key),
    status TEXT NOT NULL, started FLOAT NOT NULL, seconds FLOAT NOT NULL,
    facts INTEGER REFERENCES text (key)
);
INSERT INTO execution_6 SELECT key, id, cell_id, number, roles, injected, source, status, started,
    seconds, facts FROM execution;
DROP TABLE execution;
ALTER TABLE execution_6 RENAME TO execution;
UPDATE schema_version SET version = 6;
"""


def test_a_store_of_version_6_gets_what_came_later(store, logged, cell):
    run = logged({"C": 1})
    store.fold()
    store.close()
    base = sqlite3.connect(Database.file_in(store.folder))
    base.executescript(EXECUTION_6)
    base.close()
    told = {"chance": {"random": "0a1d"}, "peak": 400_000_000}
    Spool(store.folder, "later").append(cell("evaluate", run=run, **told))
    cells = store.run(run).cells
    assert [(one.chance, one.peak) for one in cells] == [
        ({}, None),
        ({}, None),
        ({"random": "0a1d"}, 400_000_000),
    ]
