"""Frozen values to files and back: JSON first, arrays and tables without pickle, skops, joblib."""

from __future__ import annotations

import io
import json
import math
import pickle
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from ..errors import BundleError, CellmarkError
from ..types.manifest import Persisted
from .beside import STRUCTURE, packed, unpacked
from .own_code import own_types
from .values import Json, NotEncodable, decode_value, encode_value

__all__ = ["FROZEN", "decode_value", "dump", "encode_value", "load_frozen", "read_frozen"]

FROZEN = "model/frozen.json"
# Up to here an array is nicer to read in a review than to fetch from a binary file.
_SMALL = 1000
# Values of a table; below, JSON loads in a few milliseconds, and a reviewer can read it.
_LARGE = 10_000
_TABLES = frozenset({"pandas", "polars"})


def dump(name: str, value: object, folder: Path) -> Persisted:
    """Write one frozen value under the bundle `folder`, in the safest format that keeps it whole.

    A value with a JSON form joins `model/frozen.json`; others get a file of their own.
    Raises: CellmarkError if no format keeps the value.
    """
    (folder / "model").mkdir(parents=True, exist_ok=True)
    if _is_large_array(value):
        return _dump_npz(name, value, folder)
    if _is_large_table(value):
        try:
            return _dump_table(name, value, folder)
        except NotEncodable:
            return _dump_object(name, value, folder)
    try:
        encoded = encode_value(value)
        if encode_value(decode_value(encoded)) == encoded:
            return _dump_json(name, encoded, folder)
    except NotEncodable:
        pass
    return _dump_object(name, value, folder)


def load_frozen(
    folder: Path, persisted: Iterable[Persisted], trusted: Iterable[str] = ()
) -> dict[str, object]:
    """The frozen values of an unpacked bundle by name, exactly as they were dumped.

    Checks no digests: `cellmark_runtime.load` is the door for a bundle from elsewhere.
    Raises: BundleError if a file holds what may not be loaded.
    """
    return read_frozen(lambda file: (folder / file).read_bytes(), persisted, trusted)


def read_frozen(
    read: Callable[[str], bytes], persisted: Iterable[Persisted], trusted: Iterable[str] = ()
) -> dict[str, object]:
    """As `load_frozen`, from any source of bytes by file name."""
    inline: Mapping[str, Json] = {}
    values: dict[str, object] = {}
    for item in persisted:
        if item.format == "json":
            inline = inline or json.loads(read(item.file))
            values[item.name] = _decode_named(item, inline)
        else:
            values[item.name] = _load_file(item, read, trusted)
    return values


def _decode_named(item: Persisted, inline: Mapping[str, Json]) -> object:
    if item.name not in inline:
        raise BundleError(item.file, f"holds no value named {item.name!r}", "one for each name")
    return decode_value(inline[item.name])


def _load_file(item: Persisted, read: Callable[[str], bytes], trusted: Iterable[str]) -> object:
    data = read(item.file)
    try:
        if item.format == "npz":
            return _load_npz(data)
        if item.format == "joblib":
            return _load_joblib(data)
        from .estimators import load_skops

        beside = {PurePosixPath(file).name: read(file) for file in item.boosters}
        return load_skops(data, {*trusted, *own_types(item.types)}, beside)
    except BundleError as problem:
        raise BundleError(item.file, problem.received, problem.expected, problem.fix) from problem


def _dump_json(name: str, encoded: Json, folder: Path) -> Persisted:
    path = folder / FROZEN
    known = json.loads(path.read_bytes()) if path.exists() else {}
    known[name] = encoded
    # Only the outer names are sorted: the order inside a frozen dict is part of its value.
    lines = (
        f"{json.dumps(key)}: {json.dumps(known[key], allow_nan=False)}" for key in sorted(known)
    )
    path.write_text("{\n  " + ",\n  ".join(lines) + "\n}\n", encoding="utf-8")
    return Persisted(name=name, format="json", file=FROZEN)


