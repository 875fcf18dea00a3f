"""The generated bundle, executed: loaded, asked, and proven by its own tests."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.build import Built
from cellmark.bundle.sign import sign
from cellmark.bundle.verify import verify
from cellmark.bundle.write import write
from cellmark_runtime import load
from cellmark_runtime.errors import BundleError
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import encode


def test_the_loaded_bundle_gives_the_fitted_models_answers(bundle: Path, built: Built) -> None:
    model = load(bundle)
    answer = model.answer(list(model.golden.rows))
    assert tuple(answer.predictions) == model.golden.predictions
    assert answer.probabilities == [list(row) for row in model.golden.probabilities or ()]
    assert model.digest == built.manifest.digest


@pytest.mark.parametrize("which", ["bundle", "regression"])
def test_its_own_tests_pass_and_leave_it_as_it_was(
    request: pytest.FixtureRequest, which: str
) -> None:
    bundle: Path = request.getfixturevalue(which)
    before = sorted(bundle.rglob("*"))
    report = verify(bundle, {})
    assert [(check.name, check.ok) for check in report.checks] == [
        ("manifest", True),
        ("signature", True),
        ("files", True),
        ("tests", True),
    ], report
    assert "passed" in report.checks[-1].detail
    assert sorted(bundle.rglob("*")) == before


def with_other_answers(built: Built, key: Ed25519PrivateKey) -> dict[str, bytes]:
    """The bundle's files, whole and signed, but its golden rows say what the model does not."""
    golden = msgspec.json.decode(built.files["tests/golden.json"], type=GoldenRows)
    wrong = tuple("no" if answer == "yes" else "yes" for answer in golden.predictions)
    content = msgspec.json.encode(msgspec.structs.replace(golden, predictions=wrong))
    digests = {**built.manifest.files, "tests/golden.json": hashlib.sha256(content).hexdigest()}
    manifest = encode(msgspec.structs.replace(built.manifest, files=digests))
    changed = {"tests/golden.json": content, "MANIFEST.json": manifest}
    return {**built.files, **changed, "MANIFEST.sig": sign(manifest, key)}


def test_its_own_tests_fail_where_the_model_answers_otherwise(built: Built, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    write(with_other_answers(built, key), tmp_path / "loans-3")
    report = verify(tmp_path / "loans-3", {})
    assert [(check.name, check.ok) for check in report.checks][-1] == ("tests", False)
    failed = report.checks[-1].detail
    for test in (
        "test_parity.py::test_all_rows_in_one_batch",
        "test_parity.py::test_one_row_at_a_time",
        "test_parity.py::test_rows_in_another_order",
        "test_parity.py::test_some_of_the_rows",
        "test_parity.py::test_in_a_fresh_process",
        "test_contract.py::test_it_is_live_and_ready",
    ):
        assert f"FAILED tests/{test}" in failed


@pytest.mark.slow
def test_its_own_tests_pass_in_an_environment_made_from_its_lock(bundle: Path) -> None:
    report = verify(bundle, {}, clean=True)
    assert report.ok, report
    assert [check.name for check in report.checks][-2:] == ["environment", "tests"]


@pytest.mark.parametrize("path", ["scoring/steps.py", "model/model.skops", "model/frozen.json"])
def test_one_changed_byte_is_refused_by_name(bundle: Path, tmp_path: Path, path: str) -> None:
    copy = tmp_path / "loans-3"
    shutil.copytree(bundle, copy)
    content = bytearray((copy / path).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / path).write_bytes(content)
    with pytest.raises(BundleError, match=path):
        load(copy)
