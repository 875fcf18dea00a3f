"""Runs over the Jupyter Server: listed, opened, marked, compared, restored."""

from __future__ import annotations

import json

import pytest
from tornado.httpclient import HTTPClientError

pytest_plugins = ["pytest_jupyter.jupyter_server"]


async def test_a_page_is_filtered_sorted_and_grouped(ask, log):
    runs = [log({"C": c}, {"auc": auc}) for c, auc in ((1, 0.5), (2, 0.9), (1, 0.7))]
    asked = {"where": "metric.auc > 0.4", "sort": "-metric.auc", "limit": 2}
    status, page = await ask("GET", "runs", **asked)
    assert (status, page["total"]) == (200, 3)
    assert [run["run"] for run in page["runs"]] == [runs[1], runs[2]]
    assert (page["metrics"], page["parameters"]) == (["auc"], ["C"])
    _, page = await ask("GET", "runs", group="param.C", offset=1, sort="metric.auc")
    assert page["groups"] == [{"value": 1, "runs": 2}, {"value": 2, "runs": 1}]
    assert [run["run"] for run in page["runs"]] == [runs[2], runs[1]]


async def test_nothing_is_made_by_looking(ask, jp_root_dir):
    status, page = await ask("GET", "runs")
    assert (status, page["runs"], page["total"]) == (200, [], 0)
    assert page["store"] == str(jp_root_dir / "models" / ".cellmark")
    assert list(jp_root_dir.iterdir()) == []


async def test_a_run_is_shown_whole(ask, log):
    run = log({"C": 1}, {"auc": 0.5})
    status, shown = await ask("GET", f"runs/{run}")
    assert (status, shown["run"]["id"], shown["metrics"]) == (200, run, {"auc": 0.5})
    assert [cell["source"] for cell in shown["run"]["cells"]] == ["fit()"]


async def test_a_run_is_starred_noted_deleted_and_brought_back(ask, log):
    run = log({}, {})
    status, marked = await ask("PATCH", f"runs/{run}", {"starred": True, "note": " keep \n"})
    assert (status, marked["tags"], marked["note"]) == (200, ["starred"], "keep")
    assert (await ask("GET", "runs", where="tag = 'starred'"))[1]["total"] == 1
    _, marked = await ask("PATCH", f"runs/{run}", {"starred": False, "note": ""})
    assert (marked["tags"], marked["note"]) == ([], None)
    await ask("PATCH", f"runs/{run}", {"deleted": True})
    assert (await ask("GET", f"runs/{run}"))[0] == 404
    status, _ = await ask("PATCH", f"runs/{run}", {"deleted": False})
    assert status == 200
    assert (await ask("GET", "runs"))[1]["total"] == 1


async def test_runs_are_compared(ask, log):
    packages = {"environment": {"python": "3.11.2", "packages": {"numpy": "2.1"}}}
    column = {"name": "a", "dtype": "float64", "digest": "0" * 32}
    frame = {"digest": "1" * 32, "kind": "frame", "shape": [3, 1], "columns": [column]}
    first = log({"C": 1, "seed": 7}, {"auc": 0.5}, data={"df": frame}, **packages)
    packages["environment"]["packages"] = {"numpy": "2.2"}
    changed = {**frame, "digest": "2" * 32, "columns": [{**column, "digest": "3" * 32}]}
    second = log({"C": 2, "seed": 7}, {"auc": 0.6}, "fit(2)", data={"df": changed}, **packages)
    status, compared = await ask("GET", "compare", run=first)
    assert (status, compared["where"]) == (400, "run")
    status, compared = await ask("GET", "compare", run=[first, second])
    assert status == 200
    assert [run["run"] for run in compared["runs"]] == [first, second]
    differing = {
        kind: [one for one in compared[kind] if not one["same"]]
        for kind in ("parameters", "metrics", "code", "data", "environment")
    }
    assert [(one["name"], one["values"]) for one in differing["parameters"]] == [("C", [1, 2])]
    assert [one["values"] for one in differing["metrics"]] == [[0.5, 0.6]]
    assert [one["sources"] for one in differing["code"]] == [["fit()", "fit(2)"]]
    assert [(one["name"], one["column"]) for one in differing["data"]] == [
        ("df", None),
        ("df", "a"),
    ]
    assert [one["values"] for one in differing["environment"]] == [["2.1", "2.2"]]


