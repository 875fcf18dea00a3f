"""The bundle's parts list, CycloneDX 1.6, from its lock: no addresses, no times."""

from __future__ import annotations

import re
from typing import Any

from cellmark.core.plan import BundlePlan

from .lock import Pin, pins_of

__all__ = ["sbom"]


def sbom(plan: BundlePlan) -> dict[str, Any]:
    """A CycloneDX 1.6 document: the bundle and every package of its lock with its hashes."""
    root = f"{plan.name}@{plan.version}"
    pins = pins_of(plan.lock)
    direct = {_normal(re.split(r"[<>=!~;\[ ]", line)[0]) for line in plan.requirements}
    used = [_purl(pin) for pin in pins if _normal(pin.name) in direct | {"cellmark-runtime"}]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": plan.created_by}]},
            "component": {
                "type": "machine-learning-model",
                "bom-ref": root,
                "name": plan.name,
                "version": str(plan.version),
                "description": plan.title,
            },
        },
        "components": [_component(pin) for pin in pins],
        "dependencies": [{"ref": root, "dependsOn": used}],
        # The lock lists every package, but not which of them needs which.
        "compositions": [{"aggregate": "incomplete", "dependencies": [root]}],
    }


def _component(pin: Pin) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _purl(pin),
        "name": pin.name,
        "version": pin.version,
        "purl": _purl(pin),
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.hashes],
    }


def _purl(pin: Pin) -> str:
    return f"pkg:pypi/{_normal(pin.name)}@{pin.version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
