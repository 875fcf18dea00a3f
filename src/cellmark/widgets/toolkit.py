"""The toolkit that forms are made with, which an installation may lack."""

from __future__ import annotations

from typing import Any

from cellmark_runtime.errors import CellmarkError

__all__ = ["toolkit"]


def toolkit() -> Any:
    """The module `ipywidgets`. Raises: CellmarkError where it is not installed."""
    try:
        import ipywidgets
    except ImportError as problem:
        raise CellmarkError(
            "cellmark.widgets",
            f"ipywidgets can't be imported ({problem})",
            "ipywidgets 8.1 or later in this kernel's environment",
            'Run `%pip install "cellmark[widgets]"`, restart the kernel and reload the page.',
        ) from problem
    return ipywidgets
