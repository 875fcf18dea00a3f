"""Logs with records as a service writes them, and hands that do harm to them."""

import secrets

import pytest

from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.audit.record import Draft, Line, canonical, commitment_of, now
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.service.replies.ids import new_ids


def draft(row=None, output=None):
    payload, salt = canonical(row or {"age": 30.5, "plan": "pro"}), secrets.token_hex(16)
    (identity,) = new_ids(1)
    line = Line(
        kind="prediction",
        at=now(),
        id=identity,
        batch={"id": identity, "n": 1, "pos": 0},
        by={"bundle": "a" * 64, "model": "churn", "version": 3},
        commitment=commitment_of(payload, salt),
        output=output or {"prediction": "No", "probabilities": {"No": 0.75, "Yes": 0.25}},
    )
    return Draft(line, payload, salt)


@pytest.fixture
def settings(tmp_path):
    return AuditSettings(tmp_path / "audit")


@pytest.fixture
def written(settings):
    """A closed log of 30 answers in three sealed segments and their ids."""

    def write(count=30, **changes):
        import msgspec

        chosen = msgspec.structs.replace(settings, **{"seal_records": 10, **changes})
        log = AuditLog(chosen)
        ids = []
        for _ in range(count):
            one = draft()
            ids.append(one.line.id)
            assert log.append([one]).result(10) is True
        log.close()
        return ids

    return write
