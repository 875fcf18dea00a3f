from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from cellmark.bundle.lock import Compiler, Pin, add_wheel, compile_lock, pins_of
from cellmark.bundle.requirements import installed_pins
from cellmark.bundle.wheel import Wheel
from cellmark_runtime.errors import CellmarkError

PYTHON = platform.python_version()
LOCK = """\
anyio==4.0 \\
    --hash=sha256:bb \\
    --hash=sha256:aa
msgspec==0.22.0 \\
    --hash=sha256:cc
"""


def compile_small(cache: Path, compiler: Compiler | None = None) -> str:
    return compile_lock(["msgspec", "starlette"], installed_pins(), PYTHON, cache, compiler)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    def cut() -> None:
        # An index in a folder would still answer.
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
        monkeypatch.setenv("PIP_FIND_LINKS", "")
        monkeypatch.setenv("UV_OFFLINE", "1")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))

    return cut


def test_both_compilers_write_the_same_bytes(tmp_path: Path) -> None:
    with_uv = compile_small(tmp_path / "uv", "uv")
    with_pip_tools = compile_small(tmp_path / "pip-tools", "pip-tools")
    assert with_uv == with_pip_tools


def test_a_lock_pins_all_that_is_needed_at_the_versions_here(tmp_path: Path) -> None:
    lock = compile_small(tmp_path)
    pins = pins_of(lock)
    assert {"anyio", "idna", "msgspec", "starlette"} <= {pin.name for pin in pins}
    here = {pin.lower().replace("_", "-") for pin in installed_pins()}
    assert {f"{pin.name}=={pin.version}" for pin in pins} <= here
    assert all(pin.hashes for pin in pins)
    assert "//" not in lock
    assert "#" not in lock


def test_a_lock_compiled_before_needs_no_network(
    tmp_path: Path, offline: Callable[[], None]
) -> None:
    first = compile_small(tmp_path)
    offline()
    assert compile_small(tmp_path) == first


@pytest.mark.parametrize(
    ("requirements", "constraints"),
    [(["msgspec", "starlette"], ["msgspec==0.19.0"]), (["msgspec"], [])],
)
def test_other_inputs_are_compiled_anew(
    tmp_path: Path,
    offline: Callable[[], None],
    requirements: list[str],
    constraints: list[str],
) -> None:
    compile_small(tmp_path)
    offline()
    with pytest.raises(CellmarkError, match=r"requirements\.lock"):
        compile_lock(requirements, constraints, PYTHON, tmp_path)


def test_no_network_is_told_from_no_such_version(
    tmp_path: Path, offline: Callable[[], None]
) -> None:
    offline()
    with pytest.raises(CellmarkError, match="Check the network") as refused:
        compile_lock(["msgspec"], [], PYTHON, tmp_path)
    assert "Traceback" not in str(refused.value)
    assert not list(tmp_path.glob("*.txt"))


@pytest.mark.parametrize("compiler", ["uv", "pip-tools"])
def test_what_nothing_satisfies_is_refused_in_the_resolvers_words(
    tmp_path: Path, compiler: Compiler
) -> None:
    with pytest.raises(CellmarkError, match=r"msgspec==99\.9") as refused:
        compile_lock(["msgspec==99.9"], [], PYTHON, tmp_path, compiler)
    assert len(str(refused.value).splitlines()) == 1


def test_uv_locks_for_the_kernels_python_and_not_its_own(tmp_path: Path) -> None:
    # pytest 8 needs exceptiongroup before Python 3.11 only.
    older, newer = (
        {
            pin.name
            for pin in pins_of(compile_lock(["pytest"], ["pytest<9"], python, tmp_path, "uv"))
        }
        for python in ("3.10.4", "3.12")
    )
    assert "exceptiongroup" in older - newer


def test_pip_tools_can_not_lock_for_another_python(tmp_path: Path) -> None:
    with pytest.raises(CellmarkError, match=r"Python 3\.99\.1 and .* Install uv"):
        compile_lock(["msgspec"], [], "3.99.1", tmp_path, "pip-tools")


def test_pins_are_read_back_with_the_wheel_last() -> None:
    wheel = Wheel("cellmark_runtime-0.1.0-py3-none-any.whl", b"wheel")
    assert pins_of(add_wheel(LOCK, wheel)) == (
        Pin("anyio", "4.0", ("aa", "bb")),
        Pin("msgspec", "0.22.0", ("cc",)),
        Pin("cellmark-runtime", "0.1.0", (wheel.digest,)),
    )
