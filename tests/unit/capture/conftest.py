"""Kernels for capture's tests: a real IPython shell in this process, with a kernel's messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from cellmark.capture.hooks import Listener
from cellmark.core.run import PARTS
from cellmark.store.spool import Record, Spool


class FakeKernel:
    """Answers what a request said of its cell, as ipykernel does."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}

    def get_parent(self, channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return {"metadata": self.metadata}


@dataclass
class Notebook:
    """Runs cells as a front end would; `records` are what was spooled."""

    shell: Any
    spool: Spool
    cells: int = 0
    # As in a replay; a front end tells no number.
    numbered: bool = True

    def run(self, source: str, *tags: str, cell_id: str | None = None) -> Any:
        self.cells += 1
        self.shell.kernel.metadata = {
            "tags": list(tags),
            "cellId": cell_id or f"cell-{self.cells}",
            "cellmark": {"number": self.cells if self.numbered else None},
        }
        return self.shell.run_cell(source, store_history=False)

    @property
    def records(self) -> list[Record]:
        return self.spool.records()

    @property
    def last(self) -> Record:
        return self.records[-1]

    def metrics(self) -> dict[str, float]:
        return {m["name"]: m["value"] for m in self.last["metrics"] if m["source"] not in PARTS}


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A notebook in an empty project, recorded to `<tmp_path>/.cellmark`."""
    monkeypatch.setenv("CELLMARK_NOTEBOOK", str(tmp_path / "model.ipynb"))
    monkeypatch.setenv("CELLMARK_SESSION", "session")
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    shell.kernel = FakeKernel()
    listener = Listener(shell)
    shell.events.register("pre_run_cell", listener.pre_run_cell)
    shell.events.register("post_run_cell", listener.post_run_cell)
    yield Notebook(shell, Spool(tmp_path / ".cellmark", "session"))
    shell.history_manager.end_session()


TRAINED = """
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, classification_report, f1_score, roc_auc_score
from sklearn.model_selection import cross_val_score
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 3))
y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
"""


@pytest.fixture
def trained(notebook: Notebook) -> Notebook:
    """A notebook in which a model was trained: `model`, `X`, `y` and predictions `p`."""
    notebook.run(TRAINED, "data")
    notebook.run("model = LogisticRegression().fit(X, y)\np = model.predict(X)", "train")
    return notebook
