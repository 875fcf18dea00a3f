"""Type annotations for generated code, from the types that were seen when the notebook ran."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.own_code import PACKAGE

from ..text.spans import Edit, lines_of
from ..trace.tracer import Tracer
from ..values.kinds import is_estimator
from ..values.native import is_native

__all__ = ["annotation_edits", "annotation_of", "import_for", "method_edits", "value_annotation"]

_BY_TYPE: dict[type, str] = {
    pd.DataFrame: "pd.DataFrame",
    pd.Series: "pd.Series",
    pd.Index: "pd.Index",
    np.ndarray: "np.ndarray",
}
_OF_POLARS = {"DataFrame": "pl.DataFrame", "Series": "pl.Series", "Expr": "pl.Expr"}
_SHORT = {"lightgbm": "lgb", "xgboost": "xgb"}
_BUILTIN = (bool, int, float, str)
_IMPORTS = {
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "np": "import numpy as np",
    "Any": "from typing import Any",
    "xgb": "import xgboost as xgb",
    "config_context": "from sklearn import config_context",
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
    told = {name: _told(kind) for name, kind in seen.items()}
    return _edits(node, told, annotation_of(tracer.result_types.get(node.name)), text)


def method_edits(node: ast.ClassDef, text: str) -> list[Edit]:
    """Edits that annotate the methods of a class, whose values were not looked at, with `Any`."""
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    return [edit for each in methods for edit in _method_edits(each, text)]


def _method_edits(node: ast.FunctionDef, text: str) -> list[Edit]:
    unbound = any(
        isinstance(each, ast.Name) and each.id == "staticmethod" for each in node.decorator_list
    )
    own = [*node.args.posonlyargs, *node.args.args][: not unbound]
    returned = "None" if node.name == "__init__" else "Any"
    return _edits(node, {}, returned, text, {id(each) for each in own})


def _told(kind: type) -> str:
    return kind.__name__ if kind in _BUILTIN else annotation_of(kind)


def _edits(
    node: ast.FunctionDef,
    told: Mapping[str, str],
    returned: str,
    text: str,
    left: Collection[int] = (),
) -> list[Edit]:
    """Edits that annotate parameters as `told`, else with `Any`, but for those in `left`."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    # A default of None says that other calls give something else.
    open_ended = {id(extra) for extra in (arguments.vararg, arguments.kwarg) if extra is not None}
    open_ended |= {id(each) for each in _with_none(arguments)}
    extras = [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
    edits = []
    for each in [*every, *extras]:
        if each.annotation is None and id(each) not in left:
            kind = "Any" if id(each) in open_ended else told.get(each.arg, "Any")
            place = (each.end_lineno or 0, each.end_col_offset or 0)
            edits.append(Edit(place, place, f": {kind}"))
    if node.returns is None:
        place = _after_parameters(node, text)
        edits.append(Edit(place, place, f" -> {returned}"))
    return edits


def _with_none(arguments: ast.arguments) -> list[ast.arg]:
    """Parameters whose default is None."""
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(positional[::-1], arguments.defaults[::-1], strict=False),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return [
        each
        for each, default in pairs
        if isinstance(default, ast.Constant) and default.value is None
    ]


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
    if is_native(type(value)):
        # Two libraries call theirs Booster.
        library = type(value).__module__.partition(".")[0]
        short = _SHORT[library]
        return f"{short}.{type(value).__name__}", (f"import {library} as {short}",)
    if is_estimator(value) or type(value).__module__.startswith(f"{PACKAGE}."):
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
    if kind.__module__.startswith(f"{PACKAGE}."):
        return f"from {kind.__module__.removeprefix(PACKAGE)} import {kind.__name__}"
    parts = kind.__module__.split(".")
    for length in range(1, len(parts) + 1):
        module = ".".join(parts[:length])
        public = not any(part.startswith("_") for part in parts[:length])
        if public and getattr(importlib.import_module(module), kind.__name__, None) is kind:
            return f"from {module} import {kind.__name__}"
    return f"from {kind.__module__} import {kind.__name__}"
