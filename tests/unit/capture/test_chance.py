"""Where random generators stood, and how much memory was held, as a cell ran."""

from __future__ import annotations

import random
import sys
import types

import pytest

from cellmark.capture import memory
from cellmark.capture.chance import chance
from cellmark.capture.memory import PeakMemory
from cellmark.store import Store


def test_a_draw_and_a_seed_move_the_digest_of_that_generator_alone() -> None:
    import numpy as np

    np.random.seed(7)
    random.seed(7)
    before = chance()
    assert chance() == before
    np.random.normal()
    assert chance()["random"] == before["random"]
    # A normal is drawn in pairs: the second one is in the state too.
    drawn = chance()["numpy.random"]
    np.random.normal()
    assert len({before["numpy.random"], drawn, chance()["numpy.random"]}) == 3
    np.random.seed(7)
    random.random()
    assert chance()["numpy.random"] == before["numpy.random"]
    assert chance()["random"] != before["random"]


def test_a_library_that_was_not_imported_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert "torch" not in chance()
    # As it is while it is being imported.
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    assert "torch" not in chance()


def test_another_bit_generator_in_numpys_place_has_a_digest() -> None:
    import numpy as np

    before = np.random.get_bit_generator()
    try:
        np.random.set_bit_generator(np.random.PCG64(1))
        first = chance()["numpy.random"]
        np.random.random()
        assert chance()["numpy.random"] != first
    finally:
        np.random.set_bit_generator(before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a while")
def test_the_peak_is_that_of_the_cell_and_no_earlier_one() -> None:
    peak = PeakMemory()
    peak.begin()
    quiet = peak.end()
    if quiet is None:
        pytest.skip("this system lets no process reset its peak")
    peak.begin()
    del [bytearray(200_000_000)][0]
    assert peak.end() > quiet + 150_000_000
    peak.begin()
    assert peak.end() < quiet + 100_000_000


def test_where_the_system_does_not_tell_the_peak_is_not_known(monkeypatch) -> None:
    monkeypatch.setattr(memory, "_CLEAR", "/nowhere")
    peak = PeakMemory()
    peak.begin()
    assert peak.end() is None


def test_a_run_tells_both_of_its_cells(notebook) -> None:
    notebook.run("import random\nrandom.seed(1)\nx = random.random()", "data", cell_id="a")
    notebook.run("y = 1", "train", cell_id="b")
    notebook.run("z = random.random()\ny = 2", "train", cell_id="b")
    newest, older = Store(notebook.spool.folder).runs()
    states = [cell.chance["random"] for run in (older, newest) for cell in run.cells]
    data, first, same_data, second = states
    assert data == same_data
    assert first == second != data
    assert all(cell.peak is None or cell.peak > 1_000_000 for cell in newest.cells)
