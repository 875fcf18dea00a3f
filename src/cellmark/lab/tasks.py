"""Tasks: long work for a notebook, in a process of its own that can be told to stop."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import secrets
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from cellmark.core.progress import PATIENCE
from cellmark.core.statement import Refused
from cellmark_runtime.errors import CellmarkError

from .problem import Problem
from .request import TaskRequest, arguments_of

__all__ = ["TASKS", "Busy", "NoSuchTask", "Stage", "Task", "Tasks"]

# Where the server's settings keep its one `Tasks`.
TASKS = "cellmark_tasks"
_KEPT = 50
# A result holds a notebook's statements, on one line.
# A page shows how far a stage is about once a second.
_SAY_SECONDS = "1"
# A command's message begins so; it names a place in a notebook as people do.
_FAILED = "cellmark: "
_PLACE = re.compile(r"\bcell (\d+)(?:, line (\d+))?$")
_LONGEST_LINE = 64 * 1024 * 1024

State = Literal["running", "done", "failed", "cancelled"]


class Busy(CellmarkError):
    """The same work on the same notebook is under way."""


class NoSuchTask(CellmarkError):
    """An id that no task has, or none that is remembered."""


class Stage(msgspec.Struct):
    """A part of the work: since when (seconds since 1970), and of late how far it is."""

    said: str
    began: float
    detail: str = ""


class Task(msgspec.Struct, kw_only=True):
    """`stage` says what is being done, `stages` what was done before, that included, in order.

    `about` is what was asked for; `ended` null while it goes on. `result` is what the command
    gives with `--json`.
    """

    id: str
    kind: str
    notebook: str
    about: TaskRequest
    state: State
    stage: str
    stages: list[Stage] = []
    started: float
    ended: float | None = None
    result: Any = None
    problem: Problem | None = None


Listener = Callable[[Task], None]


class Tasks:
    """The tasks of this server, the last ones remembered. Used in its event loop alone."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._processes: dict[str, Process] = {}
        self._listeners: list[Listener] = []
        self._following: set[asyncio.Task[None]] = set()
        atexit.register(self.stop)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with each task that changes; call what is returned to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def of(self, notebook: str) -> list[Task]:
        """The tasks on a notebook, the newest first."""
        return [task for task in reversed(self._tasks.values()) if task.notebook == notebook]

    def get(self, task: str) -> Task:
        """Raises: NoSuchTask."""
        if task not in self._tasks:
            raise NoSuchTask(f"task {task!r}", "no such task", "one that was begun here")
        return self._tasks[task]

    async def begin(self, request: TaskRequest, notebook: str, path: Path) -> Task:
        """Begin to work on the notebook at `path`, which the front end calls `notebook`.

        Raises: Busy; CellmarkError where the request lacks something.
        """
        for other in self.of(notebook):
            if other.state == "running" and other.kind == request.kind:
                raise Busy(notebook, f"{request.kind} is under way", "one at a time", "Cancel it.")
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "cellmark", *arguments_of(request, path)],
            cwd=path.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, PATIENCE: _SAY_SECONDS},
            # Ctrl-C in the server's terminal asks whether to stop; the work goes on meanwhile.
            start_new_session=True,
        )
        task = Task(
            id=secrets.token_hex(8),
            kind=request.kind,
            notebook=notebook,
            about=request,
            state="running",
            stage="",
            started=time.time(),
        )
        self._remember(task, process)
        return task

    def cancel(self, task: str) -> Task:
        """Tell a task to stop; it takes its kernel and its files away. Raises: NoSuchTask."""
        found = self.get(task)
        if found.state == "running":
            found.state, found.ended = "cancelled", time.time()
            self._stop(self._processes[task])
            self._tell(found)
        return found

    def stop(self) -> None:
        """Tell all tasks to stop."""
        for process in self._processes.values():
            self._stop(process)

    def _remember(self, task: Task, process: Process) -> None:
        self._tasks[task.id] = task
        self._processes[task.id] = process
        while len(self._tasks) > _KEPT:
            del self._tasks[next(iter(self._tasks))]
        following = asyncio.ensure_future(self._follow(task, process))
        self._following.add(following)
        following.add_done_callback(self._following.discard)
        self._tell(task)

    async def _follow(self, task: Task, process: Process) -> None:
        assert process.stdout is not None
        _, output = await asyncio.gather(self._read_stages(task, process), process.stdout.read())
        await process.wait()
        del self._processes[task.id]
        if task.state == "running":
            _finish(task, output)
            self._tell(task)

    async def _read_stages(self, task: Task, process: Process) -> None:
        """Each line on stderr says what is done now, the last ones what went wrong."""
        assert process.stderr is not None
        failed = False
        async for each in process.stderr:
            line = each.decode(errors="replace").rstrip()
            failed = failed or line.startswith(_FAILED)
            task.stage = line.strip() or task.stage
            if line and not failed:
                _note_stage(task, line)
            if task.state == "running":
                self._tell(task)

    def _tell(self, task: Task) -> None:
        for listener in list(self._listeners):
            listener(task)

    @staticmethod
    def _stop(process: Process) -> None:
        with suppress(ProcessLookupError):
            process.terminate()


def _note_stage(task: Task, line: str) -> None:
    """A line begins a stage; one that is set in says how far the stage is."""
    if line.startswith(" ") and task.stages:
        task.stages[-1].detail = line.strip()
    else:
        task.stages.append(Stage(line.strip(), time.time()))


def _refused(error: Mapping[str, Any]) -> tuple[Refused, ...]:
    """What stands in the way: each part where the command tells them apart, else the one."""
    if "refused" in error:
        return msgspec.convert(error["refused"], tuple[Refused, ...])
    place = _PLACE.search(error.get("where", ""))
    cell, line = place.groups() if place else (None, None)
    expected = f"; expected {error['expected']}" if error.get("expected") else ""
    return (
        Refused(
            cell=int(cell) if cell else None,
            line=int(line) if line else None,
            source="",
            reason=f"{error.get('received', '')}{expected}",
            fix=error.get("fix", ""),
            choose=error.get("choose", {}),
        ),
    )


def _finish(task: Task, output: bytes) -> None:
    task.ended = time.time()
    try:
        result = msgspec.json.decode(output)
    except msgspec.DecodeError:
        result = {"error": {"where": task.kind, "received": task.stage or "it stopped"}}
    error = result.get("error")
    if error is None:
        task.state, task.result = "done", result
        return
    parts = {part: error.get(part, "") for part in ("where", "received", "expected", "fix")}
    problem = Problem.of(422, CellmarkError(**parts), "")
    # The parts are those of the first thing that stands in the way; the message tells all of them.
    told = msgspec.structs.replace(
        problem, detail=error.get("message", problem.detail), refused=_refused(error)
    )
    task.state, task.problem = "failed", told
