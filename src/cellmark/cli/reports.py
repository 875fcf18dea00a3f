"""Findings for other programs: annotations of a GitHub workflow, and SARIF 2.1.0."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cellmark import __version__
from cellmark.core.finding import Finding
from cellmark.notebook.plain import first_lines, read_plain
from cellmark.rules.table import RULES

if TYPE_CHECKING:
    from cellmark.actions.check import Checked

__all__ = ["github", "sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def github(checked: Checked) -> str:
    """One workflow command a finding; the line is that of the notebook's file.

    Source: GitHub, Workflow commands for GitHub Actions; the escapes are those of its toolkit.
    """
    return "".join(
        f"::{finding.severity} {_properties(finding, line)}::{_data(_said(finding))}\n"
        for finding, line in _in_file(checked.findings)
    )


def _properties(finding: Finding, line: int) -> str:
    named = {
        "file": PurePath(finding.file).as_posix(),
        "line": str(line),
        "title": f"{finding.rule} {finding.name}",
    }
    return ",".join(f"{key}={_property(value)}" for key, value in named.items())


def _said(finding: Finding) -> str:
    place = f"cell {finding.cell}, line {finding.line}"
    return f"{place}: {finding.message}\n{finding.source.strip()}\nfix: {finding.fix}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(checked: Checked) -> str:
    """A SARIF log of one run. Lines are those of the notebook's file; the cell and its lines are
    in `properties` and in the logical location.
    """
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, line) for finding, line in _in_file(checked.findings)],
        "invocations": [
            {
                "executionSuccessful": not checked.problems,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": problem.message}}
                    for problem in checked.problems
                ],
            }
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _driver() -> dict[str, Any]:
    return {
        "name": "cellmark",
        "version": __version__,
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "shortDescription": {"text": rule.summary},
                "defaultConfiguration": {"level": rule.severity},
            }
            for rule in RULES
        ],
    }


def _result(finding: Finding, line: int) -> dict[str, Any]:
    place = f"cell {finding.cell}, line {finding.line}"
    # The same while the line stays as it is, wherever its cell goes.
    identity = f"{finding.rule}\n{finding.file}\n{finding.source.strip()}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": [rule.id for rule in RULES].index(finding.rule),
        "level": finding.severity,
        "message": {"text": f"{place}: {finding.message}. {finding.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(PurePath(finding.file).as_posix())},
                    "region": {
                        "startLine": line,
                        "snippet": {"text": finding.source},
                    },
                },
                "logicalLocations": [{"name": f"cell {finding.cell}", "fullyQualifiedName": place}],
            }
        ],
        "partialFingerprints": {"line/v1": hashlib.sha256(identity.encode()).hexdigest()},
        "properties": {
            "cell": finding.cell,
            "cellId": finding.cell_id,
            "line": finding.line,
            "column": finding.column,
            "endLine": finding.end_line,
            "endColumn": finding.end_column,
        },
    }


def _in_file(findings: Iterable[Finding]) -> Iterable[tuple[Finding, int]]:
    """Each finding with its line in the notebook's file."""
    for file, group in groupby(findings, key=lambda each: each.file):
        starts = first_lines(read_plain(Path(file)))
        for finding in group:
            start = starts[finding.cell - 1]
            yield finding, start + finding.line - 1 if start > 1 else 1
