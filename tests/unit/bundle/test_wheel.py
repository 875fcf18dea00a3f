from __future__ import annotations

import base64
import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import cellmark_runtime
from cellmark.bundle.wheel import pack, runtime_wheel


def test_the_runtime_packs_to_the_same_bytes_each_time() -> None:
    first, second = runtime_wheel(), runtime_wheel()
    assert first == second
    assert first.name == f"cellmark_runtime-{cellmark_runtime.__version__}-py3-none-any.whl"


def test_the_record_lists_every_file_with_its_digest() -> None:
    archive = zipfile.ZipFile(io.BytesIO(runtime_wheel().content))
    (record,) = (name for name in archive.namelist() if name.endswith("/RECORD"))
    lines = list(csv.reader(archive.read(record).decode().splitlines()))
    assert [path for path, _, _ in lines] == [*sorted(set(archive.namelist()) - {record}), record]
    for path, digest, size in lines[:-1]:
        content = archive.read(path)
        encoded = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={encoded}", str(len(content)))


def test_compiled_files_stay_out() -> None:
    names = zipfile.ZipFile(io.BytesIO(runtime_wheel().content)).namelist()
    assert "cellmark_runtime/py.typed" in names
    assert not [name for name in names if "__pycache__" in name]


def test_members_are_in_order_whatever_order_they_came_in() -> None:
    files = {"p/b.py": b"b", "p/a.py": b"a"}
    backwards = dict(reversed(files.items()))
    assert pack("p", "1", "Name: p", files) == pack("p", "1", "Name: p", backwards)


def test_a_fresh_environment_installs_it_by_its_hash(tmp_path: Path) -> None:
    wheel = runtime_wheel()
    (tmp_path / wheel.name).write_bytes(wheel.content)
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"./{wheel.name} --hash=sha256:{wheel.digest}\n")
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    ask = "import cellmark_runtime as r; print(r.__version__, r.__file__)"
    for command in (
        [sys.executable, "-m", "venv", tmp_path / "venv"],
        [*install, "--require-hashes", "-r", lock],
    ):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    answer = subprocess.run([python, "-I", "-c", ask], check=True, capture_output=True, text=True)
    version, file = answer.stdout.split()
    assert version == cellmark_runtime.__version__
    assert Path(file).is_relative_to(tmp_path)
