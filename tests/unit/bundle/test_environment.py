from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import pytest

from cellmark.bundle.environment import Installer, failed_tests, make_environment
from cellmark.bundle.lock import compile_lock
from cellmark.bundle.requirements import installed_pins
from cellmark_runtime.errors import CheckFailed

PYTHON = platform.python_version()


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> str:
    cache = tmp_path_factory.mktemp("locks")
    return compile_lock(["iniconfig"], installed_pins(), PYTHON, cache)


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_environment_holds_what_the_lock_names(
    tmp_path: Path, lock: str, installer: Installer
) -> None:
    (tmp_path / "requirements.lock").write_text(lock)
    said = make_environment(tmp_path / "made", tmp_path, PYTHON, installer)
    assert said.endswith(f"made by {installer}")
    ask = "import iniconfig, sys; print(sys.prefix)"
    command = [str(tmp_path / "made" / "bin" / "python"), "-I", "-c", ask]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(tmp_path / "made")


def test_a_package_with_another_hash_is_refused(tmp_path: Path, lock: str) -> None:
    name = lock.split(" ")[0]
    (tmp_path / "requirements.lock").write_text(f"{name} --hash=sha256:{'0' * 64}\n")
    with pytest.raises(CheckFailed, match=r"(?is)hash"):
        make_environment(tmp_path / "made", tmp_path, PYTHON)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (".F\nFAILED tests/a.py::b - x\n1 failed", "FAILED tests/a.py::b - x"),
        ("ERROR tests/a.py\nFAILED tests/a.py::b", "ERROR tests/a.py; FAILED tests/a.py::b"),
        ("/bin/python: No module named pytest", "/bin/python: No module named pytest"),
        ("", ""),
    ],
)
def test_failed_tests_are_named_or_the_last_words_quoted(said: str, expected: str) -> None:
    assert failed_tests(said) == expected
