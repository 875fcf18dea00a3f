"""From the notebook to the answering service, against what the notebook itself computed."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pandas as pd
import pytest

import cellmark as cellmark_package
from cellmark_runtime import load
from cellmark_runtime.errors import BundleError

from .conftest import Job, called, cellmark, lay_out

CSV = {"churn": "telco_churn.csv", "credit": "credit.csv"}
TARGET = {"churn": "churn", "credit": "Status"}
BUNDLE = [
    "README.md", "MANIFEST.json", "MANIFEST.sig", "pyproject.toml", "requirements.in",
    "requirements.lock", "scoring/__init__.py", "scoring/steps.py", "scoring/schema.py",
    "scoring/app.py", "model/frozen.json", "profile.json", "monitoring/rules.yaml",
    "monitoring/dashboard.json", "monitoring/runbook.md", "tests/test_parity.py",
    "tests/test_contract.py", "tests/golden.json", "deploy/Dockerfile", "deploy/compose.yaml",
    "deploy/kubernetes.yaml", "sbom.cdx.json",
]  # fmt: skip
ASKED = 25


def raw_rows(job: Job, count: int) -> tuple[list[dict[str, Any]], list[list[float]]]:
    """Raw rows as a client would read them from the table, and the notebook's own answers."""
    raw = pd.read_csv(job.folder / "data" / CSV[job.name]).drop(columns=TARGET[job.name])
    index = job.answers["index"][:count]
    rows = [
        {key: None if isinstance(value, float) and math.isnan(value) else value
         for key, value in row.items()}
        for row in raw.loc[index].to_dict(orient="records")
    ]  # fmt: skip
    return rows, job.answers["probabilities"][:count]


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 60
    while httpx.get(f"{url}/ready", timeout=60).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_bundle_holds_all_that_the_contract_names(job: Job) -> None:
    assert [name for name in BUNDLE if not (job.bundle / name).is_file()] == []


def test_package_says_what_it_built_and_on_what_ground(job: Job) -> None:
    said = job.packaged
    assert (said["name"], said["version"], len(said["digest"])) == (job.name, 1, 64)
    names = " ".join(check["name"] for check in said["proof"]["checks"])
    for way in ("one batch", "one row at a time", "permutation", "subset", "target absent"):
        assert way in names
    assert said["proof"]["max_abs_difference"] < 1e-12


def test_each_row_gets_the_notebooks_own_number(job: Job, served: str) -> None:
    wait_until_ready(served)
    rows, expected = raw_rows(job, ASKED)
    tolerance = json.loads((job.bundle / "tests" / "golden.json").read_text())["tolerance"]
    for row, known in zip(rows, expected, strict=True):
        reply = httpx.post(f"{served}/predict", json=row, timeout=60)
        assert reply.status_code == 200, reply.text
        got = list(reply.json()["predictions"][0]["probabilities"].values())
        assert got == pytest.approx(known, rel=0.0, abs=tolerance)


def test_the_bundle_verifies(job: Job) -> None:
    verified = called("verify", job.bundle, cwd=job.folder)
    assert verified.code == 0, verified.said
    assert [check["name"] for check in verified.said["checks"]][-1] == "tests"


def test_trees_answer_to_the_last_bit(job: Job) -> None:
    """The tolerance is for sums that BLAS makes in another order, never for the boosted trees."""
    golden = json.loads((job.bundle / "tests" / "golden.json").read_text())
    assert golden["tolerance"] == pytest.approx(0.0 if job.name == "churn" else 1e-12, abs=1e-13)


def test_a_bad_row_gets_every_fault_and_no_number(job: Job, served: str) -> None:
    wait_until_ready(served)
    (row, *_), _ = raw_rows(job, 1)
    text = next(key for key, value in row.items() if isinstance(value, str))
    number, dropped, *_ = (key for key, value in row.items() if isinstance(value, int))
    bad = {**row, text: "no such category", number: "seven"}
    del bad[dropped]
    reply = httpx.post(f"{served}/predict", json=bad, timeout=60)
    assert reply.status_code == 422
    faults = {fault["field"]: fault for fault in reply.json()["errors"]}
    assert set(faults) == {text, number, dropped}
    assert all(set(fault) >= {"row", "received", "expected", "fix"} for fault in faults.values())
    assert "predictions" not in reply.json()


def test_the_service_says_who_answers(job: Job, served: str) -> None:
    wait_until_ready(served)
    assert httpx.get(f"{served}/live", timeout=60).status_code == 200
    assert httpx.get(f"{served}/metadata", timeout=60).json()["digest"] == job.packaged["digest"]
    assert f'model="{job.name}"' in httpx.get(f"{served}/metrics", timeout=60).text


def test_the_lock_is_whole_and_names_no_address(job: Job) -> None:
    lock = (job.bundle / "requirements.lock").read_text()
    assert "://" not in lock
    entries = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert all("==" in entry or entry.startswith("./wheels/") for entry in entries)
    assert lock.count("--hash=sha256:") >= len(entries)
    for package in ("pandas", "scikit-learn", "numpy", "starlette", "pytest", "scipy"):
        assert f"\n{package}==" in f"\n{lock}"
    for stranger in ("jupyterlab", "matplotlib", "ipykernel", "papermill"):
        assert f"\n{stranger}==" not in f"\n{lock}"


