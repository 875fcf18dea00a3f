"""Type annotations for generated code, from the types that were seen when the notebook ran."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from .kinds import is_estimator
from .spans import Edit, lines_of
from .tracer import Tracer

__all__ = ["annotation_edits", "annotation_of", "import_for", "value_annotation"]

_BY_TYPE: dict[type, str] = {
    pd.DataFrame: "pd.DataFrame",
    pd.Series: "pd.Series",
    pd.Index: "pd.Index",
    np.ndarray: "np.ndarray",
}
_OF_POLARS = {"DataFrame": "pl.DataFrame", "Series": "pl.Series", "Expr": "pl.Expr"}
_BUILTIN = (bool, int, float, str)
_IMPORTS = {
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "np": "import numpy as np",
    "Any": "from typing import Any",
}


def annotation_of(kind: type | None) -> str:
    """The annotation of a variable that held a value of this type; `Any` where none is exact."""
    if kind is None:
        return "Any"
    if kind.__module__.startswith("polars."):
        return _OF_POLARS.get(kind.__name__, "Any")
    return next((text for known, text in _BY_TYPE.items() if issubclass(kind, known)), "Any")


def import_for(annotation: str) -> tuple[str, ...]:
    """The import statements that the names in an annotation need."""
    words = set(re.findall(r"\w+", annotation))
    return tuple(statement for name, statement in _IMPORTS.items() if name in words)


def annotation_edits(node: ast.FunctionDef, tracer: Tracer, text: str) -> list[Edit]:
    """Edits that annotate what the author left open in a definition."""
    seen = tracer.parameter_types.get(node.name, {})
    edits = []
    arguments = node.args
    for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
        if each.annotation is None:
            kind = seen.get(each.arg)
            told = kind.__name__ if kind in _BUILTIN else annotation_of(kind)
            place = (each.end_lineno or 0, each.end_col_offset or 0)
            edits.append(Edit(place, place, f": {told}"))
    if node.returns is None:
        place = _after_parameters(node, text)
        told = annotation_of(tracer.result_types.get(node.name))
        edits.append(Edit(place, place, f" -> {told}"))
    return edits


def _after_parameters(node: ast.FunctionDef, text: str) -> tuple[int, int]:
    """Where the parenthesis that closes a definition's parameters ends."""
    rows = [row.encode() for row in lines_of(text)]
    places = [
        (part.end_lineno or 0, part.end_col_offset or 0)
        for part in ast.walk(node.args)
        if isinstance(part, ast.arg | ast.expr)
    ]
    line, column = max(places, default=(node.lineno, node.col_offset))
    while b")" not in rows[line - 1][column:]:
        line, column = line + 1, 0
    return line, rows[line - 1].index(b")", column) + 1


def value_annotation(value: Any) -> tuple[str, tuple[str, ...]]:
    """Annotation of a frozen value and the import statements that it needs."""
    if is_estimator(value):
        return type(value).__name__, (_public_import(type(value)),)
    if isinstance(value, dict) and value:
        return _dict_annotation(value)
    if isinstance(value, np.generic):
        name = f"np.{type(value).__name__}"
        return name, import_for(name)
    if isinstance(value, list | tuple | set) and value:
        inner, imports = _common(list(value))
        shape = (
            f"tuple[{inner}, ...]"
            if isinstance(value, tuple)
            else f"{type(value).__name__}[{inner}]"
        )
        return shape, imports
    if type(value) in _BUILTIN:
        return type(value).__name__, ()
    told = annotation_of(type(value))
    return told, import_for(told)


def _dict_annotation(value: dict[Hashable, Any]) -> tuple[str, tuple[str, ...]]:
    keys, key_imports = _common(list(value))
    values, value_imports = _common(list(value.values()))
    return f"dict[{keys}, {values}]", tuple(dict.fromkeys([*key_imports, *value_imports]))


def _common(values: list[Any]) -> tuple[str, tuple[str, ...]]:
    told = {value_annotation(value) for value in values}
    return next(iter(told)) if len(told) == 1 else ("Any", import_for("Any"))


def _public_import(kind: type) -> str:
    """Import a class from the shortest public module that offers it."""
    parts = kind.__module__.split(".")
    for length in range(1, len(parts) + 1):
        module = ".".join(parts[:length])
        public = not any(part.startswith("_") for part in parts[:length])
        if public and getattr(importlib.import_module(module), kind.__name__, None) is kind:
            return f"from {module} import {kind.__name__}"
    return f"from {kind.__module__} import {kind.__name__}"
