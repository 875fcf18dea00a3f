"""Diagnosis: why a rerun stopped where the Run did not, in words, with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from cellmark.core.difference import Cause, CauseKind
from cellmark.core.run import Run
from cellmark.replay import Failure
from cellmark.replay.files import told
from cellmark.rules.removed import DISTRIBUTIONS

from .hidden_state import where_set
from .moved import file_of, moved_to

__all__ = ["diagnose"]


# Top-level module -> distribution, where the names differ and installing the module's name would
# bring another package, or none.
_DISTRIBUTIONS = {
    **DISTRIBUTIONS,
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}
_COPY = re.compile(r"^.*/cellmark-rerun-\w+(?=/)")


class _Case(NamedTuple):
    """`find` gives the kind, what happened and what to do, or None where it is another case."""

    pattern: re.Pattern[str]
    find: Callable[[re.Match[str], Failure, Run | None, Any], tuple[CauseKind, str, str]]


def diagnose(
    failure: Failure, run: Run | None, notebook: Any, project: Path | None = None
) -> Cause:
    """The cause behind a failure; the error itself where no case fits.

    In the folder `project` a file that the Run read and that is gone is looked for.
    """
    for case in _CASES:
        match = case.pattern.search(failure.error)
        if match:
            kind, summary, fix = case.find(match, failure, run, notebook)
            if kind in ("missing file", "absolute path") and project is not None:
                summary, fix = _with_place(match["path"], summary, fix, run, project)
            return _cause(kind, summary, fix, failure, notebook)
    fix = "Mend the cell, or run the Run's own code." if run else "Mend the cell."
    return _cause("unknown", failure.error, fix, failure, notebook)


def _cause(kind: CauseKind, summary: str, fix: str, failure: Failure, notebook: Any) -> Cause:
    return Cause(
        kind=kind,
        summary=summary,
        evidence=f"the rerun stopped with {failure.error}",
        fix=fix,
        cell=failure.cell,
        line=failure.line,
        source=_line(notebook, failure),
    )


def _line(notebook: Any, failure: Failure) -> str:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not failure.cell or not failure.line or failure.cell > len(code):
        return ""
    lines = code[failure.cell - 1].source.splitlines()
    return str(lines[failure.line - 1]).strip() if failure.line <= len(lines) else ""


def _file(
    match: re.Match[str], _failure: Failure, _run: Run | None, _notebook: Any
) -> tuple[CauseKind, str, str]:
    # A path that the notebook made of its own folder is one in the copy.
    path = _COPY.sub("", match["path"])
    if path == match["path"] and _is_absolute(path):
        return (
            "absolute path",
            f"the notebook reads {path}, a place that this machine does not have",
            f"Put the file into the project and read it by a relative path: {_last(path)!r}.",
        )
    return (
        "missing file",
        f"the notebook reads {path!r}, and no such file is in the project",
        "Put it back beside the notebook, from a backup, version control or where it came from.",
    )


def _with_place(
    given: str, summary: str, fix: str, run: Run | None, project: Path
) -> tuple[str, str]:
    """The same with what the Run read there, and where a file with that content is now."""
    file = file_of(run, _COPY.sub("", given), project)
    if file is None:
        return summary, fix
    summary = f"{summary}; the Run read {told(file)}"
    place = moved_to(file, project)
    if place is None:
        return summary, fix
    return f"{summary}, which is {place} now", f"Read it from there, or move {place} back."


def _folder(
    match: re.Match[str], _failure: Failure, _run: Run | None, _notebook: Any
) -> tuple[CauseKind, str, str]:
    path = _COPY.sub("", match["path"])
    return (
        "missing file",
        f"the notebook writes into the folder {path!r}, which is not in the project",
        f"Make it in the notebook: Path({path!r}).mkdir(parents=True, exist_ok=True).",
    )


def _is_absolute(path: str) -> bool:
    return PurePath(path).is_absolute() or bool(re.match(r"[A-Za-z]:[\\/]", path))


def _last(path: str) -> str:
    return re.split(r"[\\/]", path)[-1]


def _package(
    match: re.Match[str], _failure: Failure, run: Run | None, _notebook: Any
) -> tuple[CauseKind, str, str]:
    name = match["name"].partition(".")[0]
    package = _DISTRIBUTIONS.get(name, name)
    known = run.environment.packages if run and run.environment else {}
    version = known.get(package.lower().replace("_", "-"))
    wanted = f"{package}=={version}" if version else package
    had = f"; the Run had version {version}" if version else ""
    return (
        "missing package",
        f"the module {name!r} is not installed here{had}",
        f"pip install {wanted}{', or reproduce with --env locked.' if run else ''}",
    )


def _variable(
    match: re.Match[str], failure: Failure, run: Run | None, notebook: Any
) -> tuple[CauseKind, str, str]:
    name = match["name"]
    had = ": it was in the kernel's memory when the Run was made" if run else ""
    return (
        "deleted variable",
        f"no cell above sets {name!r}{had}",
        where_set(failure.error, failure.cell, notebook) or f"Set {name!r} in a cell above.",
    )


def _network(
    match: re.Match[str], _failure: Failure, _run: Run | None, _notebook: Any
) -> tuple[CauseKind, str, str]:
    return (
        "network",
        f"a preprocess or train cell asks {match['host']}, which reruns hold back",
        "Read it in a data cell, so that it has a fingerprint; or allow it with --network.",
    )


def _write(
    match: re.Match[str], _failure: Failure, _run: Run | None, _notebook: Any
) -> tuple[CauseKind, str, str]:
    return (
        "write",
        f"the notebook writes to {match['path']}, outside its project",
        "Write below the notebook's folder, by a relative path.",
    )


_CASES = (
    _Case(re.compile(r"^PermissionError: (?P<host>\S+): a rerun uses no network"), _network),
    _Case(re.compile(r"^PermissionError: (?P<path>.+) is outside the project: a rerun"), _write),
    _Case(re.compile(r"non-existent directory: '(?P<path>[^']+)'"), _folder),
    # Errors 2 and 20 are what a missing file gives; a full disk also names its file.
    _Case(
        re.compile(
            r"(FileNotFoundError|OSError(?!: \[Errno (?!(?:2|20)\]))|NotADirectoryError)"
            r".*?['\"](?P<path>[^'\"]+)['\"]"
        ),
        _file,
    ),
    _Case(re.compile(r"^FileNotFoundError: (?P<path>\S+) not found"), _file),
    _Case(re.compile(r"^ModuleNotFoundError: No module named '(?P<name>[\w.]+)'"), _package),
    _Case(re.compile(r"^NameError: name '(?P<name>\w+)' is not defined"), _variable),
)
