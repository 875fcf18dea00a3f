"""What is in deploy/: held against the schemas of what reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cellmark.bundle.render import render
from cellmark.core.plan import BundlePlan
from cellmark_runtime.monitoring.metrics import METRICS

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parent / "kubernetes-1.29.json").read_text(encoding="utf-8")
)
OBJECTS = (
    "Deployment",
    "Service",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
)
# What KServe adds to a pod's own fields: serving.kserve.io/v1beta1, ComponentExtensionSpec.
SCALING = {"minReplicas": int, "maxReplicas": int}


def validator(kind: str) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(
        {**SCHEMA["kinds"][kind], "definitions": SCHEMA["definitions"]}
    )


@pytest.fixture
def objects(plan: BundlePlan) -> dict[str, dict[str, Any]]:
    documents = yaml.safe_load_all(render(plan)["deploy/kubernetes.yaml"])
    return {each["kind"]: each for each in documents}


@pytest.fixture
def predictor(plan: BundlePlan) -> dict[str, Any]:
    service = yaml.safe_load(render(plan)["deploy/kserve.yaml"])
    assert (service["apiVersion"], service["kind"]) == (
        "serving.kserve.io/v1beta1",
        "InferenceService",
    )
    found: dict[str, Any] = service["spec"]["predictor"]
    return found


def test_kubernetes_takes_each_object(objects: dict[str, dict[str, Any]]) -> None:
    assert tuple(objects) == OBJECTS
    for kind, found in objects.items():
        assert [error.message for error in validator(kind).iter_errors(found)] == []


def test_a_field_that_kubernetes_does_not_know_is_found(
    objects: dict[str, dict[str, Any]],
) -> None:
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    pod["containers"][0]["readynessProbe"] = {}
    (error,) = validator("Deployment").iter_errors(objects["Deployment"])
    assert "readynessProbe" in error.message


def test_all_objects_are_about_the_same_pods(objects: dict[str, dict[str, Any]]) -> None:
    pods = objects["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    for selector in (
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= pods
    scaled = objects["HorizontalPodAutoscaler"]["spec"]
    assert scaled["scaleTargetRef"]["name"] == objects["Deployment"]["metadata"]["name"]
    named = [each["pods"]["metric"]["name"] for each in scaled["metrics"] if "pods" in each]
    assert [METRICS[name].kind for name in named] == ["gauge"]


def test_requests_that_run_have_the_time_to_end(objects: dict[str, dict[str, Any]]) -> None:
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    ((_, pause),) = [pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]]
    assert pod["terminationGracePeriodSeconds"] > int(pause) + 30


def test_kserve_gets_a_pod_and_how_many_of_it(predictor: dict[str, Any]) -> None:
    assert {name: type(predictor.pop(name)) for name in SCALING} == SCALING
    assert [error.message for error in validator("PodSpec").iter_errors(predictor)] == []
    (container,) = predictor["containers"]
    # KServe tells its own container by this name.
    assert container["name"] == "kserve-container"
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_compose_runs_without_rights_and_writes_to_its_volume_alone(plan: BundlePlan) -> None:
    service = yaml.safe_load(render(plan)["deploy/compose.yaml"])["services"]["model"]
    assert service["read_only"] is True
    assert (service["cap_drop"], service["tmpfs"]) == (["ALL"], ["/tmp"])
    assert [each.partition(":")[2] for each in service["volumes"]] == ["/audit"]
    # A caller outside this machine is for whoever deploys to let in.
    assert all(each.startswith("127.0.0.1:") for each in service["ports"])


def test_the_workflow_installs_from_the_lock_and_runs_the_bundles_own_proof(
    plan: BundlePlan,
) -> None:
    workflow = yaml.safe_load(render(plan)["deploy/ci.yaml"])
    # YAML 1.1 reads the key `on` as true.
    assert workflow[True] == ["push", "pull_request"]
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["proof"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)
    commands = [step["run"] for step in steps if "run" in step]
    assert "--require-hashes -r requirements.lock" in commands[0]
    assert commands[1].endswith("pytest")
