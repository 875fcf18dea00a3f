"""TaggingEngine: a papermill engine that sends each cell's tags and id with its execute request.

papermill and nbclient send a cell's source only, so the kernel cannot know its role. JupyterLab
sends the cell's metadata; this engine makes papermill do the same.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import zmq
from nbclient.exceptions import DeadKernelError
from nbclient.util import ensure_async, run_sync
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Instance

from cellmark_runtime.errors import CellmarkError

from .kernels import OwnKernelSpecs
from .session import Session
from .traceback import plain

__all__ = ["SilentCodeFailed", "TaggingClient", "TaggingEngine", "count_cells"]


class SilentCodeFailed(CellmarkError):
    """Code that a replay runs beside the notebook's own cells raised."""


class TaggingClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, telling the kernel which cell it is given."""

    session = Instance(Session)

    def create_kernel_manager(self) -> Any:
        """The kernel manager, bound to this interpreter where the notebook asks for `python3`."""
        manager = super().create_kernel_manager()
        manager.kernel_spec_manager = OwnKernelSpecs(
            parent=manager, interpreter=self.session.interpreter
        )
        if manager.has_trait("transport_encryption") and zmq.has("curve"):
            # Newer kernels warn on stderr when others on this machine could listen in.
            manager.transport_encryption = "auto"
        return manager

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel in the session's folder, knowing the session's environment.

        A variable that is empty there is not set in the kernel.
        """
        if self.session.cwd is not None:
            kwargs["cwd"] = str(self.session.cwd)
        if self.session.stderr is not None:
            kwargs["stderr"] = self.session.stderr.fileno()
        environment = {**kwargs.pop("env", os.environ), **self.session.environment}
        told = {name: value for name, value in environment.items() if value}
        await super().async_start_new_kernel(env=told, **kwargs)

    start_new_kernel = run_sync(async_start_new_kernel)

    def papermill_execute_cells(self) -> None:
        """Run the notebook's cells between the session's silent code."""
        for code in self.session.prelude:
            self.run_silently(code)
        super().papermill_execute_cells()
        if not any(failed(cell) for cell in self.nb.cells):
            self.session.before_epilogue()
            for code in self.session.epilogue:
                self.run_silently(code)

    async def async_execute_cell(
        self, cell: Any, cell_index: int, *args: Any, **kwargs: Any
    ) -> Any:
        """Run one cell; its metadata travels as JupyterLab sends it, with its number."""
        if cell.cell_type == "code" and self.skip_cells_with_tag not in cell.metadata.tags:
            self.session.begin(cell.id)
        number = self.session.numbers.get(cell.id)
        wire = self.kc.session
        before = wire.metadata
        wire.metadata = {**cell.metadata, "cellId": cell.id, "cellmark": {"number": number}}
        try:
            return await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        finally:
            wire.metadata = before

    execute_cell = run_sync(async_execute_cell)

    async def async_run_silently(self, code: str) -> None:
        """Run code that leaves no trace in the history and wakes no hook.

        Raises: SilentCodeFailed, holding the kernel's traceback as plain text.
        """
        message = await ensure_async(self.kc.execute(code, silent=True, store_history=False))
        reply = await self.async_wait_for_reply(message)
        content = (reply or {}).get("content", {})
        if content.get("status") != "ok":
            text = plain("\n".join(content.get("traceback", ())))
            error = f"{content.get('ename', 'no reply')}: {content.get('evalue', '')}"
            raise SilentCodeFailed("the kernel", f"{error}\n{text}", "no error beside the cells")

    run_silently = run_sync(async_run_silently)


class TaggingEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine with `TaggingClient` in it; takes one more option, `session`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        input_path: object = None,
        session: Session | None = None,
        **options: Any,
    ) -> Any:
        """Run the notebook of `nb_man` in a new kernel (papermill's interface)."""
        timeout = options.pop("timeout", None)
        client = TaggingClient(
            nb_man,
            session=session or stand_alone(nb_man.nb, input_path),
            kernel_name=kernel_name,
            startup_timeout=options.pop("startup_timeout", start_timeout),
            timeout=execution_timeout or timeout,
            skip_cells_with_tag="skip",
            **options,
        )
        try:
            return client.execute()
        except (KeyboardInterrupt, SystemExit):
            logging.getLogger("asyncio").addFilter(_is_not_of_a_dead_kernel)
            raise


def _is_not_of_a_dead_kernel(record: logging.LogRecord) -> bool:
    """The cell that ran when a user stopped it ends with its kernel, and nobody asks it why."""
    return not (record.exc_info and isinstance(record.exc_info[1], DeadKernelError))


def stand_alone(notebook: Any, input_path: object) -> Session:
    """The session of a plain `papermill in out`, where nobody made one."""
    told = {}
    if isinstance(input_path, str) and Path(input_path).is_file():
        told = {"CELLMARK_NOTEBOOK": str(Path(input_path).absolute())}
    return Session(numbers=count_cells(notebook), environment=told)


def count_cells(notebook: Any) -> dict[str, int]:
    """Cell id -> number of every code cell that papermill did not inject."""
    own = [
        cell.id
        for cell in notebook.cells
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", ())
    ]
    return {cell_id: number for number, cell_id in enumerate(own, start=1)}


def failed(cell: Any) -> bool:
    """Whether papermill marked this cell as the one that raised."""
    return bool(cell.metadata.get("papermill", {}).get("exception"))


# papermill imports this module for its entry point before it runs anything, so a plain
# `papermill in.ipynb out.ipynb` sends the tags too. An engine that someone else made the
# default stays the default.
papermill_engines.register("cellmark", TaggingEngine)
if papermill_engines.get_engine(None) is NBClientEngine:
    papermill_engines.register(None, TaggingEngine)
