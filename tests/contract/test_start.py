"""What starting costs: `cellmark --help` and the runtime load nothing that they need not."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cellmark

VERBS = ("demo", "run", "runs", "show", "diff", "restore", "check", "explain", "package",
         "reproduce", "verify", "serve", "register", "models", "promote", "history")  # fmt: skip
HEAVY = {"IPython", "jinja2", "msgspec", "nbformat", "numpy", "pandas", "papermill", "rich",
         "sklearn", "sqlalchemy", "starlette"}  # fmt: skip


@pytest.mark.parametrize("module", ["cellmark", "cellmark.cli", "cellmark_runtime"])
def test_importing_stays_light(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unneeded = {"msgspec"} if module == "cellmark.cli" else set()
    assert set(done.stdout.split()) & (HEAVY - unneeded) == set()


def test_help_names_every_verb_of_the_main_job() -> None:
    command = [sys.executable, "-m", "cellmark", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for verb in VERBS:
        assert f"\n  {verb} " in said


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_a_function_of_the_package(verb: str) -> None:
    assert callable(getattr(cellmark, verb))
    assert verb in cellmark.__all__


def test_the_package_has_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'publish'"):
        _ = cellmark.publish
