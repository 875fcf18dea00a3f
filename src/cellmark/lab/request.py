"""Request: long work that a front end asks for, and the command that does it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from cellmark.store.location import find_folder
from cellmark_runtime.errors import CellmarkError

__all__ = ["TaskRequest", "arguments_of", "beside", "report_of"]


class TaskRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Work on a notebook, or on the models of its project.

    `explain` judges each statement; `package` builds a bundle for the model `name`; both take
    `model`, `frame`, `answer` and `policies`, which overrule the notebook's own choices.
    `register` keeps the bundle in the folder `name` beside the notebook; `promote` lets `alias`
    point to the version `name` (`churn@3`), for this `reason`. `reproduce` runs the Run `name` of
    the notebook anew, with the packages of `env`, and keeps a report.
    """

    kind: Literal["explain", "package", "register", "promote", "reproduce"]
    name: str | None = None
    model: str | None = None
    frame: str | None = None
    answer: str | None = None
    policies: dict[str, str] = {}
    alias: str | None = None
    reason: str = ""
    env: Literal["current", "locked"] = "current"


def arguments_of(request: TaskRequest, notebook: Path) -> list[str]:
    """The arguments of `cellmark`, run in the notebook's folder. Raises: CellmarkError."""
    # After `--` nothing is taken for an option, whatever it begins with.
    match request.kind:
        case "promote":
            chosen = [_given("name", request.name), _given("alias", request.alias)]
            return ["promote", "--json", f"--reason={request.reason}", "--", *chosen]
        case "register":
            folder = beside(notebook, _given("name", request.name))
            return ["register", "--json", f"--reason={request.reason}", "--", folder]
        case "reproduce":
            run = _given("name", request.name)
            kept = report_of(run, notebook)
            return ["reproduce", "--json", f"--env={request.env}", f"--report={kept}", "--", run]
        case kind:
            named = [f"--name={request.name}"] if request.name else []
            return [kind, "--json", *named, *_choices(request), "--", notebook.name]


def report_of(run: str, notebook: Path) -> Path:
    """Where the report on a Run's newest reproduction is kept: in the project's store."""
    return find_folder(notebook.parent) / "reports" / f"{run}.html"


def _choices(request: TaskRequest) -> list[str]:
    given = {"model": request.model, "frame": request.frame, "answer": request.answer}
    return [f"--{name}={value}" for name, value in given.items() if value] + [
        f"--policy={name}={value}" for name, value in request.policies.items()
    ]


def _given(part: str, value: str | None) -> str:
    if not value:
        raise CellmarkError(part, "nothing", "a text")
    return value


def beside(notebook: Path, name: str) -> str:
    """The name, if it is that of a folder beside the notebook. Raises: CellmarkError.

    Links are followed first: one that leads elsewhere names nothing here.
    """
    folder = notebook.parent.resolve()
    if "\0" in name or (folder / name).resolve().parent != folder:
        raise CellmarkError("name", repr(name), "the name of a folder beside the notebook")
    return name
