"""Handler: what all requests share. Who may ask, what they ask about, and problems in words."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from jupyter_server.base.handlers import APIHandler
from tornado import web

from cellmark.actions.notebook_runs import NotebookRuns
from cellmark.store.errors import NoSuchRun, StoreError
from cellmark_runtime.errors import CellmarkError

from .place import OutOfReach, notebook_at
from .problem import Problem
from .tasks import Busy, NoSuchTask

__all__ = ["Handler", "NoReport", "Refusal"]

Body = TypeVar("Body")


class NoReport(CellmarkError):
    """A Run that was not run anew yet."""


_STATUS: dict[type[Exception], HTTPStatus] = {
    NoSuchRun: HTTPStatus.NOT_FOUND,
    NoReport: HTTPStatus.NOT_FOUND,
    NoSuchTask: HTTPStatus.NOT_FOUND,
    Busy: HTTPStatus.CONFLICT,
    OutOfReach: HTTPStatus.NOT_FOUND,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Refusal(web.HTTPError):
    """A request that gets a problem for an answer."""

    def __init__(self, status: HTTPStatus, problem: CellmarkError) -> None:
        super().__init__(status, str(problem).replace("%", "%%"))
        self.problem = problem


class Handler(APIHandler):
    """Requests are authenticated and authorized as Jupyter's own, under the resource `cellmark`."""

    auth_resource = "cellmark"

    @property
    def root(self) -> Path:
        """The folder that the server shows. Raises: Refusal where notebooks are not in a folder."""
        folder = getattr(self.contents_manager, "root_dir", None)
        if not folder:
            kept = type(self.contents_manager).__name__
            raise Refusal(
                HTTPStatus.NOT_IMPLEMENTED,
                CellmarkError("notebooks", f"kept by {kept}", "a folder of this machine"),
            )
        return Path(folder)

    def notebook(self) -> Path:
        """The notebook that the request is about. Raises: OutOfReach."""
        return notebook_at(self.root, self.get_query_argument("notebook", ""))

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number in the query, 0 to `most`. Raises: CellmarkError."""
        given = self.get_query_argument(name, str(default))
        if not given.isdecimal() or int(given) > most:
            raise CellmarkError(name, repr(given), f"a whole number, 0 to {most}")
        return int(given)

    def body(self, kind: type[Body]) -> Body:
        """The request's body. Raises: CellmarkError naming what is wrong with it."""
        try:
            return msgspec.json.decode(self.request.body, type=kind)
        except msgspec.DecodeError as fault:
            raise CellmarkError("the request's body", str(fault), f"a {kind.__name__}") from fault

    async def answer_of_runs(
        self, work: Callable[[NotebookRuns], Any], status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        """As `answer`; `work` is given the Runs of the notebook that the request is about."""

        def with_runs() -> Any:
            with closing(NotebookRuns(self.notebook())) as runs:
                return work(runs)

        await self.answer(with_runs, status)

    async def answer(self, work: Callable[[], Any], status: HTTPStatus = HTTPStatus.OK) -> None:
        """Answer with what `work` gives, as JSON. It runs in a thread: stores are on disks."""
        try:
            result = await asyncio.to_thread(work)
            if inspect.isawaitable(result):
                result = await result
        except CellmarkError as problem:
            raise Refusal(_status_of(problem), problem) from problem
        except OSError as fault:
            place = str(fault.filename or "the disk")
            told = CellmarkError(place, fault.strerror or str(fault))
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, told) from fault
        self.set_status(status)
        self.finish(b"" if result is None else msgspec.json.encode(result))

    def write_error(self, status_code: int, **about: Any) -> None:
        """A problem body (RFC 9457) for whatever went wrong."""
        fault = about.get("exc_info", (None, None))[1]
        problem = fault.problem if isinstance(fault, Refusal) else None
        said = getattr(fault, "log_message", None) or HTTPStatus(status_code).phrase
        body = msgspec.json.encode(Problem.of(status_code, problem, said))
        self.finish(body, set_content_type="application/problem+json")


def _status_of(problem: CellmarkError) -> HTTPStatus:
    for kind, status in _STATUS.items():
        if isinstance(problem, kind):
            return status
    return HTTPStatus.BAD_REQUEST
