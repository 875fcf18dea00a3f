"""Run a steps module before it is in a bundle, to learn what it needs."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from cellmark_runtime.scoring.anyframe import copied

from .spans import lines_of

__all__ = ["FILE", "StepsFailed", "functions_of", "loaded"]

FILE = "<scoring steps>"
_SCHEMA = re.compile(r"^from \.schema import Frozen$", re.MULTILINE)


class StepsFailed(Exception):
    """The steps raised. `text` is the line of the steps module where they did."""

    def __init__(self, problem: Exception, text: str) -> None:
        self.problem = problem
        self.text = text
        super().__init__(f"{type(problem).__name__}: {problem}")


def loaded(steps: str, frozen: Mapping[str, Any]) -> Callable[[Any], Any]:
    """The `features` of the module text `steps`, as a service keeps it from request to request.

    Raises: StepsFailed naming the line that raised; so does what is returned.
    """
    features = functions_of(steps, frozen)("features")
    return lambda raw: features(copied(raw))


def functions_of(steps: str, frozen: Mapping[str, Any]) -> Callable[[str], Callable[[Any], Any]]:
    """What gives a function of the module text `steps` by its name, its frozen values given.

    Raises: StepsFailed naming the line that raised; so do the functions.
    """
    namespace: dict[str, Any] = {"__name__": "scoring_steps", "Frozen": object}
    text = _SCHEMA.sub("", steps)
    try:
        exec(compile(text, FILE, "exec"), namespace)  # noqa: S102 - the notebook's own code
    except Exception as problem:
        raise StepsFailed(problem, _line_of(problem, text)) from problem

    def named(name: str) -> Callable[[Any], Any]:
        def run(given: Any) -> Any:
            try:
                return namespace[name](given, SimpleNamespace(**frozen))
            except Exception as problem:
                raise StepsFailed(problem, _line_of(problem, text)) from problem

        return run

    return named


def _line_of(problem: Exception, text: str) -> str:
    numbers = [
        frame.lineno
        for frame in traceback.extract_tb(problem.__traceback__)
        if frame.filename == FILE
    ]
    rows = lines_of(text)
    return rows[numbers[-1] - 1].strip() if numbers and numbers[-1] else ""
