"""Versions: which packages a notebook is checked for, from a lock or from what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.version import InvalidVersion, Version

from cellmark_runtime.errors import CellmarkError

__all__ = ["installed", "locked"]

_PIN = re.compile(r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*==\s*(?P<version>[^\s;\\#]+)")
_KNOWN = (
    "matplotlib",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "seaborn",
    "xgboost",
    "lightgbm",
)


@cache
def installed() -> dict[str, Version]:
    """The versions, in this environment, of the packages that rules know of."""
    return dict(_installed())


def _installed() -> Iterator[tuple[str, Version]]:
    for name in _KNOWN:
        try:
            yield name, Version(version(name))
        except (PackageNotFoundError, InvalidVersion):
            continue


def locked(file: Path) -> dict[str, Version]:
    """The pins in a file of requirements (`name==1.2`, with hashes or without).

    Raises: CellmarkError if there is no such file, or no pin in it.
    """
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        raise CellmarkError(
            str(file), "no file of requirements", "lines like pandas==3.0.1"
        ) from None
    found = {}
    for line in text.splitlines():
        if pin := _PIN.match(line):
            name = re.sub(r"[-_.]+", "-", pin["name"]).lower()
            found[name] = Version(pin["version"])
    if not found:
        raise CellmarkError(str(file), "holds no pinned package", "lines like pandas==3.0.1")
    return found
