from __future__ import annotations

import json
import re

from cellmark.bundle.lock import pins_of
from cellmark.bundle.sbom import sbom
from cellmark.core.plan import BundlePlan


def test_every_package_of_the_lock_is_a_component(plan: BundlePlan) -> None:
    components = sbom(plan)["components"]
    assert [(c["name"], c["version"]) for c in components] == [
        (pin.name, pin.version) for pin in pins_of(plan.lock)
    ]
    assert [component["purl"] for component in components] == [
        "pkg:pypi/pandas@3.1.1",
        "pkg:pypi/cellmark-runtime@0.1.0",
    ]


def test_references_point_at_components(plan: BundlePlan) -> None:
    document = sbom(plan)
    references = {c["bom-ref"] for c in document["components"]}
    (root,) = document["dependencies"]
    assert root["ref"] == document["metadata"]["component"]["bom-ref"]
    assert set(root["dependsOn"]) == references


def test_it_holds_no_address_and_no_time(plan: BundlePlan) -> None:
    text = json.dumps(sbom(plan))
    assert "://" not in text
    assert not re.search(r"20\d\d-\d\d", text)
