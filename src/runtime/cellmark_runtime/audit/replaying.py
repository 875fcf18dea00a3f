"""Score recorded inputs again, in the batches that they came in, and compare to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from .reading import Found, answers
from .record import canonical, commitment_of, plain

__all__ = ["Replayed", "replay"]

# Rows of one request to their answers, as the service gives them.
_Score = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


class Replayed(msgspec.Struct):
    """`differing` are records with both answers; `skipped` counts by reason, records not scored."""

    ok: bool
    compared: int
    batches: int
    differing: list[dict[str, Any]]
    skipped: dict[str, int]


def replay(folder: Path, digest: str, score: _Score, identity: str | None = None) -> Replayed:
    """Score each recorded batch of the bundle with this digest, or only the one of an answer."""
    result = Replayed(True, 0, 0, [], {})
    for batch in _batches(folder):
        ids = {each.record["id"] for each in batch}
        if identity is not None and identity not in ids:
            continue
        why = _unable(batch, digest)
        if why:
            result.skipped[why] = result.skipped.get(why, 0) + len(batch)
            continue
        result.batches += 1
        result.compared += len(batch)
        result.differing += _differences(batch, score)
    result.ok = not result.differing and result.compared > 0
    return result


def _batches(folder: Path) -> Iterator[list[Found]]:
    """The rows of each request, in order. One request is one group: it never spans two segments."""
    batch: list[Found] = []
    for found in answers(folder):
        if batch and batch[0].record["batch"]["id"] != found.record["batch"]["id"]:
            yield batch
            batch = []
        batch.append(found)
    if batch:
        yield batch


def _unable(batch: list[Found], digest: str) -> str | None:
    first = batch[0].record
    if first["by"]["bundle"] != digest:
        return "answered by another bundle"
    if len(batch) != first["batch"]["n"]:
        return "batch not whole"
    if any(each.payload is None for each in batch):
        return "input erased or not kept"
    if any(each.record.get("flags", {}).get("redacted") for each in batch):
        return "columns redacted"
    if any(map(_erased, batch)):
        return "not the recorded input: columns erased, or changed"
    return None


def _erased(found: Found) -> bool:
    payload = found.payload
    assert payload is not None
    return bool(commitment_of(bytes(payload.input), payload.salt) != found.record["commitment"])


def _differences(batch: list[Found], score: _Score) -> Iterator[dict[str, Any]]:
    inputs = [each.payload.input for each in batch if each.payload]
    rows = [plain(msgspec.json.decode(each)) for each in inputs]
    for record, again in zip((each.record for each in batch), score(rows), strict=True):
        # Compared as text: equal floats have the same shortest text, and -0.0 is not 0.0.
        if canonical(again) != canonical(plain(record["output"])):
            yield {
                "id": record["id"],
                "seq": record["seq"],
                "recorded": record["output"],
                "now": msgspec.json.decode(canonical(again)),
            }
