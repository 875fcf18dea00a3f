"""Handlers: one class per resource, each method one verb of `cellmark.actions`."""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from cellmark import __version__
from cellmark.actions.check import OpenNotebook, check_open
from cellmark.actions.compare import Comparison, compare
from cellmark.actions.notebook_runs import Marking, NotebookRuns
from cellmark.actions.registry import history, models
from cellmark.actions.restore import (
    ExecutedNotebook,
    KeptNotebook,
    Restored,
    keep_notebook,
    restored,
)
from cellmark.actions.show import shown
from cellmark.actions.shown_bundle import ShownBundle, shown_bundle
from cellmark.rules.pages import page_of
from cellmark_runtime.errors import CellmarkError

from .handler import Handler, NoReport
from .request import TaskRequest, beside, report_of
from .tasks import TASKS, Task, Tasks

__all__ = [
    "BundleHandler",
    "CheckHandler",
    "CompareHandler",
    "HistoryHandler",
    "ModelsHandler",
    "NotebookHandler",
    "Report",
    "ReportHandler",
    "RestoreHandler",
    "RuleHandler",
    "RulePage",
    "RunHandler",
    "RunsHandler",
    "Server",
    "ServerHandler",
    "TaskHandler",
    "TaskList",
    "TasksHandler",
]

_LONGEST_PAGE = 500
_MOST_COMPARED = 20


class Server(msgspec.Struct, frozen=True):
    """What answers here."""

    version: str


class RulePage(msgspec.Struct, frozen=True):
    """What the documentation says of a rule, in Markdown."""

    page: str


class Report(msgspec.Struct, frozen=True):
    """A page, as text."""

    html: str


class TaskList(msgspec.Struct, frozen=True):
    """Tasks, the newest first."""

    tasks: list[Task]


class ServerHandler(Handler):
    """The server itself."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Say the version."""
        await self.answer(lambda: Server(__version__))


class RunsHandler(Handler):
    """A notebook's Runs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """A page of them."""
        asked = {name: self.get_query_argument(name, None) for name in ("where", "sort", "group")}
        await self.answer_of_runs(
            lambda runs: runs.page(
                **{name: text or None for name, text in asked.items()},
                offset=self.number("offset", 0, 10**9),
                limit=self.number("limit", 100, _LONGEST_PAGE),
            )
        )


class RunHandler(Handler):
    """One Run."""

    @web.authenticated
    @authorized
    async def get(self, run: str) -> None:
        """All of it."""
        await self.answer_of_runs(lambda runs: shown(runs.run(run), runs.store))

    @web.authenticated
    @authorized
    async def patch(self, run: str) -> None:
        """Star it, note it, delete it, or take that back."""
        await self.answer_of_runs(lambda runs: runs.mark(run, self.body(Marking)))


class RestoreHandler(Handler):
    """The notebook as a Run ran it."""

    @web.authenticated
    @authorized
    async def post(self, run: str) -> None:
        """Write it beside the notebook, under a name of its own."""
        await self.answer_of_runs(lambda runs: self._restored(runs, run), HTTPStatus.CREATED)

    def _restored(self, runs: NotebookRuns, reference: str) -> Restored:
        notebook, run = self.notebook(), runs.run(reference)
        path = _free(notebook.with_name(f"{notebook.stem}-{run.id[-8:]}.ipynb"))
        restored(run, runs.store, path)
        return Restored(path.relative_to(self.root).as_posix())


class ReportHandler(Handler):
    """The report on the newest reproduction of a Run."""

    @web.authenticated
    @authorized
    async def get(self, run: str) -> None:
        """One HTML page that needs nothing beside it."""
        await self.answer_of_runs(lambda runs: self._report(runs.run(run).id))

    def _report(self, run: str) -> Report:
        file = report_of(run, self.notebook())
        if not file.is_file():
            raise NoReport(f"run {run}", "not reproduced yet", "a report", "Run it again first.")
        return Report(file.read_text("utf-8"))


class CompareHandler(Handler):
    """Several Runs beside each other."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """What differs between them."""
        await self.answer_of_runs(self._compared)

    def _compared(self, runs: NotebookRuns) -> Comparison:
        references = self.get_query_arguments("run")
        if not 2 <= len(references) <= _MOST_COMPARED:
            expected = f"two runs or more, {_MOST_COMPARED} at most"
            raise CellmarkError("run", f"given {len(references)} times", expected)
        return compare([runs.run(reference) for reference in references])


class NotebookHandler(Handler):
    """The notebook as a front end has it."""

    @web.authenticated
    @authorized
    async def put(self) -> None:
        """Keep it with the Run that its cell just ran for."""
        await self.answer_of_runs(self._kept)

    def _kept(self, runs: NotebookRuns) -> KeptNotebook:
        given = self.body(ExecutedNotebook)
        return KeptNotebook(keep_notebook(runs, given).id)


class ModelsHandler(Handler):
    """The models registered in the notebook's project."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """All of them, with versions and aliases."""
        await self.answer(lambda: models(start=self.notebook().parent))


