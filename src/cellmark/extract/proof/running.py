"""Run a steps module before it is in a bundle, to learn what it needs."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from itertools import count
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from cellmark_runtime.scoring.anyframe import copied, numbered, rows_at
from cellmark_runtime.scoring.keeping import LeftOut
from cellmark_runtime.scoring.own_code import PACKAGE

from ..text.spans import lines_of

__all__ = ["FILE", "Features", "StepsFailed", "accepted_of", "functions_of", "loaded"]

Features = Callable[[Any], Any]

FILE = "<scoring steps>"
_SCHEMA = "Frozen = object\n"
_numbers = count(1)


class StepsFailed(Exception):
    """The steps raised. `text` is the line of the steps module where they did."""

    def __init__(self, problem: Exception, text: str) -> None:
        self.problem = problem
        self.text = text
        super().__init__(f"{type(problem).__name__}: {problem}")


def loaded(steps: str, frozen: Mapping[str, Any], sources: Mapping[str, str] = {}) -> Features:
    """The `features` of the module text `steps`, as a service keeps it from request to request.

    `sources` are further files of the bundle's by path. The module is made by the first call.
    What is returned raises StepsFailed naming the line that raised.
    """
    features = functions_of(steps, frozen, sources)("features")
    return lambda raw: features(copied(raw))


def functions_of(
    steps: str, frozen: Mapping[str, Any], sources: Mapping[str, str] = {}
) -> Callable[[str], Callable[[Any], Any]]:
    """What gives a function of the module text `steps` by its name, its frozen values given.

    The functions raise StepsFailed naming the line that raised.
    """
    namespace: dict[str, Any] = {}

    def named(name: str) -> Callable[[Any], Any]:
        def run(given: Any) -> Any:
            try:
                if not namespace:
                    namespace.update(_namespace(steps, sources))
                return namespace[name](given, SimpleNamespace(**frozen))
            except Exception as problem:
                raise StepsFailed(problem, _line_of(problem, steps)) from problem

        return run

    return named


def _namespace(steps: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """What the steps define, in a package of its own beside `sources`."""
    name = f"_cellmark_steps_{next(_numbers)}"
    package = ModuleType(name)
    package.__path__ = []
    sys.modules[name] = package
    sys.meta_path.insert(0, _Sources(name, {f"{PACKAGE}/schema.py": _SCHEMA, **sources}))
    # A module that can be found by its name: a dataclass looks its own up.
    module = sys.modules[f"{name}.steps"] = ModuleType(f"{name}.steps")
    module.__package__ = name
    exec(compile(steps, FILE, "exec"), vars(module))  # noqa: S102 - the notebook's own code
    return vars(module)


class _Sources(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds the modules of one package among texts by path in a bundle."""

    def __init__(self, package: str, sources: Mapping[str, str]) -> None:
        self._package = package
        self._sources = sources

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if self._path(fullname) is None:
            return None
        package = str(self._path(fullname)).endswith("/__init__.py")
        return importlib.util.spec_from_loader(fullname, self, is_package=package)

    def get_source(self, fullname: str) -> str | None:
        path = self._path(fullname)
        return None if path is None else self._sources[path]

    def _path(self, fullname: str) -> str | None:
        root, _, rest = fullname.partition(".")
        stem = f"{PACKAGE}/{rest.replace('.', '/')}"
        paths = (f"{stem}/__init__.py", f"{stem}.py") if root == self._package else ()
        return next((path for path in paths if path in self._sources), None)


def accepted_of(features: Callable[[Any], Any], rows: Any) -> np.ndarray[Any, Any]:
    """Positions of the rows that no filter in the steps leaves out.

    Raises: StepsFailed for whatever else stops the steps.
    """
    left = np.arange(len(rows))
    while len(left):
        try:
            features(numbered(rows_at(rows, left)))
            break
        except StepsFailed as failed:
            if not isinstance(failed.problem, LeftOut):
                raise
            left = np.delete(left, list(failed.problem.positions))
    return left


def _line_of(problem: Exception, text: str) -> str:
    numbers = [
        frame.lineno
        for frame in traceback.extract_tb(problem.__traceback__)
        if frame.filename == FILE
    ]
    rows = lines_of(text)
    return rows[numbers[-1] - 1].strip() if numbers and numbers[-1] else ""
