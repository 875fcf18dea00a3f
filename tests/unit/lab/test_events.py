"""What is pushed, and to whom."""

from __future__ import annotations

import asyncio
import json

import pytest
from tornado.httpclient import HTTPClientError

from cellmark.lab.events import trace_of

from .conftest import NOTEBOOK

pytest_plugins = ["pytest_jupyter.jupyter_server"]

PATIENCE = 20


async def heard(socket):
    return json.loads(await asyncio.wait_for(socket.read_message(), PATIENCE))


async def test_new_runs_and_marks_are_told_and_looking_is_not(ask, log, store, jp_ws_fetch):
    run = log({}, {})
    await ask("GET", "runs")
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    assert await heard(socket) == {"kind": "runs"}
    before = trace_of(store.folder)
    await ask("GET", "runs")
    assert trace_of(store.folder) == before
    log({}, {})
    assert await heard(socket) == {"kind": "runs"}
    await ask("GET", "runs")
    await ask("PATCH", f"runs/{run}", {"starred": True})
    assert await heard(socket) == {"kind": "runs"}
    socket.close()


async def test_the_first_run_of_a_project_is_told(jp_root_dir, jp_ws_fetch, log):
    socket = await jp_ws_fetch("cellmark", "api", "events", params={"notebook": NOTEBOOK})
    assert await heard(socket) == {"kind": "runs"}
    log({}, {})
    assert await heard(socket) == {"kind": "runs"}
    socket.close()


async def test_a_notebook_out_of_reach_has_no_events(jp_ws_fetch):
    with pytest.raises(HTTPClientError) as problem:
        await jp_ws_fetch("cellmark", "api", "events", params={"notebook": "../a.ipynb"})
    assert problem.value.code == 404


async def test_nobody_listens_without_a_token(jp_ws_fetch):
    with pytest.raises(HTTPClientError) as problem:
        await jp_ws_fetch(
            *("cellmark", "api", "events"),
            headers={"Authorization": "none"},
            params={"notebook": NOTEBOOK},
        )
    assert problem.value.code == 403
