"""OpenAPI: what answers at which path, for whoever writes a client.

A test holds the handlers to it. `python -m cellmark.lab.openapi` prints the document, which is
kept beside this module.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from typing import Any

import msgspec

from cellmark import __version__
from cellmark.actions.check import CheckedOpen, OpenNotebook
from cellmark.actions.compare import Comparison
from cellmark.actions.notebook_runs import Marking, RunPage
from cellmark.actions.registered import History, Models
from cellmark.actions.restore import ExecutedNotebook, KeptNotebook, Restored
from cellmark.actions.show import ShownRun
from cellmark.actions.shown_bundle import ShownBundle
from cellmark.actions.summary import RunSummary

from .events import RunsChanged, TaskChanged
from .handlers import Report, RulePage, Server, TaskList
from .problem import Problem
from .request import TaskRequest
from .tasks import Task

__all__ = ["OPERATIONS", "Operation", "openapi_document"]

_PREFIX = "/cellmark/api"
_QUERY: dict[str, tuple[str, str]] = {
    "notebook": ("string", "The notebook, by its path from the folder that Jupyter serves."),
    "where": ("string", "Only Runs for which this holds: metric.auc > 0.8 and tag = 'starred'."),
    "sort": ("string", "A field, such as metric.auc; -metric.auc is descending."),
    "group": ("string", "A parameter, such as param.seed: Runs with one value stand together."),
    "offset": ("integer", "How many Runs to pass over. Default: 0."),
    "limit": ("integer", "At most this many Runs, up to 500. Default: 100."),
    "bundle": ("string", "A bundle's folder beside the notebook, or a registered churn@3."),
    "model": ("string", "A registered model's name."),
    "run": ("array", "Two Runs or more, each as a parameter of its own."),
}
_REQUIRED = {"notebook", "bundle", "model", "run"}


@dataclass(frozen=True)
class Operation:
    """One method of one path. `status` goes with its `result`."""

    path: str
    method: str
    summary: str
    result: Any
    query: tuple[str, ...] = ("notebook",)
    body: Any = None
    status: int = 200
    problems: tuple[int, ...] = (400, 403, 404, 503)


OPERATIONS = (
    Operation("/server", "get", "Say the version", Server, (), problems=(403,)),
    Operation(
        "/runs",
        "get",
        "List a notebook's Runs, a page at a time",
        RunPage,
        ("notebook", "where", "sort", "group", "offset", "limit"),
    ),
    Operation("/runs/{run}", "get", "Show one Run whole", ShownRun),
    Operation(
        "/runs/{run}",
        "patch",
        "Star, note or delete a Run, or take that back",
        RunSummary,
        body=Marking,
    ),
    Operation(
        "/runs/{run}/restore",
        "post",
        "Write the notebook as the Run ran it, beside the notebook, under a new name",
        Restored,
        status=201,
    ),
    Operation(
        "/runs/{run}/report", "get", "Show the report on the Run's newest reproduction", Report
    ),
    Operation("/compare", "get", "Say what differs between Runs", Comparison, ("notebook", "run")),
    Operation(
        "/notebook",
        "put",
        "Keep the notebook with the Run that its cell just ran for",
        KeptNotebook,
        body=ExecutedNotebook,
    ),
    Operation(
        "/check",
        "post",
        "Say what will hurt in the notebook, as it is on the page, from its text alone",
        CheckedOpen,
        body=OpenNotebook,
    ),
    Operation(
        "/rules/{rule}", "get", "Show what is said of a rule", RulePage, (), problems=(400, 403)
    ),
    Operation("/models", "get", "List the models registered in the notebook's project", Models),
    Operation(
        "/bundle",
        "get",
        "Show a bundle: its proof, its policies in words, its model card",
        ShownBundle,
        ("notebook", "bundle"),
    ),
    Operation(
        "/history",
        "get",
        "Say what happened to a model's versions and aliases, and whether that was changed",
        History,
        ("notebook", "model"),
    ),
    Operation("/tasks", "get", "List the tasks on a notebook", TaskList),
    Operation(
        "/tasks",
        "post",
        "Begin to explain or package a notebook, to run a Run anew, or to register or promote",
        Task,
        body=TaskRequest,
        status=202,
        problems=(400, 403, 404, 409, 503),
    ),
    Operation("/tasks/{task}", "get", "Say how far a task is", Task, (), problems=(403, 404)),
    Operation("/tasks/{task}", "delete", "Tell a task to stop", Task, (), problems=(403, 404)),
    Operation(
        "/events",
        "get",
        "Open a websocket that is sent an event, as JSON, for each change",
        RunsChanged | TaskChanged,
        status=101,
        problems=(403, 404),
    ),
)


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of this room."""
    kinds = [kind for each in OPERATIONS for kind in (each.result, each.body) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        [*kinds, Problem], ref_template="#/components/schemas/{name}"
    )
    named = dict(zip([*map(id, kinds), id(Problem)], schemas, strict=True))
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        about = _described(operation, named)
        paths.setdefault(_PREFIX + operation.path, {})[operation.method] = about
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cellmark in the Jupyter Server",
            "version": __version__,
            "description": "Below the server's base URL, with its own authentication. Requests "
            "with cookies need its XSRF token, as all of Jupyter's.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _described(operation: Operation, named: dict[int, Any]) -> dict[str, Any]:
    answers = {str(operation.status): _content(operation.summary, named[id(operation.result)])}
    for status in operation.problems:
        answers[str(status)] = _content("A problem", named[id(Problem)], "application/problem+json")
    about: dict[str, Any] = {"summary": operation.summary, "responses": answers}
    in_path = re.findall(r"{(\w+)}", operation.path)
    parameters = [_parameter(name, "path") for name in in_path]
    about["parameters"] = parameters + [_parameter(name, "query") for name in operation.query]
    if operation.body is not None:
        body = _content("", named[id(operation.body)])
        about["requestBody"] = {"required": True, "content": body["content"]}
    return about


def _parameter(name: str, place: str) -> dict[str, Any]:
    if place == "path":
        about: dict[str, Any] = {"schema": {"type": "string"}, "required": True}
        return {"name": name, "in": place, **about}
    kind, said = _QUERY[name]
    schema: dict[str, Any] = {"type": kind}
    if kind == "array":
        schema |= {"items": {"type": "string"}, "minItems": 2}
    required = name in _REQUIRED
    return {"name": name, "in": place, "description": said, "required": required, "schema": schema}


def _content(said: str, schema: Any, kind: str = "application/json") -> dict[str, Any]:
    return {"description": said, "content": {kind: {"schema": schema}}}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(openapi_document(), indent=2) + "\n")