class CheckHandler(Handler):
    """What will hurt in a notebook, from its text alone."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Look at it as it is on the page: milliseconds, and nothing is kept."""
        await self.answer(lambda: check_open(self.notebook(), self.body(OpenNotebook).content))


class RuleHandler(Handler):
    """A rule that notebooks are checked by."""

    @web.authenticated
    @authorized
    async def get(self, rule: str) -> None:
        """What the documentation says of it."""
        await self.answer(lambda: RulePage(page_of(rule)))


class BundleHandler(Handler):
    """A bundle, in a folder beside the notebook or registered in its project."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Its proof, policies and model card, once every digest was found right."""
        await self.answer(self._shown)

    def _shown(self) -> ShownBundle:
        notebook, name = self.notebook(), self.get_query_argument("bundle", "")
        if "@" in name:
            return shown_bundle(name, start=notebook.parent)
        return shown_bundle(notebook.parent / beside(notebook, name))


class HistoryHandler(Handler):
    """What happened to a model."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Every event, verified."""
        model = self.get_query_argument("model", "")
        await self.answer(lambda: history(model, verify=True, start=self.notebook().parent))


class TasksHandler(Handler):
    """Long work on a notebook."""

    @property
    def tasks(self) -> Tasks:
        """The server's tasks."""
        found: Tasks = self.settings[TASKS]
        return found

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """What is under way, and what came of the last."""
        await self.answer(lambda: TaskList(self.tasks.of(self._name())))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Begin: explain, package, register, promote or reproduce."""
        begun = self.begin
        await self.answer(lambda: begun(self.body(TaskRequest)), HTTPStatus.ACCEPTED)

    def begin(self, request: TaskRequest) -> Any:
        """A coroutine that begins the task: processes belong to the server's event loop."""
        path = self.notebook()
        if not path.is_file():
            raise CellmarkError("notebook", f"{self._name()!r}, which is not there", "a saved file")
        if request.kind == "reproduce":
            with closing(NotebookRuns(path)) as runs:
                request = msgspec.structs.replace(request, name=runs.run(request.name or "").id)
        return self.tasks.begin(request, self._name(), path)

    def _name(self) -> str:
        self.notebook()
        return self.get_query_argument("notebook")


class TaskHandler(TasksHandler):
    """One piece of long work."""

    @web.authenticated
    @authorized
    async def get(self, task: str) -> None:
        """How far it is, or what came of it."""
        await self.answer(lambda: self.tasks.get(task))

    @web.authenticated
    @authorized
    async def delete(self, task: str) -> None:
        """Tell it to stop."""

        async def stopped() -> Any:
            return self.tasks.cancel(task)

        await self.answer(stopped)


def _free(path: Path) -> Path:
    """`path`, or the first of `stem-2`, `stem-3`, ... that names no file."""
    numbered = path
    number = 1
    while numbered.exists():
        number += 1
        numbered = path.with_stem(f"{path.stem}-{number}")
    return numbered
