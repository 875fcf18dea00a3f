"""Showing a Run that came from a kernel alone: no executed notebook is kept with it."""

from __future__ import annotations

import pytest

from cellmark.actions.show import show
from cellmark.store.errors import NoSuchRun
from cellmark.store.spool import Spool, new_id


def test_a_run_of_a_kernel_has_no_outputs_kept(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    run = new_id()
    cell = {"kind": "cell", "id": new_id(), "run": run, "fed_by": [], "cell_id": "c"}
    place = {"experiment": "a.ipynb", "number": None, "injected": False, "roles": ["train"]}
    ran = {"source": "x", "status": "ok", "started": 1.0, "seconds": 1.0}
    Spool(tmp_path / ".cellmark", "s").append({**cell, **place, **ran})
    shown = show("latest", start=tmp_path)
    assert (shown.run.id, shown.outputs, shown.seconds) == (run, (), 1.0)


def test_no_such_run(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    with pytest.raises(NoSuchRun, match="Nothing has been recorded here yet"):
        show("latest", start=tmp_path)
