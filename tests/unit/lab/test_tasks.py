"""Long work in processes of their own: it ends, or is told to."""

from __future__ import annotations

import asyncio
import json

import nbformat
import pytest

from cellmark.actions.run import run

from .conftest import NOTEBOOK

pytest_plugins = ["pytest_jupyter.jupyter_server"]

PATIENCE = 120


@pytest.fixture
def notebook(jp_root_dir, store):
    """Write the notebook with these cells, the last of them tagged `train`."""

    return lambda *sources: write(
        jp_root_dir / NOTEBOOK, *((None, source) for source in sources[:-1]), ("train", sources[-1])
    )


def runs_of(path):
    """Run the notebook; the Runs that it logged."""
    return [each.run for each in run(path).runs]


def write(path, *cells):
    """A notebook of these cells: the role of each, if any, and its source."""
    made = [
        nbformat.v4.new_code_cell(source, metadata={"tags": [role]} if role else {})
        for role, source in cells
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


async def ended(socket, task):
    """The task as the events tell it once it is over."""
    while True:
        event = json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE))
        if event["kind"] == "task" and event["task"]["state"] != "running":
            assert event["task"]["id"] == task
            return event["task"]


async def test_a_notebook_is_explained_and_told_when_it_is_done(ask, notebook, jp_ws_fetch):
    notebook("seed = 1", "print(seed)")
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    status, task = await ask("POST", "tasks", {"kind": "explain"})
    assert (status, task["state"], task["notebook"]) == (202, "running", NOTEBOOK)
    assert (await ask("POST", "tasks", {"kind": "explain"}))[0] == 409
    done = await ended(socket, task["id"])
    assert done["state"] == "done"
    assert [one["source"] for one in done["result"]["statements"]] == ["print(seed)"]
    assert (await ask("GET", "tasks"))[1]["tasks"] == [done]
    assert (await ask("GET", f"tasks/{done['id']}"))[1] == done
    socket.close()


async def test_what_goes_wrong_is_a_problem(ask, notebook, jp_ws_fetch):
    notebook("1/0")
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    _, task = await ask("POST", "tasks", {"kind": "package", "name": "churn"})
    failed = await ended(socket, task["id"])
    assert (failed["state"], failed["result"]) == ("failed", None)
    assert "ZeroDivisionError" in failed["problem"]["detail"]
    (refused,) = failed["problem"]["refused"]
    assert (refused["cell"], refused["line"]) == (1, 1)
    assert [stage["said"] for stage in failed["stages"]] == ["running churn.ipynb clean, traced"]
    assert failed["ended"] >= failed["started"]
    socket.close()


async def test_what_is_refused_is_told_by_cell_with_what_may_be_chosen(
    ask, jp_root_dir, store, jp_ws_fetch
):
    (jp_root_dir / "rows.csv").write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(40)))
    write(
        jp_root_dir / NOTEBOOK,
        ("data", "import pandas as pd\ndf = pd.read_csv('../rows.csv')"),
        ("preprocess", "X, y = df[['x']], df['y']"),
        (
            "train",
            "from sklearn.linear_model import LogisticRegression\n"
            "a = LogisticRegression().fit(X, y)\nb = LogisticRegression(C=2).fit(X, y)",
        ),
        ("evaluate", "a.predict(X), b.predict(X)"),
    )
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    _, task = await ask("POST", "tasks", {"kind": "package", "name": "churn"})
    failed = await ended(socket, task["id"])
    (refused,) = failed["problem"]["refused"]
    assert (refused["cell"], refused["choose"]) == (None, {"model": ["a", "b"]})
    _, task = await ask("POST", "tasks", {"kind": "package", "name": "churn", "model": "b"})
    done = await ended(socket, task["id"])
    assert done["problem"] is None
    assert (done["result"]["name"], done["about"]["model"]) == ("churn", "b")
    socket.close()


async def test_a_run_is_run_anew_and_its_report_kept(ask, jp_root_dir, store, jp_ws_fetch):
    path = jp_root_dir / NOTEBOOK
    write(path, ("train", "model = 1"), ("evaluate", "accuracy = 0.5"))
    logged = runs_of(path)[0]
    assert (await ask("GET", f"runs/{logged}/report"))[0] == 404
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    _, task = await ask("POST", "tasks", {"kind": "reproduce", "name": logged[-6:]})
    done = await ended(socket, task["id"])
    assert (done["problem"], done["result"]["reproduced"]) == (None, True)
    assert (done["about"]["name"], done["result"]["run"]) == (logged, logged)
    status, report = await ask("GET", f"runs/{logged}/report")
    assert (status, report["html"].startswith("<!doctype html>")) == (200, True)
    assert (await ask("POST", "tasks", {"kind": "reproduce", "name": "none"}))[0] == 404
    socket.close()


async def test_a_task_is_cancelled_and_its_process_ends(ask, notebook, jp_ws_fetch, jp_serverapp):
    notebook("import time; time.sleep(600)")
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    _, task = await ask("POST", "tasks", {"kind": "explain"})
    tasks = jp_serverapp.web_app.settings["cellmark_tasks"]
    process = tasks._processes[task["id"]]
    status, cancelled = await ask("DELETE", f"tasks/{task['id']}")
    assert (status, cancelled["state"]) == (200, "cancelled")
    assert (await ended(socket, task["id"]))["state"] == "cancelled"
    assert await asyncio.wait_for(process.wait(), PATIENCE) != 0
    assert (await ask("DELETE", f"tasks/{task['id']}"))[1]["state"] == "cancelled"
    socket.close()


async def test_a_notebook_that_is_not_saved_can_not_be_worked_on(ask, store):
    status, problem = await ask("POST", "tasks", {"kind": "explain"})
    assert (status, problem["expected"]) == (400, "a saved file")
    assert (await ask("GET", "tasks/none"))[0] == 404
