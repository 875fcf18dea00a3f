"""What a kernel answers a front end that asks whether it records."""

from __future__ import annotations

import pytest

from cellmark.capture.hooks import Listener


@pytest.fixture
def listener(notebook):
    """The listener that hears the notebook's cells."""
    (hook,) = (
        each.__self__
        for each in notebook.shell.events.callbacks["pre_run_cell"]
        if isinstance(getattr(each, "__self__", None), Listener)
    )
    return hook


def test_a_paused_kernel_records_nothing_until_it_is_told_to(notebook, listener):
    assert listener.state == "on"
    listener.pause(True)
    notebook.run("model = 1", "train")
    assert (listener.state, notebook.spool.path.exists()) == ("paused", False)
    listener.pause(False)
    notebook.run("model = 2", "train")
    assert (listener.state, [record["source"] for record in notebook.records]) == (
        "on",
        ["model = 2"],
    )


def test_a_fault_is_told_and_stays_out_of_the_cell(notebook, listener, monkeypatch, capsys):
    notebook.run("a = 1", "train")

    def fail(*_):
        raise OSError("no room")

    monkeypatch.setattr(listener._tracker, "end", fail)
    assert notebook.run("b = 2", "train").success
    assert listener.state == "faulty: OSError('no room')"
    monkeypatch.undo()
    notebook.run("c = 3", "train")
    assert listener.state == "on"