def test_generated_code_passes_ruff_and_mypy_strict(job: Job) -> None:
    for tool in (["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"],
                 ["mypy", "--strict", "--cache-dir", str(job.folder / "mypy")]):  # fmt: skip
        command = [sys.executable, "-m", *tool, "scoring"]
        done = subprocess.run(command, cwd=job.bundle, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_run_is_recorded_and_can_be_found(job: Job) -> None:
    (run,) = cellmark("runs", cwd=job.folder).said["runs"]
    assert run["run"] == job.packaged["run"]
    assert run["metrics"]["auc"] == pytest.approx(0.84 if job.name == "churn" else 0.82, abs=0.01)
    manifest = json.loads((job.bundle / "MANIFEST.json").read_text())
    shown = cellmark("show", manifest["provenance"]["run"], cwd=job.folder)
    assert shown.code == 0
    assert job.packaged["run"] in json.dumps(shown.said)


def test_runs_are_a_table_in_python(job: Job) -> None:
    table = cellmark_package.runs(start=job.folder)
    assert table.loc[job.packaged["run"], "metric.auc"] > 0.8
    assert table["status"].tolist() == ["ok"] * len(table)


@pytest.mark.parametrize("flip", [0x01, 0xFF], ids=["a bit", "a byte"])
@pytest.mark.parametrize(
    "file",
    ["MANIFEST.json", "model/frozen.json", "scoring/steps.py", "requirements.lock"],
)
def test_one_changed_byte_is_refused_and_named(
    job: Job, tmp_path: Path, file: str, flip: int
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(job.bundle, copy)
    content = bytearray((copy / file).read_bytes())
    content[len(content) // 2] ^= flip
    (copy / file).write_bytes(bytes(content))
    verified = called("verify", copy, cwd=tmp_path)
    assert verified.code == 1
    # Which of the two was changed can't be told where the signature states another digest.
    named = "MANIFEST" if file.startswith("MANIFEST") else file
    failed = [check for check in verified.said["checks"] if not check["ok"]]
    assert [named in check["detail"] for check in failed] == [True]
    with pytest.raises(BundleError, match=re.escape(named)):
        load(copy)


@pytest.mark.slow
def test_packaging_again_gives_the_same_version_and_bytes(job: Job) -> None:
    again = cellmark("package", f"{job.name}.ipynb", "-o", "again", cwd=job.folder)
    assert again.code == 0, again.stderr
    assert (again.said["version"], again.said["digest"]) == (1, job.packaged["digest"])
    for path in sorted(job.bundle.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            twin = job.folder / "again" / path.relative_to(job.bundle)
            assert twin.read_bytes() == path.read_bytes(), path


@pytest.mark.slow
def test_a_run_can_be_packaged_with_its_own_parameters(tmp_path: Path) -> None:
    lay_out("churn", tmp_path)
    ran = cellmark("run", "churn.ipynb", "-p", "n_estimators", "20", cwd=tmp_path)
    assert ran.code == 0, ran.stderr
    (run,) = ran.said["runs"]
    done = cellmark("package", run["run"], "--name", "small", "-o", "small-1", cwd=tmp_path)
    assert done.code == 0, done.stderr
    manifest = json.loads((tmp_path / "small-1" / "MANIFEST.json").read_text())
    assert manifest["provenance"]["parameters"]["n_estimators"] == 20
    assert (
        manifest["provenance"]["run"] == cellmark("show", run["run"], cwd=tmp_path).said["identity"]
    )
    steps = (tmp_path / "small-1" / "scoring" / "steps.py").read_text()
    assert '"""Cell 6 of churn.ipynb, tagged preprocess."""' in steps
    runs = cellmark("runs", cwd=tmp_path).said["runs"]
    assert {each["experiment"] for each in runs} == {"churn.ipynb"}


SECRET = """
api_key = "sk-abcdefghijklmnopqrstuvwxyz012345"
depth = 2
"""


def test_a_secret_of_the_notebook_is_not_in_its_bundle(tmp_path: Path) -> None:
    data = "import pandas as pd\ndf = pd.DataFrame({'a': range(40), 'b': [0, 1] * 20})"
    train = "from sklearn.tree import DecisionTreeClassifier as Tree\n"
    train += "model = Tree(max_depth=depth, random_state=0).fit(df[['a']], df['b'])"
    cells = [("parameters", SECRET), ("data", data), ("train", train)]
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text, metadata={"tags": [tag]}) for tag, text in cells]
    )
    nbformat.write(content, tmp_path / "secret.ipynb")
    done = cellmark("package", "secret.ipynb", "-o", "bundle", cwd=tmp_path)
    assert done.code == 0, done.stderr
    told = [path for path in (tmp_path / "bundle").rglob("*")
            if path.is_file() and b"sk-abcdef" in path.read_bytes()]  # fmt: skip
    assert told == []


@pytest.mark.slow
def test_a_run_whose_code_held_a_secret_is_not_packaged_from_the_store(tmp_path: Path) -> None:
    lay_out("churn", tmp_path)
    notebook = nbformat.read(tmp_path / "churn.ipynb", as_version=4)
    notebook.cells.insert(1, nbformat.v4.new_code_cell("password = 'Tr0ub4dor'", id="secret"))
    nbformat.write(notebook, tmp_path / "churn.ipynb")
    ran = cellmark("run", "churn.ipynb", cwd=tmp_path)
    done = called("package", ran.said["runs"][0]["run"], cwd=tmp_path)
    assert done.code == 2
    assert "secret" in done.said["error"]["message"]
    assert "cellmark package churn.ipynb" in done.said["error"]["fix"]


def test_a_place_that_is_taken_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    lay_out("churn", tmp_path)
    done = cellmark("package", "churn.ipynb", "-o", "data", cwd=tmp_path)
    assert done.code == 2
    assert "holds something else" in done.stderr
    assert cellmark("runs", cwd=tmp_path).said["runs"] == []
