"""Metric calls: what scikit-learn's metric functions return, seen without the user's help.

Every public function of scikit-learn is a wrapper (`validate_params`) that finds the real
function in a closure cell. Putting ours in that cell reaches each reference to the wrapper there
is, those imported long ago too, and leaves the function that the user holds the same object.
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import CellType, FrameType, ModuleType
from typing import Any

from .after_import import AfterImport
from .unseen import Ended, unseen
from .values import number

__all__ = ["Call", "MetricCalls"]

_MODULES = ("sklearn.metrics", "sklearn.model_selection")
_REPORT = "classification_report"
# Beside those that return a number: what is read of these is small.
_TOLD = {"cross_val_score", "cross_validate", "precision_recall_fscore_support"}
# Of a loop the last ones count.
_MOST = 5_000
# A report is made again from the rows that it was made of.
_MOST_REPORTS = 20


@dataclass(frozen=True)
class Call:
    """One call: the function's name, what it returned, and how to get a report as a dict."""

    function: str
    result: Any
    again: Callable[..., Any] | None = None


class MetricCalls:
    """The metric calls of one cell at a time. Between `begin` and `take` it listens."""

    def __init__(self) -> None:
        self._calls: deque[Call] | None = None
        self._seen: set[int] = set()
        self._finder: AfterImport | None = None

    def begin(self) -> None:
        """Listen from now on; also to modules that the cell itself will import."""
        self._calls = deque(maxlen=_MOST)
        self.watch()

    def take(self) -> list[Call]:
        """The calls since `begin`; stop listening."""
        calls, self._calls = list(self._calls or ()), None
        return calls

    def watch(self) -> None:
        """Reach the functions of scikit-learn that are loaded, and those yet to be loaded."""
        for name in _MODULES:
            module = sys.modules.get(name)
            if module is not None:
                self.wrap(module)
        if not all(name in sys.modules for name in _MODULES):
            sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self._finder]
            self._finder = AfterImport(_MODULES, self.wrap)
            sys.meta_path.insert(0, self._finder)

    def wrap(self, module: ModuleType) -> None:
        """Put ourselves into the closure of each public function of `module`, once."""
        for function in _public_functions(module):
            cell = _closure_cell(function)
            if cell is not None and id(cell) not in self._seen:
                self._seen.add(id(cell))
                cell.cell_contents = self._hearing(cell.cell_contents)

    def _keep(self, name: str, result: Any, again: Callable[..., Any]) -> None:
        """Never a reason for data to stay in memory: of what is large only few reports are kept."""
        assert self._calls is not None
        if name == _REPORT:
            reports = sum(call.again is not None for call in self._calls)
            if reports < _MOST_REPORTS:
                self._calls.append(Call(name, result, again))
        elif name in _TOLD or number(result) is not None:
            self._calls.append(Call(name, result))

    def _hearing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def begun(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Ended | None:
            if self._calls is None:
                return None
            name = _name_for_user(function.__name__, sys._getframe())  # noqa: SLF001

            def ended(result: Any, returned: bool) -> None:
                if returned and name is not None and self._calls is not None:
                    self._keep(name, result, functools.partial(function, *args, **kwargs))

            return ended

        return unseen(function, begun)


def _public_functions(module: ModuleType) -> Iterator[Any]:
    for name in getattr(module, "__all__", ()):
        member = module.__dict__.get(name)
        if hasattr(member, "__wrapped__") and hasattr(member, "__closure__"):
            yield member


def _closure_cell(function: Any) -> CellType | None:
    free = function.__code__.co_freevars
    if "func" not in free or not function.__closure__:
        return None
    cell: CellType = function.__closure__[free.index("func")]
    return cell


def _name_for_user(function: str, frame: FrameType | None) -> str | None:
    """The call's name if the user made it, None if scikit-learn made it for its own ends.

    `model.score(X, y)` calls a metric inside; the user asked for that number, as `score`.
    """
    inside: list[str] = []
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("IPython."):
            break
        if module.partition(".")[0] == "sklearn":
            inside.append(frame.f_code.co_name)
        frame = frame.f_back
    # The wrapper itself is the innermost frame of scikit-learn's.
    if inside[1:] == ["score"]:
        return "score"
    return function if len(inside) <= 1 else None