def _is_large_array(value: object) -> bool:
    if type(value).__module__ != "numpy" or type(value).__name__ != "ndarray":
        return False
    return value.dtype.kind in "biufcmMV" and value.size > _SMALL  # type: ignore[attr-defined]


def _is_large_table(value: object) -> bool:
    library, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if library not in _TABLES or kind not in ("DataFrame", "Series"):
        return False
    shape: tuple[int, ...] = value.shape  # type: ignore[attr-defined]
    return math.prod(shape) > _LARGE


def _dump_table(name: str, value: object, folder: Path) -> Persisted:
    file = f"model/{name}.npz"
    data = packed(lambda: encode_value(value))
    # As for JSON: what does not come back as it was is not kept so.
    if packed(lambda: encode_value(_load_npz(data))) != data:
        raise NotEncodable(name, "does not come back from arrays as it was")
    (folder / file).write_bytes(data)
    return Persisted(name=name, format="npz", file=file)


def _dump_npz(name: str, value: object, folder: Path) -> Persisted:
    import numpy as np

    file = f"model/{name}.npz"
    np.savez(folder / file, value=value)  # type: ignore[arg-type]
    return Persisted(name=name, format="npz", file=file)


def _load_npz(data: bytes) -> object:
    import numpy as np

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            return unpacked(archive, decode_value) if STRUCTURE in archive else archive["value"]
    except (ValueError, TypeError, LookupError, OSError, zipfile.BadZipFile) as problem:
        received = f"is damaged ({problem})"
        raise BundleError("arrays", received, "arrays as Cellmark writes them") from problem


def _dump_object(name: str, value: object, folder: Path) -> Persisted:
    from .estimators import dump_skops

    try:
        kept = dump_skops(value, name)
    except Exception as problem:  # noqa: BLE001 - what skops stumbles over joblib may still keep
        return _dump_joblib(name, value, folder, problem)
    files = {f"model/{name}.skops": kept.data}
    files |= {f"model/{file}": data for file, data in kept.boosters.items()}
    for file, data in files.items():
        (folder / file).write_bytes(data)
    skops, *boosters = files
    return Persisted(
        name=name, format="skops", file=skops, types=kept.types, boosters=tuple(boosters)
    )


def _dump_joblib(name: str, value: object, folder: Path, problem: Exception) -> Persisted:
    import joblib

    types = _pickled_types(name, value)
    file = f"model/{name}.joblib"
    joblib.dump(value, folder / file)
    said = problem.received if isinstance(problem, CellmarkError) else str(problem)
    return Persisted(name=name, format="joblib", file=file, types=types, reason=said)


def _load_joblib(data: bytes) -> object:
    import joblib

    return joblib.load(io.BytesIO(data))


def _pickled_types(name: str, value: object) -> tuple[str, ...]:
    """Every class and function that unpickling the value would import.

    Raises: CellmarkError if it can't be pickled, or only beside the notebook that defined it.
    """
    try:
        recorder = _GlobalsRecorder(io.BytesIO(pickle.dumps(value)))
        recorder.load()
    except Exception as problem:
        raise CellmarkError(
            f"frozen value {name!r}",
            f"no format keeps a {type(value).__name__} ({problem})",
            "a fitted estimator or plain data",
        ) from problem
    local = sorted(found for found in recorder.found if found.startswith("__main__."))
    if local:
        raise CellmarkError(
            f"frozen value {name!r}",
            f"refers to {', '.join(local)}, which only the notebook defines",
            "objects of installed packages",
            "Move the definition into a package, or use what scikit-learn offers.",
        )
    return tuple(sorted(recorder.found))


class _GlobalsRecorder(pickle.Unpickler):
    """Reads back bytes that this process has just written, noting each import they ask for."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.found: set[str] = set()

    def find_class(self, module: str, name: str) -> object:
        self.found.add(f"{module}.{name}")
        return super().find_class(module, name)
