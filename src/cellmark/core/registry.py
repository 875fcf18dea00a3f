"""What happens to a model's versions and aliases: events, each bound to the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import msgspec

__all__ = ["GENESIS", "Event", "ModelVersion", "Sign", "Standing", "faults", "sealed", "standing"]

GENESIS = "0" * 64
# A message to the id of the key that signs it and the signature (hex).
Sign = Callable[[bytes], tuple[str, str]]
# Whether a signature (hex) over a message is this key's.
Signed = Callable[[str, bytes, str], bool]


class ModelVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle under its model's name. `run` is the identity of the Run that it came from."""

    model: str
    version: int
    digest: str
    run: str
    registered: str
    by: str


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who did what, when and why. Fields in alphabetical order, which makes its text canonical.

    `before` is the version that the alias had. `this` is the SHA-256 of the text without itself,
    key and signature; `prev` is that of the event before.
    """

    alias: str | None = None
    at: str
    before: int | None = None
    evidence: dict[str, str] = {}
    key: str = ""
    kind: str
    model: str
    prev: str = ""
    reason: str = ""
    seq: int = -1
    signature: str = ""
    this: str = ""
    version: int
    who: str


class Standing(msgspec.Struct, frozen=True):
    """Where a model stands: digest by version, version by alias."""

    versions: dict[int, str]
    aliases: dict[str, int]


def sealed(event: Event, before: Event | None, sign: Sign) -> Event:
    """The event at its place behind `before`, signed."""
    seq, prev = (before.seq + 1, before.this) if before else (0, GENESIS)
    placed = msgspec.structs.replace(event, seq=seq, prev=prev)
    message = _message(placed)
    key, signature = sign(message)
    this = hashlib.sha256(message).hexdigest()
    return msgspec.structs.replace(placed, this=this, key=key, signature=signature)


def faults(events: Sequence[Event], signed: Signed, now: Standing) -> Iterator[str]:
    """What was changed in a history, told by the place where it shows.

    Args: events: as they are kept, in their order; now: what the registry says besides.
    """
    prev, seq = GENESIS, 0
    for event in events:
        place = f"event {event.seq}"
        message = _message(event)
        if event.seq != seq:
            which = f"event {seq}" if event.seq == seq + 1 else f"events {seq} to {event.seq - 1}"
            yield (
                f"{which} gone: here stands {event.seq}"
                if event.seq > seq
                else (f"{place} out of order: here {seq} should stand")
            )
        if hashlib.sha256(message).hexdigest() != event.this:
            yield f"{place} was changed"
        elif not signed(event.key, message, event.signature):
            yield f"{place} has a signature that does not fit"
        elif event.seq == seq and event.prev != prev:
            yield f"{place} does not follow the one before it"
        prev, seq = event.this, event.seq + 1
    if standing(events) != now:
        yield f"the events end elsewhere than the registry stands: {_apart(standing(events), now)}"


def standing(events: Sequence[Event]) -> Standing:
    """Where the model stands after these events."""
    versions = {e.version: e.evidence.get("digest", "") for e in events if e.kind == "registered"}
    aliases = {e.alias: e.version for e in events if e.kind == "promoted" and e.alias}
    return Standing(versions, aliases)


def _apart(told: Standing, now: Standing) -> str:
    """Which versions and aliases differ."""
    versions = dict(told.versions.items() ^ now.versions.items())
    aliases = dict(told.aliases.items() ^ now.aliases.items())
    return ", ".join([*(f"version {v}" for v in sorted(versions)), *sorted(aliases)])


def _message(event: Event) -> bytes:
    bare = msgspec.structs.replace(event, this="", key="", signature="")
    return msgspec.json.encode(bare, order="sorted")
