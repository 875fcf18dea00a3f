"""Readers: functions that open files in native code, where Python's own hooks hear nothing."""

from __future__ import annotations

import ast
import contextlib
import glob
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from .after_import import AfterImport
from .unseen import unseen

__all__ = ["hear_readers", "paths_in_sql"]

Given = Callable[[str, str], None]
# Module -> its functions, classes and methods whose first argument is a path, or several of them.
_READERS: dict[str, tuple[str, ...]] = {
    "pandas": ("read_parquet", "read_feather", "read_orc", "read_hdf", "HDFStore"),
    "polars": (
        *("read_csv", "read_parquet", "read_ipc", "read_ndjson", "read_json", "read_avro"),
        *("scan_csv", "scan_parquet", "scan_ipc", "scan_ndjson", "read_excel"),
    ),
    "pyarrow.parquet": ("read_table", "read_pandas", "ParquetFile", "ParquetDataset"),
    "pyarrow.dataset": ("dataset",),
    "pyarrow.csv": ("read_csv", "open_csv"),
    "pyarrow.json": ("read_json",),
    "pyarrow.feather": ("read_table", "read_feather"),
    "pyarrow.orc": ("read_table", "ORCFile"),
    "pyarrow": ("memory_map", "OSFile"),
    # Not those that take SQL: they look for frames among the names of who calls them.
    "duckdb": (
        *("read_csv", "from_csv_auto", "read_parquet", "from_parquet", "read_json", "connect"),
        *("DuckDBPyConnection.read_csv", "DuckDBPyConnection.read_parquet"),
    ),
    "h5py": ("File",),
    "tables": ("open_file",),
    "netCDF4": ("Dataset",),
    "cv2": ("imread",),
    "catboost": ("Pool",),
}
# Their names for that argument.
_NAMES = (
    *("path", "source", "filepath", "path_or_buf", "path_or_paths", "filename", "io", "data"),
    *("name", "where", "query", "input_file", "file_glob", "path_or_buffer", "database"),
)
# As a second argument, or by the name `mode`: the file is written.
_WRITING = re.compile(r"w|a|x|r\+")
_SQL = re.compile(r"\s*(select|from|with|create|copy|describe|summarize|insert|attach)\s", re.I)
# Of a statement, the words in quotes that may be files.
_QUOTED = re.compile(r"'([^']+)'")
_MOST = 20_000
_HEARD = "__cellmark_heard__"
_waiting: AfterImport | None = None


def hear_readers(given: Given) -> None:
    """Tell `given` each path that a reader gets, in modules that are loaded and will be."""
    global _waiting
    for name in _READERS:
        if name in sys.modules:
            _hear(sys.modules[name], given)
    if _waiting is None or _waiting not in sys.meta_path:
        later = [name for name in _READERS if name not in sys.modules]
        _waiting = AfterImport(later, lambda module: _hear(module, given))
        sys.meta_path.insert(0, _waiting)


def paths_in_sql(source: str) -> list[str]:
    """The files that a cell's text names in SQL, where duckdb is there to read them."""
    if "duckdb" not in sys.modules:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    statements = [text for text in texts if isinstance(text, str) and _SQL.match(text)]
    quoted = [name for text in statements for name in _QUOTED.findall(text)]
    return [path for name in quoted for path in _paths(name) if os.path.isfile(path)]  # noqa: PTH113


def _hear(module: ModuleType, given: Given) -> None:
    for name in _READERS[module.__name__]:
        owner, _, method = name.rpartition(".")
        home = getattr(module, owner, None) if owner else module
        reader = getattr(home, method, None)
        told = f"{module.__name__}.{name}"
        if isinstance(reader, type):
            _put(reader, "__init__", _heard(getattr(reader, "__init__"), told, given, 1))  # noqa: B009
        elif callable(reader):
            heard = _heard(reader, told, given, int(bool(owner)))
            # Also where it is defined: by that name pickle finds it, and holds it to be the same.
            defined = sys.modules.get(str(getattr(reader, "__module__", "")))
            if getattr(defined, method, None) is reader:
                _put(defined, method, heard)
            _put(home, method, heard)


def _put(home: Any, name: str, heard: Callable[..., Any]) -> None:
    if not hasattr(getattr(home, name), _HEARD):
        # A class of native code may take no new method.
        with contextlib.suppress(AttributeError, TypeError):
            setattr(home, name, heard)


def _heard(reader: Callable[..., Any], name: str, given: Given, at: int) -> Callable[..., Any]:
    def begun(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if not _writes(args[at + 1 : at + 2], kwargs):
            for path in _paths(_first(args[at : at + 1], kwargs)):
                given(path, name)

    heard = unseen(reader, begun)
    setattr(heard, _HEARD, True)
    return heard


def _first(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return args[0] if args else next((kwargs[name] for name in _NAMES if name in kwargs), None)


def _writes(second: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    mode = kwargs.get("mode", second[0] if second else "")
    return isinstance(mode, str) and _WRITING.match(mode) is not None and len(mode) <= 3


def _paths(given: Any) -> Iterator[str]:
    """The files that a reader's argument names: a path, a pattern, a folder, or several."""
    if isinstance(given, list | tuple):
        for each in given[:_MOST]:
            yield from _paths(each)
        return
    if not isinstance(given, str | bytes | os.PathLike):
        return
    text = os.fsdecode(given)
    if os.path.isdir(text):  # noqa: PTH112
        for folder, _, names in os.walk(text):
            yield from (os.path.join(folder, name) for name in sorted(names))  # noqa: PTH118
    elif "://" not in text:
        yield from (glob.glob(text, recursive=True)[:_MOST] if _is_pattern(text) else [text])  # noqa: PTH207


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[") and not os.path.exists(text)  # noqa: PTH110
