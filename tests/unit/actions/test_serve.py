from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from cellmark.actions.serve import Difference, _environment, differences, serve
from cellmark_runtime.errors import BundleError, CellmarkError
from cellmark_runtime.service.settings import settings_from

INSTALLED = metadata.version("msgspec")


def forbidden(_: object) -> None:
    raise AssertionError("nothing may be served")


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        (f"msgspec=={INSTALLED} \\\n    --hash=sha256:00\n", ()),
        ("msgspec==0.0.1\n", (Difference("msgspec", "0.0.1", INSTALLED),)),
        ("no-such-package==1.0 \\\n", (Difference("no-such-package", "1.0", None),)),
        ("no-such-package==1.0 ; sys_platform == 'win32' \\\n", ()),
        ("./wheels/cellmark_runtime-0.1.0-py3-none-any.whl --hash=sha256:00\n# a==1\n", ()),
    ],
)
def test_differences_from_the_lock(
    tmp_path: Path, lock: str, expected: tuple[Difference, ...]
) -> None:
    (tmp_path / "requirements.lock").write_text(lock)
    assert differences(tmp_path) == expected


def test_no_lock_no_differences(tmp_path: Path) -> None:
    assert differences(tmp_path) == ()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("churn@3", "churn: not registered"),
        ("no/such/folder", "no/such/folder: no such folder; expected a bundle's folder"),
    ],
)
def test_what_is_no_folder_is_refused(target: str, said: str) -> None:
    with pytest.raises(CellmarkError, match=said):
        serve(target, host="127.0.0.1", port=0, warn=forbidden, announce=forbidden)


def test_a_folder_that_is_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELLMARK_TOKEN", raising=False)
    with pytest.raises(BundleError, match=r"MANIFEST\.json"):
        serve(str(tmp_path), host="127.0.0.1", port=0, warn=forbidden, announce=forbidden)


def test_a_lock_is_not_read_before_the_bundle_was_checked(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_bytes(b"\xff")
    with pytest.raises(BundleError, match=r"MANIFEST\.json"):
        serve(str(tmp_path), host="127.0.0.1", port=0, warn=forbidden, announce=forbidden)


def test_another_environment_is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("msgspec==0.0.1\n")
    assert [str(each) for each in differences(tmp_path)] == [
        f"msgspec {INSTALLED} (the lock has 0.0.1)"
    ]


@pytest.mark.parametrize(
    ("audit", "named", "store", "log"),
    [
        (True, None, True, ".cellmark/audit/churn"),
        (True, None, False, None),
        (True, "elsewhere", True, "elsewhere"),
        (False, "elsewhere", True, None),
        ("here", "elsewhere", True, "here"),
    ],
)
def test_where_answers_go_on_record(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    audit: str | bool,
    named: str | None,
    store: bool,
    log: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.delenv("CELLMARK_AUDIT", raising=False)
    if named:
        monkeypatch.setenv("CELLMARK_AUDIT", named)
    if store:
        (tmp_path / ".cellmark").mkdir()
    settings = settings_from(_environment("churn", audit))
    expected = log and (tmp_path / log if log.startswith(".") else Path(log))
    assert (settings.audit and settings.audit.folder) == expected


def test_a_store_that_can_not_be_written_keeps_no_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".cellmark").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.delenv("CELLMARK_MONITOR", raising=False)
    assert "CELLMARK_MONITOR" in _environment("churn", audit=False)
    # Root may write what its mode forbids: only the system knows of a read-only mount.
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "CELLMARK_MONITOR" not in _environment("churn", audit=False)
