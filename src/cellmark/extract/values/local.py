"""Local modules: Python files of the author's that no package index has, carried into the bundle.

They move to `scoring/local/`, and their imports of each other with them. What they do is not
traced; the proof shows whether it is right for single rows.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlparse

from cellmark.store.redaction import secret_values
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.own_code import LOCAL, PACKAGE

from ..text.spans import Edit, apply_edits, lines_of

__all__ = [
    "FOLDER",
    "NOTEBOOK",
    "carried",
    "imported_modules",
    "is_local",
    "is_own",
    "relocated",
]

NOTEBOOK = "__main__"
FOLDER = LOCAL.replace(".", "/")
# A module of code is far smaller; data don't belong in one.
_LARGEST = 1_000_000


class _Module(NamedTuple):
    """A local module by its dotted name; `file` is None for a folder without `__init__.py`."""

    name: str
    file: Path | None
    is_package: bool

    @property
    def path(self) -> str:
        """Its place in the bundle."""
        stem = f"{FOLDER}/{self.name.replace('.', '/')}"
        return f"{stem}/__init__.py" if self.is_package else f"{stem}.py"


def is_own(kind: object) -> bool:
    """Whether a class or function is the author's, from the notebook or from a local module."""
    module = getattr(kind, "__module__", None)
    if not isinstance(module, str):
        return False
    return module == NOTEBOOK or module.startswith(f"{PACKAGE}.") or is_local(module)


def is_local(name: str) -> bool:
    """Whether a module, by its dotted name, is a file of the author's and of no installed package.

    An editable install counts as installed, but for what lies beside the notebook itself.
    """
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top not in sys.modules:
        return False
    return _is_loaded_local(top)


@cache
def _is_loaded_local(top: str) -> bool:
    module = None if top in _distributed() else _module(top)
    if module is None:
        return False
    home = (module.file or _folder(top)).resolve()
    root = home.parent.parent if module.is_package and module.file else home.parent
    beside = root == Path.cwd().resolve()
    installed = any(home.is_relative_to(place) for place in _installed_places())
    return not installed and (
        beside or not any(home.is_relative_to(place) for place in _editable_projects())
    )


def imported_modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Dotted names of the modules that an import names, `from` those it may name included."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    home = node.module or ""
    return [home, *(f"{home}.{alias.name}" for alias in node.names)]


def relocated(node: ast.Import | ast.ImportFrom, base: str) -> list[str]:
    """An import of local modules as statements that find them under `base`, like `.local` or `..`.

    Names that are not local stay as they are.
    """
    if isinstance(node, ast.ImportFrom):
        if node.level or not is_local(node.module or ""):
            return [ast.unparse(node)]
        names = ast.unparse(ast.ImportFrom("", node.names, 1)).partition(" import ")[2]
        return [f"from {_under(base, node.module or '')} import {names}"]
    foreign = [alias for alias in node.names if not is_local(alias.name)]
    texts = [ast.unparse(ast.Import(foreign))] if foreign else []
    for alias in node.names:
        if alias not in foreign:
            texts += _relocated_name(alias, base)
    return texts


def _relocated_name(alias: ast.alias, base: str) -> list[str]:
    parent, _, last = alias.name.rpartition(".")
    renamed = f" as {alias.asname}" if alias.asname else ""
    if not parent:
        return [f"from {base} import {last}{renamed}"]
    if alias.asname:
        return [f"from {_under(base, parent)} import {last}{renamed}"]
    # `import a.b` binds `a`, and makes `a.b` be there.
    top = alias.name.partition(".")[0]
    return [f"from {base} import {top}", f"from {_under(base, parent)} import {last} as _{last}"]


def _under(base: str, name: str) -> str:
    return f"{base}{name}" if base.endswith(".") else f"{base}.{name}"


def carried(names: Iterable[str]) -> dict[str, str]:
    """Bundle path -> text of local modules, by dotted name, and of the local ones they import.

    Raises: CellmarkError for one that is compiled, very large, or holds a secret.
    """
    modules: dict[str, _Module] = {}
    left = [part for name in names for part in _with_parents(name)]
    while left:
        name = left.pop()
        module = None if name in modules else _module(name)
        if module is None:
            continue
        modules[name] = module
        left += [part for each in _imported(module) for part in _with_parents(each)]
    if not modules:
        return {}
    texts = {module.path: _moved(module) for module in modules.values()}
    return {f"{FOLDER}/__init__.py": '"""The notebook\'s own modules, as they were."""\n', **texts}


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _module(name: str) -> _Module | None:
    """The module of that name, if there is one."""
    try:
        loaded = sys.modules.get(name)
        spec = getattr(loaded, "__spec__", None) or importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or (spec.origin is None and spec.submodule_search_locations is None):
        return None
    is_package = spec.submodule_search_locations is not None
    has_file = spec.origin is not None and spec.origin not in {"namespace", "built-in", "frozen"}
    return _Module(name, Path(spec.origin or "") if has_file else None, is_package)


def _folder(package: str) -> Path:
    return Path(next(iter(sys.modules[package].__path__)))


def _imported(module: _Module) -> Iterator[str]:
    """Dotted names of local modules that a local module imports, anywhere in its text."""
    package = module.name if module.is_package else module.name.rpartition(".")[0]
    for node in ast.walk(ast.parse(_text(module))):
        if isinstance(node, ast.ImportFrom):
            node = ast.ImportFrom(_absolute(node, package), node.names, 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (name for name in imported_modules(node) if is_local(name))


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, node.module] if node.module else above)


def _moved(module: _Module) -> str:
    """A module's text with its imports of local modules made relative."""
    text = _text(module)
    depth = module.name.count(".") + module.is_package
    edits = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            moved = relocated(node, "." * (depth + 1))
            if moved != [ast.unparse(node)]:
                start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
                edits.append(Edit(start, end, "; ".join(moved)))  # type: ignore[arg-type]
    return apply_edits(text, edits, 1, len(lines_of(text))) if edits else text


def _text(module: _Module) -> str:
    if module.file is None:
        return ""
    where = f"local module {module.name!r} ({module.file.name})"
    if module.file.suffix != ".py":
        fix = "Install it as a package from an index."
        raise CellmarkError(where, "compiled code", "Python source that can be carried along", fix)
    if module.file.stat().st_size > _LARGEST:
        fix = "Keep data in a file that the data cell reads."
        raise CellmarkError(where, "more than a megabyte", "a module of code", fix)
    text = module.file.read_text(encoding="utf-8")
    if any(secret in text for secret in secret_values()):
        fix = "Read the secret from the environment where the data are read, not in this module."
        raise CellmarkError(where, "a secret in its text", "no secret in a bundle", fix)
    return text


@cache
def _distributed() -> frozenset[str]:
    return frozenset(metadata.packages_distributions())


@cache
def _installed_places() -> tuple[Path, ...]:
    names = ("purelib", "platlib", "stdlib", "platstdlib")
    return tuple(Path(sysconfig.get_path(name)).resolve() for name in names)


@cache
def _editable_projects() -> tuple[Path, ...]:
    found = []
    for distribution in metadata.distributions():
        written = json.loads(distribution.read_text("direct_url.json") or "{}")
        if written.get("dir_info", {}).get("editable"):
            found.append(Path(unquote(urlparse(written["url"]).path)).resolve())
    return tuple(found)
