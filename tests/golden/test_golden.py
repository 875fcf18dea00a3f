"""The text files of the example's bundle, compared with the golden folder file by file.

After a wanted change: `CELLMARK_UPDATE_GOLDEN=1 pytest tests/golden`, then read the difference.
"""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from cellmark.bundle.build import text_files
from cellmark_runtime.scoring.contents import paths_of

HERE = Path(__file__).parent
GOLDEN = HERE / "loans-3"
EXAMPLE = HERE.parent / "generated" / "example.py"


def golden_paths() -> list[str]:
    return sorted(paths_of(GOLDEN)) if GOLDEN.is_dir() else []


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    example: Any = runpy.run_path(str(EXAMPLE))["example_plan"]()
    files = text_files(example)
    if os.environ.get("CELLMARK_UPDATE_GOLDEN"):
        update(files)
    return files


def update(files: dict[str, str]) -> None:
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for path, text in files.items():
        (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / path).write_text(text, encoding="utf-8")


def test_the_bundle_has_the_golden_files_and_no_others(rendered: dict[str, str]) -> None:
    assert sorted(rendered) == golden_paths()


@pytest.mark.parametrize("path", golden_paths())
def test_each_file_is_the_golden_one(rendered: dict[str, str], path: str) -> None:
    assert rendered[path] == (GOLDEN / path).read_text(encoding="utf-8")
