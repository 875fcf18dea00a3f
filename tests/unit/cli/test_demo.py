"""What `cellmark demo` says in the end can be typed as it stands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cellmark.cli.demo import further_commands


@pytest.mark.parametrize("found", [True, False])
def test_the_commands_to_go_on_with_are_found(monkeypatch, tmp_path, found):
    here = tmp_path / "cellmark"
    here.write_text("#!/bin/sh\n")
    here.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path if found else tmp_path / "elsewhere"))
    commands = further_commands("demo/churn-1", "01A")
    assert commands[-5:-3] == ["jupyter lab demo/churn.ipynb", "cellmark serve demo/churn-1"]
    path = f"export PATH={Path(sys.executable).parent}:$PATH"
    assert commands[:-5] == ([] if found else [path])
