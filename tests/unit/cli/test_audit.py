from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cellmark.cli.audit import audit
from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.errors import CellmarkError

WRITER = runpy.run_path(str(Path(__file__).parents[1] / "runtime" / "audit" / "conftest.py"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def ids(log: Path) -> list[str]:
    """Answers in a sealed log."""
    writer = AuditLog(AuditSettings(log))
    drafts = [WRITER["draft"]() for _ in range(4)]
    writer.append(drafts).result(10)
    writer.close()
    return [each.line.id for each in drafts]


def said(*command: object) -> tuple[int, str]:
    result = CliRunner().invoke(audit, [str(each) for each in command])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_people_read_who_answered_what_to_which_row(log: Path, ids: list[str]) -> None:
    code, text = said("find", ids[1], "--log", log)
    lines = text.splitlines()
    assert code == 0
    assert lines[0].startswith(f"{ids[1]}  answered 20")
    assert "by churn@3" in lines[0]
    assert '"prediction": "No"' in lines[1]
    assert lines[2] == '  input    {"age": 30.5, "plan": "pro"}'
    assert lines[-1].endswith("w001-00000001.jsonl, line 3; sealed")


def test_json_is_one_object(log: Path, ids: list[str], tmp_path: Path) -> None:
    asked: list[tuple[tuple[object, ...], set[str]]] = [
        (("find", "--where", "plan=pro"), {"log", "found"}),
        (("prove", ids[0], "-o", tmp_path / "proof"), {"id", "proof", "script", "key"}),
        (("verify",), {"ok", "records", "segments", "sealed", "keys", "findings", "notes"}),
        (("redact", ids[0], "--reason", "x"), {"log", "erased"}),
    ]
    for command, fields in asked:
        code, text = said(*command, "--log", log, "--json")
        assert (code, set(json.loads(text))) == (0, fields)


def test_a_third_party_checks_what_prove_hands_out(
    log: Path, ids: list[str], tmp_path: Path
) -> None:
    code, text = said("prove", ids[2], "--without-input", "--log", log, "-o", tmp_path / "proof")
    assert code == 0
    told = text.splitlines()[1].split()
    done = subprocess.run(
        [sys.executable, "-I", "-S", *told[1:]], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "PROVEN: line 4 of 6" in done.stdout
    assert "30.5" not in done.stdout


def test_a_fault_is_named_by_file_and_line_and_fails(log: Path, ids: list[str]) -> None:
    assert said("verify", "--log", log)[0] == 0
    (file,) = log.glob("*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"No"', b'"NO"', 1))
    code, text = said("verify", "--log", log)
    assert code == 1
    assert f"fault  {file}, line 2: the line was changed" in text
    assert "DOES NOT HOLD" in text


def test_an_erasure_is_told(log: Path, ids: list[str]) -> None:
    code, text = said("redact", ids[0], ids[1], "--column", "age", "--reason", "x", "--log", log)
    assert (code, text) == (0, f"{ids[0]}: erased age\n{ids[1]}: erased age\n")
    assert '  input    {"plan": "pro"}' in said("find", ids[0], "--log", log)[1]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("find",), "nothing to look for"),
        (("find", "--where", "plan"), "expected COLUMN=VALUE"),
        (("find", "nope"), "not in the log"),
        (("prove", "nope"), "not in the log"),
        (("redact", "nope", "--reason", "x"), "not in the log"),
        (("verify", "--key", "nope.pub"), "nope.pub"),
    ],
)
def test_what_is_wrong_is_said(
    log: Path, ids: list[str], command: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(CellmarkError, match=problem):
        said(*command, "--log", log)
