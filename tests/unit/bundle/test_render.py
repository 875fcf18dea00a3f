from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import yaml

from cellmark.bundle.render import render
from cellmark.core.plan import BundlePlan
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import Persisted
from cellmark_runtime.types.profile import ReferenceProfile

EXPECTED = {
    "README.md",
    "deploy/Dockerfile",
    "deploy/Dockerfile.dockerignore",
    "deploy/ci.yaml",
    "deploy/compose.yaml",
    "deploy/kserve.yaml",
    "deploy/kubernetes.yaml",
    "explanation.json",
    "monitoring/dashboard.json",
    "monitoring/rules.yaml",
    "monitoring/runbook.md",
    "notebook/loans.ipynb",
    "profile.json",
    "pyproject.toml",
    "requirements.in",
    "requirements.lock",
    "sbom.cdx.json",
    "scoring/__init__.py",
    "scoring/app.py",
    "scoring/schema.py",
    "scoring/steps.py",
    "tests/conftest.py",
    "tests/golden.json",
    "tests/test_contract.py",
    "tests/test_parity.py",
}
AWKWARD = 'Will "it" \\ work?\n\'\'\' """ {{ 7 * 7 }} {% if %} | # : %'


@pytest.fixture
def awkward(changed: Callable[..., BundlePlan]) -> dict[str, str]:
    """All free text of a plan as hard to quote as may be."""
    plan = changed(title=AWKWARD, purpose=AWKWARD, created_by=AWKWARD)
    frozen = tuple(
        msgspec.structs.replace(value, origin=AWKWARD, summary=AWKWARD) for value in plan.frozen
    )
    statements = tuple(
        msgspec.structs.replace(s, source=AWKWARD, reason=AWKWARD) for s in plan.statements
    )
    return render(msgspec.structs.replace(plan, frozen=frozen, statements=statements))


def test_every_file_of_the_contract_is_there(plan: BundlePlan) -> None:
    assert set(render(plan)) == EXPECTED


def test_rendering_twice_gives_the_same_text(plan: BundlePlan) -> None:
    assert render(plan) == render(plan)


def test_awkward_text_breaks_no_file(awkward: dict[str, str]) -> None:
    for path, text in awkward.items():
        if path.endswith(".py"):
            ast.parse(text, path)
        elif path.endswith((".json", ".ipynb")):
            json.loads(text)
        elif path.endswith(".yaml"):
            list(yaml.safe_load_all(text))
    assert tomllib.loads(awkward["pyproject.toml"])["project"]["name"] == "loans"


def test_text_is_no_template(awkward: dict[str, str]) -> None:
    assert "{{ 7 * 7 }}" in awkward["README.md"]
    assert not [path for path, text in awkward.items() if "49" in text and path.endswith(".md")]


def test_golden_rows_are_read_back_exactly(plan: BundlePlan) -> None:
    text = render(plan)["tests/golden.json"]
    assert msgspec.json.decode(text, type=GoldenRows) == plan.golden


def test_the_profile_is_read_back_exactly(plan: BundlePlan) -> None:
    text = render(plan)["profile.json"]
    assert msgspec.json.decode(text, type=ReferenceProfile) == plan.profile


def test_the_card_warns_of_what_runs_code_on_load(changed: Callable[..., BundlePlan]) -> None:
    unsafe = Persisted("model", "joblib", "model/model.joblib", (), (), "holds objects of type a.B")
    card = render(changed(persisted=(unsafe,)))["README.md"]
    assert "**`model` is kept by joblib, which runs code when it is loaded**" in card
    assert "because it holds objects of type a.B." in card
    assert "Nothing here is kept in a format that runs code" not in card


def test_the_card_says_what_was_not_compared(
    changed: Callable[..., BundlePlan], plan: BundlePlan
) -> None:
    proof = msgspec.structs.replace(plan.proof, unproven=("90 rows that `fit` learns from",))
    card = render(changed(proof=proof))["README.md"]
    assert "**Not compared**" in card
    assert "- 90 rows that `fit` learns from.\n" in card
    assert "**Not compared**" not in render(plan)["README.md"]


@pytest.mark.parametrize(
    "needle",
    [
        "curl -s http://127.0.0.1:8000/predict",
        '-d \'{"age":30.0,"income":40000.0,"debt":1000.0,"city":"Bern","housing":"own"}\'',
        '{"prediction":"no","probabilities":{"no":0.75,"yes":0.25}}',
        "| accuracy | 0.9125 |",
        "| whole batch | 200 | 0 |",
        "Nothing here is kept in a format that runs code when it is loaded.",
    ],
)
def test_the_card_says(plan: BundlePlan, needle: str) -> None:
    assert needle in render(plan)["README.md"]


def test_a_plan_without_probabilities_metrics_or_git_renders(
    changed: Callable[..., BundlePlan], plan: BundlePlan
) -> None:
    provenance = msgspec.structs.replace(plan.provenance, git=None, parameters={}, data=())
    golden = GoldenRows(plan.golden.rows, (1.5, 2.5), None)
    files = render(changed(metrics={}, provenance=provenance, golden=golden, answers=("predict",)))
    assert "The notebook computed none." in files["README.md"]
    assert "predict_proba" not in files["scoring/__init__.py"]
    assert "Commit" not in files["README.md"]


def documents(text: str) -> list[dict[str, object]]:
    return list(yaml.safe_load_all(text))


def test_the_container_runs_as_nobody_special(plan: BundlePlan) -> None:
    files = render(plan)
    dockerfile = files["deploy/Dockerfile"]
    final_stage = dockerfile.rpartition("\nFROM ")[2]
    for needed in ("USER 10001", "HEALTHCHECK", "EXPOSE 8000"):
        assert needed in final_stage
    assert "pip install" not in final_stage
    assert "--require-hashes" in dockerfile


def test_kubernetes_has_probes_limits_and_no_privileges(plan: BundlePlan) -> None:
    deployment, service, *_ = documents(render(plan)["deploy/kubernetes.yaml"])
    assert (deployment["kind"], service["kind"]) == ("Deployment", "Service")
    pod = deployment["spec"]["template"]["spec"]  # type: ignore[index]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {"startupProbe", "readinessProbe", "livenessProbe", "resources"} <= set(container)


def test_a_notebook_without_words_leaves_no_gap(changed: Callable[..., BundlePlan]) -> None:
    for purpose in ("", "Tells late payers."):
        assert "\n\n\n" not in render(changed(purpose=purpose))["README.md"]


def test_ruff_leaves_the_notebook_alone(plan: BundlePlan, tmp_path: Path) -> None:
    text = render(plan)["pyproject.toml"]
    (tmp_path / "pyproject.toml").write_text(text)
    for name in ("notebook/a.py", "scoring/a.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("from os import *\n")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise"]
    done = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "scoring/a.py" in done.stdout
    assert "notebook/a.py" not in done.stdout
