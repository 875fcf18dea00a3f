"""Disks that are full or read-only, and writers at once: all of it or nothing."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys

import pytest

from cellmark.store import StoreError
from cellmark.store.objects import get, put
from cellmark.store.spool import Spool, new_id


def test_objects_are_kept_once_under_their_digest(tmp_path):
    digest, size = put(tmp_path, b"content")
    assert put(tmp_path, b"content") == (digest, size) == (digest, 7)
    assert get(tmp_path, digest) == b"content"
    assert [p.name for p in (tmp_path / "objects").rglob("*") if p.is_file()] == [digest]


@pytest.fixture
def small_disk():
    """Files may not grow beyond 64 kB: what a write meets on a full disk, without a disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Beyond the limit the system sends a signal first; ignored, the write fails with EFBIG.
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_an_object_that_does_not_fit_leaves_nothing(tmp_path, small_disk):
    with pytest.raises(OSError, match="too large"):
        put(tmp_path, os.urandom(100_000))
    assert not [p for p in (tmp_path / "objects").rglob("*") if p.is_file()]


def test_a_record_that_does_not_fit_leaves_the_spool_whole(tmp_path, small_disk):
    spool = Spool(tmp_path, "s")
    spool.append({"kind": "end", "size": "small"})
    with pytest.raises(OSError, match="too large"):
        spool.append({"kind": "end", "size": "x" * 100_000})
    assert [record["size"] for record in spool.records()] == ["small"]


def test_a_full_database_is_said_in_words_and_keeps_what_it_had(store, logged):
    first = logged({"C": 1})
    assert len(store.runs()) == 1
    with store.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    logged({f"p{i}": "v" * 500 for i in range(200)})
    with pytest.raises(StoreError, match=r"full.*room on the disk.*Nothing was half-written"):
        store.runs()
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT id FROM run").scalars().all() == [first]
        connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert len(store.runs()) == 2


def test_a_read_only_database_is_said_in_words(store, logged):
    logged()
    store.runs()
    with store.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match=r"readonly.*may be written.*CELLMARK_STORE"):
        store.allocate_version("churn", "a")


LOG = """
import sys, pathlib
from cellmark.store import Store
from cellmark.store.spool import Spool, new_id
store = Store(pathlib.Path(sys.argv[1]))
for i in range(10):
    spool = Spool(store.folder, new_id())
    spool.append({"kind": "cell", "id": new_id(), "run": new_id(), "fed_by": [],
        "experiment": sys.argv[2], "cell_id": "c", "number": 1, "injected": False,
        "roles": ["train"], "source": "fit()", "status": "ok", "started": 1.0, "seconds": 1.0})
    spool.append({"kind": "end"})
    store.fold()
"""


def test_processes_that_log_at_once_lose_nothing(store):
    processes = [
        subprocess.Popen([sys.executable, "-c", LOG, str(store.folder), name])
        for name in ("one", "two", "three")
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    runs = store.runs()
    assert {name: sum(r.experiment == name for r in runs) for name in ("one", "two", "three")} == {
        "one": 10,
        "two": 10,
        "three": 10,
    }
    assert not list((store.folder / "spool").iterdir())


def test_ids_sort_by_time_within_a_process():
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {len(one) for one in ids} == {26}


def test_more_runs_than_a_statement_takes_ids_are_folded_at_once(store, cell, monkeypatch):
    monkeypatch.setattr("cellmark.store.fold._BATCH", 20)
    spool = Spool(store.folder, "s")
    for _ in range(120):
        spool.append(cell("train", run=new_id()))
    with store.database.reading() as connection:
        connection.connection.dbapi_connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)
    store.fold()
    assert store.page("models/churn.ipynb", limit=1).total == 120
