"""Unsafe: why a cell's results can't stand for running it, as far as its text tells."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import takewhile
from types import ModuleType
from typing import Any

__all__ = [
    "definitions",
    "leading_imports",
    "not_repeatable",
    "not_restorable",
    "settings",
    "strings",
]

# What may answer otherwise next time though nothing is read: what it is -> its names.
_PASSING = {
    name: about
    for about, names in {
        "the clock": "now today utcnow perf_counter monotonic ctime time_ns localtime gmtime",
        "the environment": "environ getenv getlogin getuser gethostname",
        "the machine": "getpid cpu_count virtual_memory",
        "the system's chance": "urandom uuid1 uuid4 token_hex SystemRandom",
        "the files there are": "exists is_file is_dir isfile isdir stat getmtime getsize getctime",
        "a person": "input getpass",
    }.items()
    for name in names.split()
}
_CLOCK = re.compile(r"\btime\.time\(|\bto_datetime\(['\"](now|today)|Timestamp\(['\"](now|today)")
_OWN = frozenset(
    {"get_ipython", "globals", "locals", "vars", "exec", "eval", "In", "Out", "_", "__"}
)
_LIBRARIES = ("torch", "tensorflow", "jax", "cupy", "pyspark", "dask")
# Modules whose functions draw, or plot, and leave no setting behind.
_HARMLESS = ("random", "numpy.random", "matplotlib.pyplot", "seaborn", "gc", "time")


def not_repeatable(module: ast.Module) -> str:
    """What a cell asks that may answer otherwise in the next kernel, "" if nothing."""
    for node in ast.walk(module):
        name = getattr(node, "id", None) or getattr(node, "attr", None)
        if name in _PASSING:
            return f"asks {_PASSING[name]} (`{name}`)"
    if _CLOCK.search(ast.unparse(module)):
        return "asks the clock"
    loaded = next((name for name in _LIBRARIES if name in sys.modules), None)
    return f"{loaded} is loaded, whose state is not kept" if loaded else ""


def not_restorable(module: ast.Module, namespace: Mapping[str, Any]) -> str:
    """Why a cell must run though its variables could be had, "" if nothing speaks against it."""
    imported = {alias.asname or alias.name.partition(".")[0] for alias in _aliases(module)}
    for node in ast.walk(module):
        if why := _of_node(node) or _changed(node, imported, namespace):
            return why
    for statement in module.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            known = _is_module(_root(function), imported, namespace)
            if known and not _is_harmless(function, namespace):
                return f"calls `{ast.unparse(function)}` for what it does"
    return ""


def _of_node(node: ast.AST) -> str:
    if isinstance(node, ast.ClassDef):
        return f"defines the class `{node.name}`"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_plain(node):
        return f"defines `{node.name}` with a decorator or a default that is computed"
    if isinstance(node, ast.Name) and node.id in _OWN:
        return f"uses `{node.id}`"
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith | ast.Global):
        return "is asynchronous, or sets globals"
    return ""


def _changed(node: ast.AST, imported: set[str], namespace: Mapping[str, Any]) -> str:
    stored = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
    if not stored or not isinstance(node, ast.expr):
        return ""
    root = _root(node)
    known = _is_module(root, imported, namespace) or isinstance(namespace.get(root), type)
    return f"changes `{ast.unparse(node)}`" if known else ""


def _is_module(name: str, imported: set[str], namespace: Mapping[str, Any]) -> bool:
    return name in imported or isinstance(namespace.get(name), ModuleType)


def definitions(module: ast.Module) -> list[ast.stmt]:
    """What is run of a cell whose variables are restored: imports and functions."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef)
    return [statement for statement in module.body if isinstance(statement, kinds)]


def leading_imports(module: ast.Module) -> list[ast.stmt]:
    """The imports with which a cell begins."""
    return list(takewhile(lambda each: isinstance(each, ast.Import | ast.ImportFrom), module.body))


def strings(module: ast.Module) -> Iterator[str]:
    """The text constants of a cell: some are paths."""
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def settings() -> dict[str, str]:
    """What libraries and the process are set to, by what it belongs to."""
    import locale
    import os
    import warnings

    found = {
        "the process's folder": os.getcwd(),  # noqa: PTH109
        "the process's environment": repr(sorted(os.environ.items())),
        "sys.path": repr(sys.path),
        "warnings' filters": repr(warnings.filters),
        "the locale": locale.setlocale(locale.LC_ALL),
    }
    for module, (about, look) in _SETTINGS.items():
        if module in sys.modules:
            found[about] = str(look(sys.modules[module]))
    return found


_SETTINGS: dict[str, tuple[str, Any]] = {
    "numpy": ("numpy's settings", lambda m: (m.geterr(), sorted(m.get_printoptions().items()))),
    "pandas._config.config": ("pandas' options", lambda m: repr(m._global_config)),  # noqa: SLF001
    "matplotlib": ("matplotlib's settings", lambda m: sorted(map(str, m.rcParams.items()))),
    "sklearn": ("scikit-learn's settings", lambda m: m.get_config()),
    "logging": ("logging", lambda m: (m.root.level, m.root.handlers, m.root.disabled)),
    "decimal": ("the decimal context", lambda m: m.getcontext()),
}


def _aliases(module: ast.Module) -> Iterator[ast.alias]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from node.names


def _is_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = [*function.args.defaults, *filter(None, function.args.kw_defaults)]
    constant = all(isinstance(each, ast.Constant) for each in given)
    return constant and not function.decorator_list


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_harmless(function: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """Whether a call for its effect changes no more than a generator or a picture."""
    owner = function.value if isinstance(function, ast.Attribute) else function
    found = namespace.get(_root(owner))
    if isinstance(owner, ast.Attribute):
        found = getattr(found, owner.attr, None)
    return isinstance(found, ModuleType) and found.__name__ in _HARMLESS
