"""`cellmark.check`: which files are read, which rules apply, what is wrong with an input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cellmark.actions.check import check
from cellmark_runtime.errors import CellmarkError

DRAWS = "import random\nx = random.random()\n"


def written(path: Path, *sources: str, **changes: Any) -> Path:
    cells = [
        {"cell_type": "code", "metadata": {}, "source": source, "outputs": [],
         "execution_count": None}
        for source in sources
    ]  # fmt: skip
    content = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells} | changes
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def rules(*notebooks: Path, **options: Any) -> list[str]:
    return [each.rule for each in check(*notebooks, **options).findings]


def test_a_folder_is_searched_and_each_file_read_once(tmp_path: Path) -> None:
    one = written(tmp_path / "a" / "one.ipynb", DRAWS)
    written(tmp_path / "two.ipynb", DRAWS)
    written(tmp_path / ".ipynb_checkpoints" / "one-checkpoint.ipynb", DRAWS)
    checked = check(tmp_path, one, tmp_path / "a" / ".." / "two.ipynb")
    assert sorted(Path(each.file).name for each in checked.notebooks) == ["one.ipynb", "two.ipynb"]
    assert len(checked.findings) == 2


def test_rules_by_id_beginning_and_name(tmp_path: Path) -> None:
    path = written(tmp_path / "a.ipynb", DRAWS + "y = nowhere")
    assert rules(path) == ["CM303", "CM105"]
    assert rules(path, select=["CM3"]) == ["CM303"]
    assert rules(path, ignore=["undefined-name"]) == ["CM303"]
    assert rules(path, select=["CM1", "CM3"], ignore=["CM303"]) == ["CM105"]


def test_settings_are_those_of_the_nearest_file(tmp_path: Path) -> None:
    path = written(tmp_path / "notebooks" / "old" / "a.ipynb", DRAWS + "y = nowhere")
    settings = tmp_path / "cellmark.toml"
    settings.write_text('[check]\nignore = ["CM105"]\n')
    assert rules(path) == ["CM303"]
    settings.write_text('[check.per-file-ignores]\n"notebooks/old/*" = ["CM3"]\n')
    assert rules(path) == ["CM105"]
    assert rules(written(tmp_path / "b.ipynb", DRAWS)) == ["CM303"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[check]\nignore = ["CM399"]', r"no rule 'CM399'.*Did you mean"),
        ("[check]\nignore = 3", "a list of rules"),
        ("[check]\nignored = []", "unknown key 'ignored'"),
        ("check = 3", "a table"),
        ("[check", "not TOML"),
        ("[check]\nper-file-ignores = []", "a table of lists"),
    ],
)
def test_settings_that_are_wrong(text: str, said: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.ipynb", DRAWS)
    (tmp_path / "cellmark.toml").write_text(text)
    with pytest.raises(CellmarkError, match=said) as problem:
        check(path)
    assert "cellmark.toml" in problem.value.where


def test_an_unknown_rule(tmp_path: Path) -> None:
    with pytest.raises(CellmarkError, match=r"no rule 'CM3011'.*Did you mean"):
        check(tmp_path, select=["CM3011"])


def test_versions_of_a_lock(tmp_path: Path) -> None:
    path = written(tmp_path / "a.ipynb", "from sklearn.datasets import load_boston")
    lock = tmp_path / "lock.txt"
    lock.write_text("scikit_learn==1.1.3 \\\n    --hash=sha256:00\n")
    assert rules(path, lock=lock) == []
    lock.write_text("scikit-learn==1.2.0 ; python_version > '3'\n")
    assert rules(path, lock=lock) == ["CM601"]
    lock.write_text("scikit-learn\n")
    with pytest.raises(CellmarkError, match="no pinned package"):
        check(path, lock=lock)
    with pytest.raises(CellmarkError, match="no file of requirements"):
        check(path, lock=tmp_path / "absent.txt")


def test_an_old_format(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": ["import random\n", "x = random.random()"],
            "language": "python", "outputs": [], "prompt_number": 3, "metadata": {}}  # fmt: skip
    path = tmp_path / "old.ipynb"
    sheets = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    path.write_text(json.dumps(sheets))
    (found,) = check(path).findings
    assert (found.rule, found.cell, found.cell_id, found.line) == ("CM303", 1, None, 2)


def test_another_language(tmp_path: Path) -> None:
    kernel = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    path = written(tmp_path / "r.ipynb", "x <- 1", "# ghp_" + "a1B2" * 9, metadata=kernel)
    checked = check(path)
    assert [each.rule for each in checked.findings] == ["CM502"]
    assert "a notebook in r" in checked.notebooks[0].remark


def test_no_cells(tmp_path: Path) -> None:
    checked = check(written(tmp_path / "a.ipynb"))
    assert checked.findings == ()
    assert checked.notebooks[0].remark == "no code cells"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a notebook"),
        ("[1]", "JSON without 'nbformat'"),
        ('{"nbformat": 2}', "format 2; expected format 3 or 4"),
        ('{"nbformat": 4, "cells": 3}', "no list of cells"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "cell 1: not a valid"),
        ('{"nbformat": 3, "worksheets": [{"cells": 3}]}', "no list of cells"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a", 1]}]}', "cell 1"),
    ],
)
def test_a_bad_file_does_not_keep_others_from_being_read(
    content: str, said: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.ipynb"
    bad.write_text(content)
    checked = check(bad, written(tmp_path / "good.ipynb", DRAWS))
    (problem,) = checked.problems
    assert said in problem.message
    assert len(checked.findings) == 1
