"""Whatever is done to a history shows, and where."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from cellmark.core.registry import Event, Standing, faults, sealed, standing


def sign(message: bytes) -> tuple[str, str]:
    return "own", hashlib.sha256(b"secret" + message).hexdigest()


def signed(key: str, message: bytes, signature: str) -> bool:
    return key == "own" and sign(message)[1] == signature


def history() -> list[Event]:
    """Two versions; the champion goes from 1 to 2 and back."""
    steps: list[dict[str, Any]] = [
        {"kind": "registered", "version": 1, "evidence": {"digest": "a"}},
        {"kind": "promoted", "version": 1, "alias": "champion", "reason": "first"},
        {"kind": "registered", "version": 2, "evidence": {"digest": "b"}},
        {"kind": "promoted", "version": 2, "alias": "champion", "before": 1, "reason": "better"},
        {"kind": "promoted", "version": 1, "alias": "champion", "before": 2, "reason": "worse"},
    ]
    events: list[Event] = []
    for step in steps:
        event = Event(at="2026-11-25T12:00:00Z", model="churn", who="anna", **step)
        events.append(sealed(event, events[-1] if events else None, sign))
    return events


NOW = Standing({1: "a", 2: "b"}, {"champion": 1})


def test_a_history_as_it_was_written_holds() -> None:
    assert standing(history()) == NOW
    assert list(faults(history(), signed, NOW)) == []


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize(
    "change",
    [{"who": "eve"}, {"at": "2020-01-01T00:00:00Z"}, {"version": 7}, {"reason": "x"}],
    ids=str,
)
def test_an_edited_event_is_found(place: int, change: dict[str, Any]) -> None:
    events = history()
    events[place] = msgspec.structs.replace(events[place], **change)
    assert f"event {place} was changed" in list(faults(events, signed, NOW))


@pytest.mark.parametrize("place", range(4))
def test_an_event_that_was_edited_and_hashed_anew_is_found(place: int) -> None:
    events = history()
    forged = msgspec.structs.replace(events[place], who="eve")
    before = events[place - 1] if place else None
    events[place] = sealed(forged, before, lambda message: ("own", "00"))
    found = list(faults(events, signed, NOW))
    assert f"event {place} has a signature that does not fit" in found
    assert f"event {place + 1} does not follow the one before it" in found


@pytest.mark.parametrize("place", range(4))
def test_a_deleted_event_is_found(place: int) -> None:
    events = history()
    del events[place]
    found = list(faults(events, signed, NOW))
    assert found[0] == f"event {place} gone: here stands {place + 1}"


def test_the_last_event_is_missed_by_the_registry() -> None:
    (found,) = faults(history()[:-1], signed, NOW)
    assert found == "the events end elsewhere than the registry stands: champion"
    (found,) = faults(history(), signed, Standing({1: "a", 2: "c"}, {"champion": 1}))
    assert found.endswith("stands: version 2")


def test_swapped_events_are_found() -> None:
    events = history()
    events[1], events[2] = events[2], events[1]
    found = list(faults(events, signed, NOW))
    assert "event 1 gone: here stands 2" in found
    assert "event 1 out of order: here 3 should stand" in found


def test_a_key_of_somebody_else_signs_nothing() -> None:
    events = history()
    events[4] = msgspec.structs.replace(events[4], key="eve")
    found = list(faults(events, signed, NOW))
    assert found == ["event 4 has a signature that does not fit"]
