"""The commit that a Run happened on: as it was when its cell began, not when the kernel did."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from cellmark.capture import checkout
from cellmark.capture.checkout import Checkout


@pytest.fixture(autouse=True)
def _no_settings_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ann@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "a.py").write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    return folder


def commit(folder: Path, text: str) -> str:
    (folder / "a.py").write_text(text)
    git(folder, "commit", "--quiet", "--all", "-m", text)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def never_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is asked only where its own files tell that something happened."""
    monkeypatch.setattr(checkout, "_PATIENCE", 1e9)


def seen(around: Checkout) -> dict[str, object] | None:
    around.look()
    return around.found()


@pytest.mark.usefixtures("never_old")
def test_a_commit_while_the_kernel_runs_is_the_next_runs(repository: Path) -> None:
    around = Checkout(repository / "deeper" / "still")
    (repository / "deeper" / "still").mkdir(parents=True)
    first = git(repository, "rev-parse", "HEAD")
    assert seen(around) == {"commit": first, "changed": False}
    second = commit(repository, "two")
    assert seen(around) == {"commit": second, "changed": False}
    git(repository, "pack-refs", "--all")
    third = commit(repository, "three")
    assert seen(around) == {"commit": third, "changed": False}
    git(repository, "checkout", "--quiet", first)
    assert seen(around) == {"commit": first, "changed": False}
    (repository / "a.py").write_text("four\n")
    git(repository, "add", "a.py")
    assert seen(around) == {"commit": first, "changed": True}
    git(repository, "reset", "--quiet", "--soft", third)
    assert seen(around)["commit"] == third


@pytest.mark.usefixtures("never_old")
def test_a_worktree_has_a_commit_of_its_own(repository: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "--quiet", "-b", "other", str(tree))
    around = Checkout(tree)
    first = seen(around)["commit"]
    commit(repository, "elsewhere")
    assert seen(around)["commit"] == first
    assert seen(around) == {"commit": first, "changed": False}
    second = commit(tree, "here")
    assert seen(around) == {"commit": second, "changed": False}


def test_an_edited_file_is_seen_once_the_last_answer_is_old(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = Checkout(repository)
    assert seen(around)["changed"] is False
    (repository / "a.py").write_text("edited\n")
    now = time.monotonic()
    monkeypatch.setattr(checkout.time, "monotonic", lambda: now + 3600)
    assert seen(around)["changed"] is True


@pytest.mark.usefixtures("never_old")
def test_git_is_not_asked_again_for_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = Checkout(repository)
    before = seen(around)
    monkeypatch.setattr(checkout, "_asked", lambda _folder: pytest.fail("asked"))
    assert seen(around) == before


def test_what_is_no_repository_has_no_commit(tmp_path: Path) -> None:
    around = Checkout(tmp_path)
    assert seen(around) is None
    git(tmp_path, "init", "--quiet")
    assert seen(around) is None
    (tmp_path / "a").touch()
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    assert seen(around)["commit"] == git(tmp_path, "rev-parse", "HEAD")


def test_a_git_file_that_is_no_text_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / ".git").write_bytes(b"\xff\xfe")
    assert Checkout(tmp_path).found() is None


def test_the_next_run_of_a_kernel_has_the_new_commit(notebook, repository, monkeypatch) -> None:
    folder = notebook.spool.folder.parent
    git(folder, "init", "--quiet")
    (folder / "a.py").write_text("one\n")
    git(folder, "add", "a.py")
    commits = []
    for text in ("two", "three"):
        commits.append(commit(folder, text))
        notebook.run("x = 1", "train", cell_id="train")
    assert [record["git"]["commit"] for record in notebook.records] == commits
