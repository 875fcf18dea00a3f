from __future__ import annotations

from pathlib import Path

import pytest

from cellmark.bundle.formatting import format_python
from cellmark_runtime.errors import CellmarkError

UNTIDY = """import sys
import json
from os import path
def f( a ):
  return json.dumps( a )+str(sys.path)
"""
TIDY = """import json
import sys


def f(a):
    return json.dumps(a) + str(sys.path)
"""


def test_python_is_tidied_and_all_else_left_alone() -> None:
    files = {"scoring/a.py": UNTIDY, "README.md": "# a  \n\n\n", "tests/b.py": ""}
    assert format_python(files, "3.11") == {**files, "scoring/a.py": TIDY}


def test_tidying_twice_changes_nothing_more() -> None:
    assert format_python({"a.py": TIDY}, "3.12") == {"a.py": TIDY}


def test_the_users_own_configuration_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ruff.toml").write_text("indent-width = 8\nline-length = 40\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert format_python({"a.py": UNTIDY}, "3.11") == {"a.py": TIDY}


def test_what_is_no_python_is_refused_by_file() -> None:
    with pytest.raises(CellmarkError, match=r"scoring/steps\.py"):
        format_python({"scoring/steps.py": "def (:"}, "3.11")
