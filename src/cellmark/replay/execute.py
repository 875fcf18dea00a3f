"""Execute a notebook anew, in document order, in a kernel of its own."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.engines import papermill_engines
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from cellmark.notebook.files import load
from cellmark.store.location import absolute, find_folder
from cellmark.store.spool import Spool, new_id
from cellmark_runtime.errors import CellmarkError

from . import engine as engine  # registers itself as papermill's engine "cellmark"
from .execution import Execution, Failure
from .failure import died, failure_in
from .kernels import kernel_of
from .output import write_notebook
from .parameters import check_parameters
from .record import close_record
from .session import Progress, Session, quiet

__all__ = ["KernelFailed", "execute"]

_log = logging.getLogger("cellmark.replay")
_log.addHandler(logging.NullHandler())
_log.propagate = False

# The kernel may be one that started without our startup file.
_LISTEN = "import cellmark.capture as _c; _c.listen(); del _c"


class KernelFailed(CellmarkError):
    """The kernel did not come up."""


def execute(
    notebook: Path,
    *,
    parameters: Mapping[str, object],
    output: Path | None = None,
    store: Path | None = None,
    prelude: str = "",
    epilogue: str = "",
    cwd: Path | None = None,
    known_as: Path | None = None,
    environment: Mapping[str, str] | None = None,
    interpreter: Path | None = None,
    progress: Progress = quiet,
    before_epilogue: Callable[[], None] = lambda: None,
    mend: Callable[[Any], None] = lambda _: None,
    session: str | None = None,
) -> Execution:
    """Run `notebook` from top to bottom; cells tagged `skip` are left out.

    Args: `store` is a store's folder (default: the one at or above the notebook); `prelude` and
    `epilogue` are code run silently before the first and after the last cell; `cwd` is the
    kernel's folder (default: the notebook's); `known_as` is the path that the notebook goes by,
    where `notebook` is a copy of it; `environment` are variables of the kernel's, "" to leave one
    unset; `interpreter` is the Python that runs it (default: that of the notebook's kernel);
    `progress(cell, cells)` hears each cell begin; `before_epilogue` is called when all are run;
    `mend` is given the executed notebook before it is kept; `session` is an id for its records.
    A cell that raises makes a failed Execution, and its epilogue is not run.
    Raises: CellmarkError for a notebook, kernel or parameter that can't be used, and for a
    prelude or epilogue that raises.
    """
    source = load(notebook)
    check_parameters(source, parameters, str(notebook))
    kernel = kernel_of(source, str(notebook))
    known = absolute(known_as or notebook)
    home = known.parent
    spool = Spool(store or find_folder(home), session or new_id())
    told = Session(
        numbers=_numbers(source),
        environment={**(environment or {}), **_told(known, spool)},
        interpreter=interpreter,
        cwd=cwd or home,
        prelude=(_LISTEN, *filter(None, [prelude])),
        epilogue=tuple(filter(None, [epilogue])),
        progress=progress,
        before_epilogue=before_epilogue,
    )
    executed = _parameterized(source, parameters, kernel)
    with tempfile.TemporaryFile() as told.stderr:
        failure = _through_papermill(executed, kernel, told, str(notebook))
    mend(executed)
    runs = close_record(spool, told, executed, failure)
    if output is not None:
        write_notebook(executed, output)
    return Execution("failed" if failure else "ok", runs, executed, output, failure)


def _numbers(source: Any) -> dict[str, int]:
    code = [cell.id for cell in source.cells if cell.cell_type == "code"]
    return {cell_id: number for number, cell_id in enumerate(code, start=1)}


def _told(notebook: Path, spool: Spool) -> dict[str, str]:
    return {
        "CELLMARK_NOTEBOOK": str(notebook),
        "CELLMARK_FOLDER": str(absolute(spool.folder)),
        "CELLMARK_SESSION": spool.session,
    }


def _parameterized(source: Any, parameters: Mapping[str, object], kernel: str) -> Any:
    notebook = load_notebook_node(source)
    if not parameters:
        return notebook
    return parameterize_notebook(
        notebook, dict(parameters), kernel_name=kernel, language="python", engine_name="cellmark"
    )


def _through_papermill(notebook: Any, kernel: str, session: Session, where: str) -> Failure | None:
    """Execute `notebook` in place and say what stopped it, if anything."""
    try:
        papermill_engines.execute_notebook_with_engine(
            "cellmark", notebook, kernel, progress_bar=False, session=session, log=_log
        )
    except DeadKernelError:
        if session.current is None:
            raise _no_kernel(where, kernel, f"it died at once. {session.last_words()}") from None
        return died(session)
    except (RuntimeError, TimeoutError) as fault:
        if session.current is not None:
            raise
        raise _no_kernel(where, kernel, f"{fault}. {session.last_words()}") from fault
    return failure_in(notebook, session.numbers)


def _no_kernel(where: str, kernel: str, why: str) -> KernelFailed:
    return KernelFailed(
        where,
        f"kernel {kernel!r} did not start: {why}",
        "a kernel that answers",
        "Try it with `jupyter console --kernel " + kernel + "`.",
    )