async def test_the_notebook_is_kept_with_its_run_and_restored(ask, log, jp_root_dir):
    run = log({}, {})
    shown = {"output_type": "stream", "name": "stdout", "text": "0.5"}
    about = {"execution_count": 1, "metadata": {"tags": ["train"]}, "outputs": [shown]}
    cells = [
        {"cell_type": "code", "id": "fit", "source": "fit()", **about},
        {"cell_type": "code", "id": "other", "source": "api_key = 'abcdef1234'", **about},
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    assert await ask("PUT", "notebook", {"cell_id": "fit", "content": content}) == (
        200,
        {"run": run},
    )
    _, whole = await ask("GET", f"runs/{run}")
    assert [cell["outputs"] for cell in whole["outputs"]] == [[shown]]

    status, restored = await ask("POST", f"runs/{run}/restore", {})
    assert (status, restored["notebook"]) == (201, f"models/churn-{run[-8:]}.ipynb")
    assert "abcdef1234" not in (jp_root_dir / restored["notebook"]).read_text()
    _, again = await ask("POST", f"runs/{run}/restore", {})
    assert again["notebook"] == f"models/churn-{run[-8:]}-2.ipynb"


async def test_code_that_was_typed_since_is_not_kept_as_what_ran(ask, log, jp_root_dir):
    run = log({}, {})
    about = {"execution_count": 1, "metadata": {}, "outputs": []}
    cell = {"cell_type": "code", "id": "fit", "source": "typed = 'since'", **about}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    await ask("PUT", "notebook", {"cell_id": "fit", "content": content})
    _, restored = await ask("POST", f"runs/{run}/restore", {})
    notebook = json.loads((jp_root_dir / restored["notebook"]).read_text())
    assert ["".join(cell["source"]) for cell in notebook["cells"]] == ["fit()"]


async def test_a_run_without_a_notebook_is_restored_as_its_tagged_cells(ask, log, jp_root_dir):
    run = log({}, {})
    _, restored = await ask("POST", f"runs/{run}/restore", {})
    notebook = json.loads((jp_root_dir / restored["notebook"]).read_text())
    assert notebook["cells"][0]["metadata"] == {"tags": ["train"]}


async def test_other_notebooks_runs_are_out_of_reach(ask, log):
    run = log({}, {})
    for method, path in (("GET", f"runs/{run}"), ("POST", f"runs/{run}/restore")):
        status, problem = await ask(method, path, notebook="models/other.ipynb")
        assert (status, problem["expected"]) == (404, "models/other.ipynb")
    for marking in ({"note": "mine"}, {"deleted": True}, {"deleted": False}):
        assert (await ask("PATCH", f"runs/{run}", marking, notebook="b.ipynb"))[0] == 404
    assert (await ask("GET", "runs"))[1]["runs"][0]["note"] is None


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"where": "metric.auc >"}, 400, "query, column 13"),
        ({"sort": "speed"}, 400, "metric.NAME"),
        ({"group": "metric.auc"}, 400, "a parameter"),
        ({"limit": "many"}, 400, "a whole number, 0 to 500"),
        ({"limit": 501}, 400, "0 to 500"),
        ({"notebook": "../other/a.ipynb"}, 404, "below the folder that Jupyter serves"),
        ({"notebook": "models/link.ipynb"}, 404, "below the folder that Jupyter serves"),
        ({"notebook": "models"}, 404, "an .ipynb file"),
        ({"notebook": ""}, 404, "an .ipynb file"),
    ],
)
async def test_what_can_not_be_answered_is_said(ask, store, tmp_path, query, status, words):
    outside = tmp_path / "secret.ipynb"
    outside.write_text("{}")
    (store.folder.parent / "models" / "link.ipynb").symlink_to(outside)
    found, problem = await ask("GET", "runs", **query)
    assert (found, problem["status"]) == (status, status)
    assert words in problem["detail"]


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("PATCH", "runs/RUN", {"starred": "yes"}, "Expected `bool"),
        ("PATCH", "runs/RUN", {"stared": True}, "unknown field `stared`"),
        ("PUT", "notebook", {"cell_id": "fit", "content": {}}, "nbformat 4"),
        ("PUT", "notebook", {"cell_id": "fit", "content": {"cells": 3}}, "nbformat 4"),
        ("PUT", "notebook", None, "the request's body"),
        ("POST", "tasks", {"kind": "delete"}, "Invalid enum value"),
    ],
)
async def test_a_body_that_is_none_is_refused(ask, log, method, path, body, words):
    run = log({}, {})
    status, problem = await ask(method, path.replace("RUN", run), body)
    assert (status, problem["title"]) == (400, "Bad Request")
    assert words in problem["detail"]


async def test_nobody_is_answered_without_a_token(jp_fetch, ask, log):
    run = log({}, {})
    for method, path in (("GET", "runs"), ("PATCH", f"runs/{run}"), ("GET", "events")):
        with pytest.raises(HTTPClientError) as problem:
            await jp_fetch(
                *("cellmark", "api", *path.split("/")),
                method=method,
                headers={"Authorization": "none"},
                allow_nonstandard_methods=True,
            )
        assert problem.value.code == 403


async def test_a_damaged_store_is_said(ask, store):
    (store.folder / "cellmark.db").write_bytes(b"no database" * 1000)
    status, problem = await ask("GET", "runs")
    assert (status, problem["title"]) == (503, "Service Unavailable")
    assert problem["fix"]
