from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from cellmark.bundle.sign import key_id, sign
from cellmark.bundle.verify import CheckResult, verify
from cellmark_runtime.errors import CellmarkError

MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))
mini_bundle = MINI["mini_bundle"]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    made: Path = mini_bundle(tmp_path / "mini-1")
    return made


def flip(path: str) -> Callable[[Path], None]:
    def change(bundle: Path) -> None:
        content = bytearray((bundle / path).read_bytes())
        content[len(content) // 2] ^= 1
        (bundle / path).write_bytes(content)

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda bundle: (bundle / path).unlink()


def add(path: str) -> Callable[[Path], None]:
    return lambda bundle: (bundle / path).write_text("import os\n") and None


def link(path: str) -> Callable[[Path], None]:
    def replace(bundle: Path) -> None:
        (bundle / path).rename(bundle.parent / "elsewhere")
        (bundle / path).symlink_to(bundle.parent / "elsewhere")

    return replace


def rename_model(bundle: Path) -> None:
    content = (bundle / "MANIFEST.json").read_bytes()
    (bundle / "MANIFEST.json").write_bytes(content.replace(b'"mini"', b'"maxi"'))


def swap_signature(bundle: Path) -> None:
    (bundle / "MANIFEST.sig").write_bytes(sign(b"another manifest", MINI["KEY"]))


def test_a_whole_bundle_passes_every_check(bundle: Path) -> None:
    heard: list[CheckResult] = []
    report = verify(bundle, {}, on_check=heard.append)
    assert report.ok
    assert [check.name for check in report.checks] == ["manifest", "signature", "files", "tests"]
    assert tuple(heard) == report.checks
    assert all(check.seconds >= 0 for check in report.checks)


def test_nothing_is_written_into_the_bundle(bundle: Path) -> None:
    before = sorted(bundle.rglob("*"))
    verify(bundle, {})
    assert sorted(bundle.rglob("*")) == before


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({key_id(MINI["KEY"]): "team"}, "signed by 'team', a key known here"),
        ({}, "signed by a key that is not known here"),
    ],
)
def test_the_signer_is_named(bundle: Path, known: dict[str, str], said: str) -> None:
    signature = verify(bundle, known).checks[1]
    assert said in signature.detail
    assert key_id(MINI["KEY"]) in signature.detail


@pytest.mark.parametrize(
    ("tamper", "check", "named"),
    [
        (flip("model/frozen.json"), "files", "model/frozen.json"),
        (flip("tests/test_one.py"), "files", "tests/test_one.py"),
        (flip("requirements.lock"), "files", "requirements.lock"),
        (remove("model/frozen.json"), "files", "model/frozen.json: no such file"),
        (add("model/more.skops"), "files", "model/more.skops"),
        (add("conftest.py"), "files", "conftest.py"),
        (link("model/frozen.json"), "files", "model/frozen.json: a link"),
        (rename_model, "signature", "over another MANIFEST.json"),
        (flip("MANIFEST.json"), "manifest", "MANIFEST.json"),
        (add("MANIFEST.json"), "manifest", "MANIFEST.json"),
        (flip("MANIFEST.sig"), "signature", "MANIFEST.sig"),
        (remove("MANIFEST.sig"), "signature", "MANIFEST.sig: no such file"),
        (swap_signature, "signature", "over another MANIFEST.json"),
    ],
)
def test_tampering_is_found_and_what_follows_is_not_run(
    tmp_path: Path, tamper: Callable[[Path], None], check: str, named: str
) -> None:
    bundle = mini_bundle(tmp_path / "mini-1", lock="# locked\n")
    tamper(bundle)
    report = verify(bundle, {})
    assert not report.ok
    last = report.checks[-1]
    assert (last.name, last.ok) == (check, False)
    assert named in last.detail


def test_what_tools_leave_behind_is_no_tampering(bundle: Path) -> None:
    for place in (".venv", "tests/__pycache__", ".pytest_cache"):
        (bundle / place).mkdir()
        (bundle / place / "left").write_text("behind")
    assert verify(bundle, {}).ok


@pytest.mark.parametrize(
    ("tests", "named"),
    [
        ("def test_two():\n    assert [2] == [3]\n", "FAILED tests/test_one.py::test_two"),
        ("import nowhere_to_be_found\n", "ERROR tests/test_one.py"),
        ("", "no tests ran"),
    ],
)
def test_a_test_that_fails_is_named(tmp_path: Path, tests: str, named: str) -> None:
    report = verify(mini_bundle(tmp_path / "mini-1", tests=tests), {})
    assert not report.ok
    assert named in report.checks[-1].detail


@pytest.mark.parametrize(
    ("lock", "python", "said"),
    [
        ("msgspec==0.22.0\n", "3.11", "hash"),
        ("", "3.1", "3.1"),
    ],
)
def test_an_environment_that_can_not_be_made_is_a_failed_check(
    tmp_path: Path, lock: str, python: str, said: str
) -> None:
    report = verify(mini_bundle(tmp_path / "mini-1", lock=lock, python=python), {}, clean=True)
    assert [check.name for check in report.checks][-1] == "environment"
    assert not report.ok
    assert said in report.checks[-1].detail


@pytest.mark.parametrize("name", ["nowhere", "empty", "file"])
def test_what_is_no_bundle_is_bad_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(CellmarkError, match=f"{name}: no ") as refused:
        verify(tmp_path / name, {})
    assert refused.value.exit_code == 2
