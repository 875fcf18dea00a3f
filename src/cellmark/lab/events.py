"""Events: what happens to a notebook's Runs and tasks, pushed to whoever looks at them."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web, websocket
from tornado.ioloop import PeriodicCallback

from cellmark.store.location import find_folder

from .place import OutOfReach, notebook_at
from .tasks import TASKS, Task, Tasks

__all__ = ["Events", "RunsChanged", "TaskChanged", "trace_of"]

_LOOK_MILLISECONDS = 300

Trace = tuple[tuple[str, int, int], ...]


class RunsChanged(msgspec.Struct, frozen=True, tag="runs", tag_field="kind"):
    """Runs of the notebook's store are not what they were."""


class TaskChanged(msgspec.Struct, frozen=True, tag="task", tag_field="kind"):
    """A task on the notebook began, went on or ended."""

    task: Task


class Events(JupyterHandler, websocket.WebSocketHandler):
    """A websocket for one notebook. It takes no messages."""

    auth_resource = "cellmark"

    @ws_authenticated
    async def get(self, *args: Any, **options: Any) -> None:
        """Open the socket, for those who may read."""
        user = self.current_user
        if not await ensure_async(self.authorizer.is_authorized(self, user, "read", "cellmark")):
            raise web.HTTPError(403)
        try:
            given = self.get_query_argument("notebook", "")
            self._path = notebook_at(Path(self.settings["server_root_dir"]).expanduser(), given)
        except OutOfReach as problem:
            raise web.HTTPError(404, str(problem).replace("%", "%%")) from problem
        self._notebook = given
        opening = super().get(*args, **options)
        if opening is not None:
            await opening

    def open(self, *_args: str, **_options: str) -> None:
        """Look at the store's files while somebody is there to be told."""
        tasks: Tasks = self.settings[TASKS]
        self._deaf = tasks.listen(self._hear)
        self._seen = trace_of(find_folder(self._path.parent))
        self._looking = PeriodicCallback(self._look, _LOOK_MILLISECONDS)
        self._looking.start()
        # Whoever listens asks for the Runs then: what came before is not missed.
        self._push(RunsChanged())

    def on_message(self, _message: str | bytes) -> None:
        """Nothing is expected."""

    def on_close(self) -> None:
        """Nobody is there any more."""
        if self._looking is not None:
            self._looking.stop()
            self._deaf()

    def _look(self) -> None:
        now = trace_of(find_folder(self._path.parent))
        if now != self._seen:
            self._seen = now
            self._push(RunsChanged())

    def _hear(self, task: Task) -> None:
        if task.notebook == self._notebook:
            self._push(TaskChanged(task))

    def _push(self, event: RunsChanged | TaskChanged) -> None:
        try:
            self.write_message(msgspec.json.encode(event).decode())
        except websocket.WebSocketClosedError:
            self.on_close()

    _looking: PeriodicCallback | None = None
    _deaf: Callable[[], None]
    _path: Path
    _notebook: str
    _seen: Trace


def trace_of(folder: Path) -> Trace:
    """What changes with every record and every write in a store's folder: names, sizes, times."""
    # Not the write-ahead log: it comes and goes with readers, the one who is told among them.
    files = [folder / "cellmark.db"]
    with suppress(OSError):
        files += [Path(entry.path) for entry in os.scandir(folder / "spool")]
    return tuple(sorted(mark for mark in map(_mark, files) if mark is not None))


def _mark(file: Path) -> tuple[str, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return file.name, found.st_size, found.st_mtime_ns
