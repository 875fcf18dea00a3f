"""Findings through the Jupyter Server: in the notebook as the page has it, and what rules mean."""

from __future__ import annotations

import nbformat
import pytest

from .conftest import NOTEBOOK

pytest_plugins = ["pytest_jupyter.jupyter_server"]


def content_of(*sources, tags=()):
    cells = [nbformat.v4.new_code_cell(each, metadata={"tags": list(tags)}) for each in sources]
    return nbformat.v4.new_notebook(cells=cells)


async def test_the_page_is_looked_at_and_not_the_file(ask, store, jp_root_dir):
    nbformat.write(content_of("x = 1"), jp_root_dir / NOTEBOOK)
    assert await ask("POST", "check", {}) == (200, {"findings": [], "remark": ""})
    content = content_of("x = 1", "import random\ny = random.random()")
    status, checked = await ask("POST", "check", {"content": content})
    (finding,) = checked["findings"]
    assert (status, finding["rule"], finding["severity"]) == (200, "CM303", "warning")
    assert (finding["cell"], finding["line"]) == (2, 2)
    assert finding["cell_id"] == content["cells"][1]["id"]
    assert finding["message"] and finding["fix"]


async def test_a_notebook_that_was_never_saved_is_looked_at(ask, store):
    _, checked = await ask("POST", "check", {"content": content_of("print(nowhere)")})
    assert [each["name"] for each in checked["findings"]] == ["undefined-name"]
    assert (await ask("POST", "check", {}))[0] == 400


async def test_tags_and_settings_silence(ask, store, jp_root_dir):
    tagged = content_of("print(nowhere)", tags=["cellmark-ignore-CM105"])
    assert (await ask("POST", "check", {"content": tagged}))[1]["findings"] == []
    (jp_root_dir / "cellmark.toml").write_text('[check]\nignore = ["CM105"]\n')
    content = content_of("print(nowhere)")
    assert (await ask("POST", "check", {"content": content}))[1]["findings"] == []


@pytest.mark.parametrize(
    ("content", "words"),
    [({}, "a notebook of format None"), ({"nbformat": 4, "cells": 3}, "no list of cells")],
)
async def test_what_is_no_notebook_is_said(ask, store, content, words):
    status, problem = await ask("POST", "check", {"content": content})
    assert (status, words in problem["detail"]) == (400, True)


async def test_a_rule_is_explained(ask):
    status, answer = await ask("GET", "rules/CM402")
    assert (status, answer["page"].splitlines()[0]) == (200, "## CM402 statistic-before-split")
    assert "## CM403" not in answer["page"]
    for rule in ("CM999", "CM4"):
        assert (await ask("GET", f"rules/{rule}"))[0] == 400
