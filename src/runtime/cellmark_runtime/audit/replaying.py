"""Score recorded inputs again, in the batches that they came in, and compare to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from .reading import Payload, predictions
from .record import canonical, commitment_of, plain

__all__ = ["Replayed", "replay"]

# Rows of one request to their answers, as the service gives them.
_Score = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
_Row = tuple[dict[str, Any], Payload | None]


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
        ids = {record["id"] for record, _ in batch}
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


def _batches(folder: Path) -> Iterator[list[_Row]]:
    """The rows of each request, in order. One request is one group: it never spans two segments."""
    batch: list[_Row] = []
    for _, record, payload in predictions(folder):
        if batch and batch[0][0]["batch"]["id"] != record["batch"]["id"]:
            yield batch
            batch = []
        batch.append((record, payload))
    if batch:
        yield batch


def _unable(batch: list[_Row], digest: str) -> str | None:
    if batch[0][0]["by"]["bundle"] != digest:
        return "answered by another bundle"
    if len(batch) != batch[0][0]["batch"]["n"]:
        return "batch not whole"
    if any(payload is None for _, payload in batch):
        return "input erased or not kept"
    if any(record.get("flags", {}).get("redacted") for record, _ in batch):
        return "columns redacted"
    if any(_erased(record, payload) for record, payload in batch):
        return "not the recorded input: columns erased, or changed"
    return None


def _erased(record: dict[str, Any], payload: Payload | None) -> bool:
    assert payload is not None
    return bool(commitment_of(bytes(payload.input), payload.salt) != record["commitment"])


def _differences(batch: list[_Row], score: _Score) -> Iterator[dict[str, Any]]:
    rows = [plain(msgspec.json.decode(payload.input)) for _, payload in batch if payload]
    for (record, _), again in zip(batch, score(rows), strict=True):
        # Compared as text: equal floats have the same shortest text, and -0.0 is not 0.0.
        if canonical(again) != canonical(plain(record["output"])):
            yield {
                "id": record["id"],
                "seq": record["seq"],
                "recorded": record["output"],
                "now": msgspec.json.decode(canonical(again)),
            }
