"""Check: what will hurt in notebooks, said from their text alone. Nothing is executed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from packaging.version import Version

from cellmark.core.finding import Finding
from cellmark.notebook.plain import PlainNotebook, plain_of, read_plain
from cellmark.rules.code import code_of
from cellmark.rules.look import look
from cellmark.rules.silence import Choice, check_selectors, find_settings, settings_of
from cellmark.rules.versions import installed, locked
from cellmark_runtime.errors import CellmarkError

__all__ = [
    "Checked",
    "CheckedNotebook",
    "CheckedOpen",
    "OpenNotebook",
    "check",
    "check_open",
]

_PYTHON = "python"
_LEFT_OUT = frozenset({".ipynb_checkpoints", ".git", ".venv", "node_modules", ".cellmark"})


class CheckedNotebook(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook that was read. `remark` says what could not be looked at in it, if anything."""

    file: str
    cells: int
    language: str
    remark: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A file that could not be read."""

    file: str
    message: str


class OpenNotebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A notebook as a front end has it, saved or not; null is the file."""

    content: dict[str, Any] | None = None


class CheckedOpen(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in an open notebook. `remark` says what could not be looked at in it."""

    findings: tuple[Finding, ...]
    remark: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """`findings` are in the order of the notebooks, and of the text in each.

    `versions` are the packages' that the notebooks were checked for; `problems` are files that
    could not be read.
    """

    findings: tuple[Finding, ...]
    notebooks: tuple[CheckedNotebook, ...]
    problems: tuple[Problem, ...]
    versions: dict[str, str]


def check(
    *notebooks: Path | str,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    lock: Path | str | None = None,
) -> Checked:
    """Look at notebooks, and at all notebooks in folders, each once.

    `select` and `ignore` are ids of rules, beginnings of ids, or names; they stand above and
    beside those of the nearest cellmark.toml. Package versions are those of `lock`, a file of
    pinned requirements, else those that are installed here.
    Raises: CellmarkError for what is wrong with the options or in a cellmark.toml.
    """
    check_selectors(select, "select")
    check_selectors(ignore, "ignore")
    findings: list[Finding] = []
    read: list[CheckedNotebook] = []
    problems: list[Problem] = []
    versions: dict[str, Version] = {}
    settings: dict[Path, Choice] = {}
    for path in _files(notebooks):
        choice = _settings(path, settings).overruled(select, ignore)
        own = _versions(lock if lock is not None else choice.lock)
        versions |= own
        try:
            plain = read_plain(path)
        except CellmarkError as problem:
            problems.append(Problem(file=str(path), message=str(problem)))
            continue
        read.append(_described(plain))
        findings += _found(plain, choice, own)
    return Checked(
        findings=tuple(findings),
        notebooks=tuple(read),
        problems=tuple(problems),
        versions={name: str(version) for name, version in sorted(versions.items())},
    )


def check_open(path: Path, content: dict[str, Any] | None = None) -> CheckedOpen:
    """Look at one notebook, at `content` (its JSON) if a front end has it otherwise than the file.

    Raises: CellmarkError for what is no notebook, or wrong in a cellmark.toml.
    """
    plain = read_plain(path) if content is None else plain_of(path, content)
    choice = _settings(path, {})
    findings = _found(plain, choice, _versions(choice.lock))
    return CheckedOpen(findings=findings, remark=_described(plain).remark)


def _found(
    plain: PlainNotebook, choice: Choice, versions: dict[str, Version]
) -> tuple[Finding, ...]:
    code = code_of(plain, str(plain.path))
    return look(code, versions, lambda rule: choice.applies(rule, plain.path))


def _files(given: Iterable[Path | str]) -> Iterator[Path]:
    """The notebooks that are named, and those in the folders that are; each once, as named."""
    seen: set[Path] = set()
    for each in map(Path, given):
        found = sorted(_within(each)) if each.is_dir() else [each]
        for path in found:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _within(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each not in _LEFT_OUT]
        yield from (Path(here) / file for file in files if file.endswith(".ipynb"))


def _settings(notebook: Path, known: dict[Path, Choice]) -> Choice:
    """Those of the nearest cellmark.toml at or above the notebook; each file is read once."""
    folder = notebook.absolute().parent
    if folder not in known:
        file = find_settings(folder)
        known[folder] = settings_of(file) if file else Choice()
    return known[folder]


def _versions(lock: Path | str | None) -> dict[str, Version]:
    return locked(Path(lock)) if lock is not None else installed()


def _described(plain: PlainNotebook) -> CheckedNotebook:
    remark = ""
    if not plain.cells:
        remark = "no code cells"
    elif not plain.language.startswith(_PYTHON):
        remark = f"a notebook in {plain.language}: only its tags, order and secrets are looked at"
    return CheckedNotebook(
        file=str(plain.path), cells=len(plain.cells), language=plain.language, remark=remark
    )
