"""Trail: after each statement of a cell, what its variables were, as digests in a file."""

from __future__ import annotations

import ast
import builtins
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..digests import values_of
from ..request import request_of
from .chance import DRAWS

__all__ = ["NAME", "Trail", "keep_trail"]

# Out of the way of the author's names, and of `%reset`.
NAME = "__cellmark_trail__"
_LIMIT = 5_000_000
_COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.Match, ast.Expr)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_CONTAINERS = (dict, list, tuple, set, frozenset)


class Trail(ast.NodeTransformer):
    """Puts a note behind each top-level statement, and takes the notes down."""

    def __init__(self, shell: Any, file: Path) -> None:
        self._shell = shell
        self._file = file
        self._steps: list[tuple[dict[str, Any], tuple[str, ...]]] = []
        self._chance: dict[str, str] = {}
        self._drawn = 0

    def visit_Module(self, module: ast.Module) -> ast.Module:
        """IPython hands each cell's tree over before it is compiled."""
        request = request_of(self._shell.kernel)
        if request.number is None and not request.injected:
            return module
        about = {"cell": request.number, "cell_id": request.cell_id}
        body = list(module.body)
        module.body = []
        for at, statement in enumerate(body):
            number = len(self._steps)
            line = {"line": statement.lineno, "source": ast.unparse(statement)[:400]}
            self._steps.append(({**about, **line}, tuple(_touched(statement))))
            if at == len(body) - 1 and isinstance(statement, ast.Expr):
                statement.value = _call(number, statement, statement.value)
                module.body.append(statement)
            elif isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                module.body.append(statement)
            else:
                note = ast.copy_location(ast.Expr(_call(number, statement)), statement)
                module.body += [statement, ast.fix_missing_locations(note)]
        self._chance = _states()
        self._drawn = len(DRAWS)
        return module

    def note(self, number: int, value: Any = None) -> Any:
        """A statement is done: note what it touched, and whether it drew from chance."""
        about, names = self._steps[number]
        try:
            values = {name: _plain(found) for name, found in self._values(names).items()}
            record = {**about, "values": values, "drew": self._draws()}
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        except Exception as fault:  # noqa: BLE001
            # Any object may refuse to be looked at; the notebook goes on as ever.
            self._drawn = len(DRAWS)
            about.setdefault("remark", repr(fault))
        return value

    def _values(self, names: tuple[str, ...]) -> dict[str, Any]:
        namespace = self._shell.user_ns
        found: dict[str, Any] = dict(values_of(names, namespace, _LIMIT))
        for name in names:
            if name in namespace and name not in found and not name.startswith("_"):
                digest = _object_digest(namespace[name])
                if digest:
                    kind = type(namespace[name]).__name__
                    found[name] = {"kind": "object", "text": kind, "digest": digest}
        return found

    def _draws(self) -> list[str]:
        states = _states()
        drew = [name for name, state in states.items() if state != self._chance.get(name)]
        drew += dict.fromkeys(DRAWS[self._drawn :])
        self._chance, self._drawn = states, len(DRAWS)
        return drew


def keep_trail(shell: Any, file: Path) -> None:
    """Note the steps of every cell that a replay runs in `file` from now on."""
    trail = Trail(shell, file)
    setattr(builtins, NAME, trail.note)
    shell.ast_transformers.append(trail)


def _call(number: int, near: ast.stmt, *values: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(NAME, ast.Load()), [ast.Constant(number), *values], [])
    return ast.fix_missing_locations(ast.copy_location(call, near))


def _touched(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement binds or may change, each once, in its order."""
    if isinstance(statement, _DEFINITIONS):
        return
    whole = isinstance(statement, _COMPOUND)
    seen: set[str] = set()
    for node in ast.walk(statement):
        name = _changed_by(node) if not whole else getattr(node, "id", None)
        if name and name not in seen:
            seen.add(name)
            yield name


def _changed_by(node: ast.AST) -> str | None:
    """The name that this node binds, stores into, or calls a method of."""
    if isinstance(node, ast.Name):
        return node.id if isinstance(node.ctx, ast.Store) else None
    stored = isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
    if not stored and not isinstance(node, ast.Call):
        return None
    inner: ast.AST = node.func if isinstance(node, ast.Call) else node
    if inner is node or isinstance(inner, ast.Attribute):
        while isinstance(inner, ast.Attribute | ast.Subscript):
            inner = inner.value
        return inner.id if isinstance(inner, ast.Name) else None
    return None


def _states() -> dict[str, str]:
    """What the global generators stand at."""
    found = {"random": str(hash(random.getstate()))}
    numpy = sys.modules.get("numpy.random")
    if numpy is not None and hasattr(numpy, "get_state"):
        state = numpy.get_state(legacy=False)["state"]
        found["numpy.random"] = f"{state['pos']} {hash(state['key'].tobytes())}"
    return found


def _plain(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


def _object_digest(value: Any) -> str:
    """A digest of an estimator or a container of values, without how long it took; "" if none."""
    joblib = sys.modules.get("joblib")
    known = isinstance(value, _CONTAINERS) or hasattr(value, "get_params") or _is_table(value)
    if joblib is None or not known or isinstance(value, type):
        return ""
    return str(joblib.hash(_timeless(value)))[:16]


def _is_table(value: Any) -> bool:
    module = type(value).__module__.partition(".")[0]
    return module in ("pandas", "scipy") and hasattr(value, "dtype")


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if "time" not in str(key)}
    if hasattr(value, "get_params") and hasattr(value, "__dict__"):
        return [type(value).__name__, _timeless(vars(value))]
    return value
