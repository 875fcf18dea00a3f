"""Variables: all of a notebook's at once, kept and loaded so that none is left behind."""

from __future__ import annotations

import importlib
import pickle
import random
import re
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import ModuleType
from typing import Any

from cellmark.core.checkpoint import Checkpoint
from cellmark.store.checkpoints import load_object, put_object

from .chance import SOURCES

__all__ = ["load", "save"]

# Larger parts of arrays lie by themselves: what cells leave as it was is kept once.
_LARGE = 1_000_000
_MOST = 2_000_000_000
# IPython's own: the history, and what it puts into each notebook.
_HISTORY = re.compile(r"_(i?\d*|i+|ih|oh|dh|_+)")
_GIVEN = {"In", "Out", "get_ipython", "exit", "quit", "open"}
_PYTHON = re.compile(r"__\w+__")


def save(store: Path, namespace: Mapping[str, Any]) -> tuple[str, tuple[str, ...], int]:
    """Keep all variables: the object that holds them, those of large arrays, bytes of all.

    All are written as one, so that what two names share they share again.
    Raises: ValueError naming one that can't be kept.
    """
    own = _own(namespace)
    modules = {n: v.__name__ for n, v in own.items() if isinstance(v, ModuleType)}
    values = {name: value for name, value in own.items() if name not in modules}
    parts: list[pickle.PickleBuffer] = []

    def apart(part: pickle.PickleBuffer) -> bool:
        large = part.raw().nbytes >= _LARGE
        if large:
            parts.append(part)
        return not large

    whole = {"values": values, "modules": modules, "chance": _chance()}
    try:
        content = pickle.dumps(whole, protocol=5, buffer_callback=apart)
    except Exception as fault:
        raise ValueError(_culprit(values) or repr(fault)) from fault
    size = len(content) + sum(part.raw().nbytes for part in parts)
    if size > _MOST:
        raise ValueError(f"{size / 1e9:.1f} GB, more than {_MOST / 1e9:.0f}")
    buffers = tuple(put_object(store, part.raw()) for part in parts)
    return put_object(store, content), buffers, size


def load(store: Path, checkpoint: Checkpoint, namespace: MutableMapping[str, Any]) -> None:
    """Give a notebook the variables of a checkpoint, and no others, and its generators' states.

    Raises: whatever loading raises; the namespace is then as it was.
    """
    content = load_object(store, checkpoint.content)
    buffers = [load_object(store, digest) for digest in checkpoint.buffers]
    # Signed by this store, and held against its digest: see store.checkpoints.
    whole = pickle.loads(content, buffers=buffers)  # noqa: S301
    modules = {name: importlib.import_module(path) for name, path in whole["modules"].items()}
    if len(whole["chance"]["sources"]) != len(SOURCES):
        raise ValueError("other libraries are loaded than when it was kept")
    for name in _own(namespace):
        del namespace[name]
    namespace.update(whole["values"])
    namespace.update(modules)
    _set_chance(whole["chance"])


def _own(namespace: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in namespace.items()
        if name not in _GIVEN and not _HISTORY.fullmatch(name) and not _PYTHON.fullmatch(name)
    }


def _culprit(values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        try:
            pickle.dumps(value, protocol=5)
        except Exception as fault:  # noqa: BLE001
            return f"`{name}` ({type(value).__name__}) can't be pickled: {fault}"
    return ""


def _chance() -> dict[str, Any]:
    numpy = sys.modules.get("numpy.random")
    return {
        "random": random.getstate(),
        "numpy": numpy.get_state() if numpy is not None else None,
        "sources": [source.getstate() for source in SOURCES],
    }


def _set_chance(states: Mapping[str, Any]) -> None:
    random.setstate(states["random"])
    if states["numpy"] is not None:
        importlib.import_module("numpy.random").set_state(states["numpy"])
    for source, state in zip(SOURCES, states["sources"], strict=True):
        source.setstate(state)
