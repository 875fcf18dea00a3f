from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.build import build, text_files
from cellmark.bundle.sign import check_signature
from cellmark.bundle.wheel import Wheel
from cellmark.core.plan import BundlePlan
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.manifest import Manifest, encode

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
IN_ANOTHER_PROCESS = """
import hashlib, json, runpy, sys
from cellmark.bundle.build import text_files

plan = runpy.run_path(sys.argv[1])["example_plan"]()
print(json.dumps({p: hashlib.sha256(t.encode()).hexdigest() for p, t in text_files(plan).items()}))
"""


def test_the_manifest_lists_every_file_with_its_digest(
    plan: BundlePlan, model_files: dict[str, bytes], wheel: Wheel
) -> None:
    built = build(plan, model_files, wheel, KEY)
    assert built.files.keys() == {*built.manifest.files, "MANIFEST.json", "MANIFEST.sig"}
    for path, digest in built.manifest.files.items():
        assert hashlib.sha256(built.files[path]).hexdigest() == digest


def test_the_manifest_is_canonical_and_signed(
    plan: BundlePlan, model_files: dict[str, bytes], wheel: Wheel
) -> None:
    files = build(plan, model_files, wheel, KEY).files
    manifest = msgspec.json.decode(files["MANIFEST.json"], type=Manifest)
    assert encode(manifest) == files["MANIFEST.json"]
    check_signature(files["MANIFEST.json"], files["MANIFEST.sig"], {})


def test_the_same_plan_gives_the_same_bytes(
    plan: BundlePlan, model_files: dict[str, bytes], wheel: Wheel
) -> None:
    backwards = dict(reversed(model_files.items()))
    first, second = (build(plan, files, wheel, KEY) for files in (model_files, backwards))
    assert list(first.files.items()) == list(second.files.items())


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_gives_the_same_text(example: dict[str, object], seed: str) -> None:
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(example["__file__"])]
    variables = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin", "TZ": "Asia/Tokyo", "LANG": "C"}
    answer = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    here = text_files(example["example_plan"]())  # type: ignore[operator]
    assert json.loads(answer.stdout) == {
        path: hashlib.sha256(text.encode()).hexdigest() for path, text in here.items()
    }


@pytest.mark.parametrize("odd", ["model/model.skops", "model/extra.npz"])
def test_model_files_and_plan_have_to_agree(
    plan: BundlePlan, model_files: dict[str, bytes], wheel: Wheel, odd: str
) -> None:
    if model_files.pop(odd, None) is None:
        model_files[odd] = b""
    with pytest.raises(CellmarkError, match=f"{odd} on one side only"):
        build(plan, model_files, wheel, KEY)


def test_another_wheel_than_the_locks_is_refused(
    plan: BundlePlan, model_files: dict[str, bytes], wheel: Wheel
) -> None:
    with pytest.raises(CellmarkError, match="which the plan's lock does not name"):
        build(plan, model_files, Wheel(wheel.name, b"another"), KEY)


def test_steps_that_are_no_python_are_refused_by_file(
    changed: Callable[..., BundlePlan], tmp_path: Path
) -> None:
    with pytest.raises(CellmarkError, match=r"steps\.py"):
        text_files(changed(steps="def (:\n"))
