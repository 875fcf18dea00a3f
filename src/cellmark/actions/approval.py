"""The gate that somebody other than who promotes a version must have approved it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from cellmark.core.registry import Event, ModelVersion
from cellmark_runtime.errors import CellmarkError, CheckFailed

__all__ = ["check_approval", "is_required"]

_REQUIRE = "CELLMARK_REQUIRE_APPROVAL"


def is_required(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this project lets nothing be promoted without. Raises: CellmarkError."""
    text = environment.get(_REQUIRE, "")
    if text not in ("", "0", "1"):
        raise CellmarkError(_REQUIRE, repr(text), "1, or 0 or nothing")
    return text == "1"


def check_approval(events: Sequence[Event], version: ModelVersion, who: str) -> str:
    """Who approved a version that `who` wants to promote. Raises: CheckFailed: nobody else did."""
    named = f"{version.model}@{version.version}"
    approved = [
        event.who
        for event in events
        if event.kind == "approved"
        and event.version == version.version
        and event.evidence.get("digest") == version.digest
    ]
    others = sorted({*approved} - {who})
    if not others:
        said = f"approved by {who} alone" if approved else "approved by nobody"
        raise CheckFailed(
            named,
            said,
            f"an approval by somebody other than {who}, who promotes it",
            f'Have a colleague say: cellmark approve {named} --reason "..."',
        )
    return ", ".join(others)
