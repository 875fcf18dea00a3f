"""Freshness: which cells used a value that the cell it came from has given anew since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cellmark.store.redaction import is_secret_name
from cellmark.store.spool import Record

from .names import CellNames

__all__ = ["Freshness"]

_FEEDING = {"parameters", "data", "preprocess"}


@dataclass(frozen=True)
class _Written:
    """A name as one execution of a cell left it. `content` tells of its value, where known."""

    cell: str
    execution: str
    feeds: bool
    content: tuple[str, Any] | None
    source: str


class Freshness:
    """Who wrote each name last, and what each cell found when it ran last."""

    def __init__(self) -> None:
        self._written: dict[str, _Written] = {}
        self._found: dict[str, tuple[str, dict[str, _Written]]] = {}
        # The names as the going Run's training had them, and its execution.
        self._trained: dict[str, _Written] = {}
        self._training = ""

    def ran(self, record: Record, names: CellNames, key: str) -> None:
        """A cell has run: what it read is as of now, what it assigned is its own."""
        read = names.reads & self._written.keys()
        self._found[key] = record["id"], {name: self._written[name] for name in read}
        feeds = bool(_FEEDING & set(record["roles"]))
        for name in names.assigned:
            content = _content(record, name)
            written = _Written(key, record["id"], feeds, content, record["source"])
            self._written[name] = written

    def train(self, record: Record) -> None:
        """A training has begun a Run."""
        self._trained, self._training = dict(self._written), record["id"]

    def stale(self, executions: Collection[str]) -> list[dict[str, Any]]:
        """What these executions used and the very cell that had given it has given anew since.

        What another cell makes of a value is no news: that is the next step of the notebook.
        """
        return [
            _told(name, execution, found, self._written[name])
            for execution, used in self._found.values()
            if execution in executions
            for name, found in sorted(used.items())
            if _differs(found, self._written[name])
        ]

    def changed_since_training(self, names: CellNames) -> list[dict[str, Any]]:
        """What an `evaluate` cell reads that is no longer what the Run was trained beside."""
        return [
            _told(name, self._training, self._trained[name], self._written[name])
            for name in sorted(names.reads & self._trained.keys())
            if self._written[name].feeds and _differs(self._trained[name], self._written[name])
        ]


def _told(name: str, used_by: str, found: _Written, now: _Written) -> dict[str, Any]:
    about = {"name": name, "used_by": used_by, "changed_by": now.execution}
    if is_secret_name(name):
        return about
    return {**about, "was": _shown(found.content), "now": _shown(now.content)}


def _differs(found: _Written, now: _Written) -> bool:
    if found.cell != now.cell or found.execution == now.execution:
        return False
    if found.content is not None and now.content is not None:
        return bool(found.content != now.content)
    return found.source != now.source


def _content(record: Record, name: str) -> tuple[str, Any] | None:
    """The value itself as `("is", value)`, or a digest of it."""
    if name in record.get("parameters", {}):
        return "is", record["parameters"][name]
    if name in record.get("data", {}):
        return "digest", record["data"][name]["digest"]
    value = record.get("values", {}).get(name)
    # A frame without a digest was too large to be looked at.
    if value is None or (value["kind"] in ("frame", "array") and not value.get("digest")):
        return None
    return "digest", (value["text"], value.get("digest"))


def _shown(content: tuple[str, Any] | None) -> Any:
    kind, value = content or ("", None)
    return value if kind == "is" else None
