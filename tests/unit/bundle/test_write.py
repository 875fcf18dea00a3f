from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from cellmark.bundle.write import PARTIAL, write
from cellmark_runtime.errors import CellmarkError

FILES = {"MANIFEST.json": b"{}", "model/a.bin": b"\x00\x01", "scoring/steps.py": b"x = 1\n"}


class FailingFiles(Mapping[str, bytes]):
    """Files of which one can't be had: what a full disk or Ctrl-C looks like half-way through."""

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def __getitem__(self, path: str) -> bytes:
        if path == "scoring/steps.py":
            raise self.problem
        return FILES[path]

    def __iter__(self) -> Iterator[str]:
        return iter(FILES)

    def __len__(self) -> int:
        return len(FILES)


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_every_file_is_written_and_nothing_else(tmp_path: Path) -> None:
    write(FILES, tmp_path / "new" / "loans-1")
    assert contents(tmp_path) == {f"new/loans-1/{path}": FILES[path] for path in FILES}


def test_an_empty_folder_may_stand_there(tmp_path: Path) -> None:
    (tmp_path / "loans-1").mkdir()
    write(FILES, tmp_path / "loans-1")
    assert contents(tmp_path / "loans-1") == FILES


def test_the_identical_bundle_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "loans-1"
    write(FILES, folder)
    (folder / "scoring" / "__pycache__").mkdir()
    (folder / "scoring" / "__pycache__" / "steps.pyc").write_bytes(b"left by a test run")
    before = folder.stat().st_mtime_ns
    write(FILES, folder)
    assert folder.stat().st_mtime_ns == before


def one_byte_changed(folder: Path) -> None:
    write({**FILES, "model/a.bin": b"\x00\x02"}, folder)


def one_file_more(folder: Path) -> None:
    write({**FILES, "notes.txt": b""}, folder)


def something_else(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")


def a_file(folder: Path) -> None:
    folder.write_text("a file")


@pytest.mark.parametrize(
    ("before", "received"),
    [
        (one_byte_changed, "another bundle, or this one with its files changed"),
        (one_file_more, "another bundle, or this one with its files changed"),
        (something_else, "a folder that holds something else"),
        (a_file, "a file of that name"),
    ],
)
def test_anything_else_is_neither_mixed_with_nor_lost(
    tmp_path: Path, before: object, received: str
) -> None:
    before(tmp_path / "loans-1")  # type: ignore[operator]
    stood = contents(tmp_path)
    with pytest.raises(CellmarkError, match=f"loans-1: {received}"):
        write(FILES, tmp_path / "loans-1")
    assert contents(tmp_path) == stood


@pytest.mark.parametrize(
    "problem",
    [
        KeyboardInterrupt(),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EROFS, os.strerror(errno.EROFS)),
    ],
)
def test_a_failure_half_way_leaves_nothing(tmp_path: Path, problem: BaseException) -> None:
    with pytest.raises(type(problem)):
        write(FailingFiles(problem), tmp_path / "loans-1")
    assert list(tmp_path.iterdir()) == []


class RacingFiles(FailingFiles):
    """Files during whose writing another build puts its own folder into the same place."""

    def __init__(self, folder: Path, theirs: dict[str, bytes]) -> None:
        self.folder = folder
        self.theirs = theirs

    def __getitem__(self, path: str) -> bytes:
        if not self.folder.exists():
            write(self.theirs, self.folder)
        return FILES[path]


def test_two_builds_of_the_same_bundle_both_succeed(tmp_path: Path) -> None:
    folder = tmp_path / "loans-1"
    write(RacingFiles(folder, FILES), folder)
    assert contents(tmp_path) == {f"loans-1/{path}": FILES[path] for path in FILES}


def test_of_two_different_builds_the_later_is_refused(tmp_path: Path) -> None:
    folder, theirs = tmp_path / "loans-1", {"MANIFEST.json": b"theirs"}
    with pytest.raises(CellmarkError, match="another bundle"):
        write(RacingFiles(folder, theirs), folder)
    assert contents(tmp_path) == {"loans-1/MANIFEST.json": b"theirs"}


FULL = """
import resource, signal, sys
from pathlib import Path
from cellmark.bundle.write import write

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write({"a": b"fits", "b": b"x" * 5000}, Path(sys.argv[1]))
except OSError as problem:
    print(problem.filename or problem.strerror)
"""


def test_a_disk_that_takes_no_more_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / "loans-1")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "too large" in answer.stdout
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys
from pathlib import Path
from cellmark.bundle.write import write

class Slow(dict):
    def __getitem__(self, path):
        if path == "b":
            print("half-way", flush=True)
            sys.stdin.read()
        return b""

write(Slow(a=b"", b=b""), Path(sys.argv[1]))
"""


@pytest.fixture
def half_way(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that stands still while it writes a bundle beside ours."""
    command = [sys.executable, "-c", KILLED, str(tmp_path / "other-1")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        yield process
        process.kill()


def make_old(leftover: Path) -> None:
    an_hour_ago = time.time() - 3600
    os.utime(leftover, (an_hour_ago, an_hour_ago))


def test_what_a_killed_build_left_is_swept(tmp_path: Path, half_way: subprocess.Popen[str]) -> None:
    half_way.send_signal(signal.SIGKILL)
    half_way.wait()
    (leftover,) = tmp_path.iterdir()
    assert PARTIAL in leftover.name
    make_old(leftover)
    write(FILES, tmp_path / "loans-1")
    assert [entry.name for entry in tmp_path.iterdir()] == ["loans-1"]


def test_a_build_that_still_runs_is_left_alone(
    tmp_path: Path, half_way: subprocess.Popen[str]
) -> None:
    (running,) = tmp_path.iterdir()
    make_old(running)
    write(FILES, tmp_path / "loans-1")
    assert running.is_dir()
    half_way.communicate("go on")
    assert contents(tmp_path / "other-1") == {"a": b"", "b": b""}
