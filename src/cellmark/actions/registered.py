"""Registered: what the registry tells of versions, promotions and events."""

from __future__ import annotations

import msgspec

from cellmark.core.registry import Event

__all__ = [
    "Approved",
    "History",
    "ModelSummary",
    "Models",
    "Promoted",
    "Registered",
    "VersionSummary",
]


class Registered(msgspec.Struct, frozen=True):
    """`new` is False where this very bundle was registered before; `path` is the copy kept."""

    model: str
    version: int
    digest: str
    aliases: list[str]
    new: bool
    path: str


class VersionSummary(msgspec.Struct, frozen=True):
    """One version of a model."""

    version: int
    digest: str
    run: str
    registered: str
    by: str
    aliases: list[str]
    path: str


class ModelSummary(msgspec.Struct, frozen=True):
    """A model with its versions, the newest first."""

    model: str
    aliases: dict[str, int]
    versions: list[VersionSummary]


class Models(msgspec.Struct, frozen=True):
    """The registered models."""

    models: list[ModelSummary]


class Approved(msgspec.Struct, frozen=True):
    """`event` is as the history keeps it."""

    model: str
    version: int
    event: Event


class Promoted(msgspec.Struct, frozen=True):
    """`before` is the version that the alias pointed to."""

    model: str
    version: int
    alias: str
    before: int | None
    event: Event


class History(msgspec.Struct, frozen=True):
    """Events, the oldest first. `ok` is None where they were not verified."""

    model: str
    events: list[Event]
    ok: bool | None
    faults: list[str]
