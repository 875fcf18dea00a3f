"""Which rules apply: named on the command line, in cellmark.toml, or by a tag of a cell."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec

from cellmark_runtime.errors import CellmarkError

from .table import RULES
from .tags import TAG

__all__ = ["FILE", "Choice", "find_settings", "matches", "settings_of", "tag_selectors"]

FILE = "cellmark.toml"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Selectors: a rule's id (`CM301`), the beginning of ids (`CM3`), or a rule's name.

    `select` empty means all; `files` maps patterns of paths, as seen from `folder`, to selectors
    that are left out there. `lock` is a file of pinned requirements.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    files: Mapping[str, tuple[str, ...]] = {}
    lock: Path | None = None
    folder: Path | None = None

    def overruled(self, select: Sequence[str], ignore: Sequence[str]) -> Choice:
        """With a command line's selectors: `select` instead of these, `ignore` besides these."""
        return msgspec.structs.replace(
            self, select=tuple(select) or self.select, ignore=(*self.ignore, *ignore)
        )

    def applies(self, rule: tuple[str, str], file: Path) -> bool:
        """Whether the rule (id, name) is looked for in `file`."""
        if self.select and not matches(rule, self.select):
            return False
        return not matches(rule, self.ignore) and not matches(rule, self._left_out(file))

    def _left_out(self, file: Path) -> list[str]:
        if self.folder is None or not self.files:
            return []
        path = file.absolute()
        within = path.is_relative_to(self.folder)
        seen = path.relative_to(self.folder).as_posix() if within else path.as_posix()
        named = (seen, path.name)
        return [
            selector
            for pattern, selectors in self.files.items()
            if any(fnmatch(name, pattern) for name in named)
            for selector in selectors
        ]


def matches(rule: tuple[str, str], selectors: Iterable[str]) -> bool:
    """Whether a rule (id, name) is meant by one of the selectors."""
    identity, name = rule
    return any(selector == name or identity.startswith(selector) for selector in selectors)


def tag_selectors() -> frozenset[str]:
    """The tags that silence something."""
    return frozenset(f"{TAG}{selector}" for selector in _known())


def check_selectors(selectors: Iterable[str], where: str) -> None:
    """Raises: CellmarkError for a selector that means no rule."""
    known = _known()
    for selector in selectors:
        if selector not in known:
            near = difflib.get_close_matches(selector, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "See docs/reference/rules.md."
            raise CellmarkError(
                where,
                f"no rule {selector!r}",
                "a rule's id (CM301), its beginning or its name",
                hint,
            )


def find_settings(start: Path) -> Path | None:
    """The nearest cellmark.toml at or above the folder `start`."""
    start = start.absolute()
    return next((each / FILE for each in (start, *start.parents) if (each / FILE).is_file()), None)


def settings_of(file: Path) -> Choice:
    """The `[check]` table of a cellmark.toml. Raises: CellmarkError for what is wrong in it."""
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise CellmarkError(str(file), f"not TOML: {fault}") from None
    return _choice(written.get("check", {}), file)


def _choice(table: Any, file: Path) -> Choice:
    where = f"{file}, [check]"
    if not isinstance(table, dict):
        raise CellmarkError(where, repr(table), "a table")
    for key in table:
        if key not in ("select", "ignore", "per-file-ignores", "lock"):
            raise CellmarkError(
                where, f"unknown key {key!r}", "one of select, ignore, per-file-ignores, lock"
            )
    files = table.get("per-file-ignores", {})
    if not isinstance(files, dict):
        raise CellmarkError(f"{where}, per-file-ignores", repr(files), "a table of lists of rules")
    lock = table.get("lock")
    return Choice(
        select=_selectors(table.get("select", []), f"{where}, select"),
        ignore=_selectors(table.get("ignore", []), f"{where}, ignore"),
        files={key: _selectors(each, f"{where}, {key}") for key, each in files.items()},
        lock=file.parent / str(lock) if lock is not None else None,
        folder=file.parent,
    )


def _selectors(written: Any, where: str) -> tuple[str, ...]:
    if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
        raise CellmarkError(where, repr(written), 'a list of rules, like ["CM301"]')
    check_selectors(written, where)
    return tuple(written)


def _known() -> frozenset[str]:
    found = set()
    for rule in RULES:
        found |= {rule.name, *(rule.id[:length] for length in range(2, len(rule.id) + 1))}
    return frozenset(found)
