"""Replay: run a notebook anew through papermill, with its tags, and say what became of it."""

# papermill first: it loads our engine by entry point while it is being imported itself, and an
# engine module that pulled papermill in would then be found half-made.
import papermill.engines  # noqa: F401

from .execute import execute
from .execution import Execution, Failure
from .session import Progress, quiet

__all__ = ["Execution", "Failure", "Progress", "execute", "quiet"]
