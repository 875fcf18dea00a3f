"""In a notebook: try a model by a form, and see what differs between Runs.

`try_model` needs ipywidgets (`pip install "cellmark[widgets]"`); `compare` needs nothing more.
"""

from .report import RunsReport, compare
from .trial import Trial, try_model

__all__ = ["RunsReport", "Trial", "compare", "try_model"]
