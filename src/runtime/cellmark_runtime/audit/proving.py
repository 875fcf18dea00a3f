"""Take one record out of the log, with what a third party needs to believe it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..errors import CellmarkError, CheckFailed
from . import verifier
from .merkle import inclusion_path, leaf_hash
from .reading import Found, find, records_of

__all__ = ["PROOF", "SCRIPT", "prove"]

PROOF, SCRIPT = "proof.json", "verify_proof.py"


def prove(folder: Path, identity: str, output: Path, *, with_input: bool = True) -> dict[str, Any]:
    """Write proof.json and the script that checks it into `output`; give the proof.

    `with_input` False leaves the input out: the record then shows only that there was one.
    Raises: CellmarkError without such an answer; CheckFailed where its segment is not sealed yet,
    or does not hold.
    """
    found = find(folder, identity)
    if found.record["kind"] != "prediction":
        raise CellmarkError(identity, f"a {found.record['kind']}", "the id of an answer")
    if not found.sealed:
        raise CheckFailed(
            identity,
            "in a segment that is not sealed yet",
            "a sealed segment",
            "It is sealed when it is full, old enough, or the service stops.",
        )
    proof = _proof(found, with_input=with_input)
    try:
        verifier.check(proof)
    except (ValueError, KeyError, TypeError) as problem:
        raise CheckFailed(
            str(found.place.lines),
            str(problem),
            "a segment that holds",
            "`cellmark audit verify` says what was changed.",
        ) from problem
    output.mkdir(parents=True, exist_ok=True)
    (output / PROOF).write_bytes(msgspec.json.format(msgspec.json.encode(proof), indent=2) + b"\n")
    (output / SCRIPT).write_bytes(Path(verifier.__file__).read_bytes())
    return proof


def _partly_erased(found: Found) -> bool:
    """Whether what is left of the input is no longer what the record commits to."""
    return any(event["kind"] == "erasure" for event in found.events)


def _proof(found: Found, *, with_input: bool) -> dict[str, Any]:
    leaves = [leaf_hash(line) for _, line in records_of(found.place)]
    kept = found.payload if with_input and not _partly_erased(found) else None
    return {
        "format": 1,
        "record": found.line,
        "index": found.index,
        "path": [step.hex() for step in inclusion_path(leaves, found.index)],
        "checkpoint": msgspec.json.decode(found.place.checkpoint.read_bytes()),
        "payload": {"input": bytes(kept.input).decode(), "salt": kept.salt} if kept else None,
    }
