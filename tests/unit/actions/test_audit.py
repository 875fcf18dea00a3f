"""What is asked of a log, from the outside: with a real bundle and a service that wrote it."""

from __future__ import annotations

import asyncio
import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import cellmark
from cellmark.actions import audit
from cellmark_runtime import load
from cellmark_runtime.audit.settings import AuditSettings, FieldPolicy
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.service.app import create_app
from cellmark_runtime.service.settings import Settings

BUILDER = runpy.run_path(str(Path(__file__).parents[1] / "runtime" / "conftest.py"))
ROWS = [
    {"plan": plan, "age": age, "visits": visits, "active": True}
    for plan, age, visits in (("pro", 30.5, 3), ("max", 40, 3), ("pro", None, 17), ("basic", 20, 5))
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return BUILDER["build"](tmp_path_factory.mktemp("audited") / "churn-3")  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [each for each in os.environ if each.startswith("CELLMARK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield


async def asked(app: Any, requests: list[Any]) -> list[str]:
    transport = httpx.ASGITransport(app=app)
    ids = []
    async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
        for rows in requests:
            reply = await client.post("/predict", json=rows)
            ids += [each["id"] for each in reply.json()["predictions"]]
    told = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(told)}

    async def send(_: Any) -> None:
        pass

    await app({"type": "lifespan"}, receive, send)
    return ids


def written(bundle: Path, log: Path, fields: dict[str, FieldPolicy] | None = None) -> list[str]:
    """The ids of the answers to two requests, of three rows and of one."""
    settings = Settings(audit=AuditSettings(log, fields=fields or {}))
    return asyncio.run(asked(create_app(load(bundle), settings), [ROWS[:3], ROWS[3]]))


def test_the_projects_only_log_is_meant(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(CellmarkError, match="which log: none in"):
        audit.find("x")
    ids = written(bundle, tmp_path / ".cellmark" / "audit" / "churn")
    (found,) = cellmark.audit.find(ids[3]).found
    assert (found.id, found.input, found.sealed) == (ids[3], ROWS[3], True)
    assert (Path(found.file).name, found.line) == ("w001-00000001.jsonl", 5)
    (tmp_path / ".cellmark" / "audit" / "other").mkdir()
    with pytest.raises(CellmarkError, match="which log: churn, other in"):
        audit.find(ids[0])


def test_the_log_that_the_environment_names_goes_before(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = written(bundle, tmp_path / "here")
    monkeypatch.setenv("CELLMARK_AUDIT", str(tmp_path / "here"))
    assert [each.id for each in audit.find(ids[0]).found] == ids[:3]  # the whole request


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ({"visits": "3"}, [0, 1]),
        ({"visits": "3.0", "plan": "pro"}, [0]),
        ({"age": "40.0"}, [1]),
        ({"age": "null"}, [2]),
        ({"active": "true"}, [0, 1, 2, 3]),
    ],
)
@pytest.mark.parametrize("policy", ["keep", "hmac"])
def test_answers_are_found_by_what_was_asked(
    bundle: Path, tmp_path: Path, where: dict[str, str], places: list[int], policy: FieldPolicy
) -> None:
    fields: dict[str, FieldPolicy] = {"visits": policy, "plan": policy, "age": policy}
    ids = written(bundle, tmp_path / "log", fields)
    found = audit.find(where=where, log=tmp_path / "log").found
    assert [each.id for each in found] == [ids[place] for place in places]


def test_a_name_and_values_must_both_hold(bundle: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ids = written(bundle, log)
    found = audit.find(ids[0], where={"plan": "pro"}, log=log).found
    assert [each.id for each in found] == [ids[0], ids[2]]
    with pytest.raises(CellmarkError, match=f"{ids[3]}, plan=pro: not in the log"):
        audit.find(ids[3], where={"plan": "pro"}, log=log)


def test_what_is_not_there_is_said(bundle: Path, tmp_path: Path) -> None:
    written(bundle, tmp_path / "log")
    with pytest.raises(CellmarkError, match="plan=gold: not in the log"):
        audit.find(where={"plan": "gold"}, log=tmp_path / "log")
    with pytest.raises(CellmarkError, match="plan=gold: no input to erase"):
        audit.redact(where={"plan": "gold"}, reason="x", log=tmp_path / "log")
    with pytest.raises(CellmarkError, match="no such file or folder"):
        audit.verify(tmp_path / "log", checkpoints=[tmp_path / "nowhere"])


def test_a_subject_is_erased_and_the_rest_still_proven(bundle: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ids = written(bundle, log)
    redacted = audit.redact([ids[0]], where={"plan": "pro"}, reason="case 17", log=log)
    assert [each["of"] for each in redacted.erased] == [ids[0], ids[2]]
    assert audit.find(ids[2], log=log).found[0].input is None
    report = audit.verify(log, keys=[str(log / "own.pub")])
    assert (report.ok, report.findings) == (True, [])
    replayed = audit.replay(bundle, log=log, warn=lambda _: None)
    assert replayed.ok
    assert (replayed.compared, replayed.skipped) == (1, {"input erased or not kept": 3})
    proven = audit.prove(ids[2], log=log, output=tmp_path / "proof")
    assert proven.key == report.keys[0]


def test_recorded_answers_come_out_again_to_the_last_bit(bundle: Path, tmp_path: Path) -> None:
    ids = written(bundle, tmp_path / "log")
    replayed = audit.replay(bundle, log=tmp_path / "log", warn=lambda _: None)
    assert (replayed.ok, replayed.compared, replayed.batches) == (True, 4, 2)
    one = audit.replay(bundle, identity=ids[1], log=tmp_path / "log", warn=lambda _: None)
    assert (one.ok, one.compared, one.batches) == (True, 3, 1)


def test_without_the_key_nothing_is_erased(bundle: Path, tmp_path: Path) -> None:
    ids = written(bundle, tmp_path / "log")
    (tmp_path / "log" / "own.key").rename(tmp_path / "own.key")
    with pytest.raises(CellmarkError, match="nothing to sign the erasure with"):
        audit.redact(ids, reason="x", log=tmp_path / "log")
    assert not (tmp_path / "log" / "own.key").exists()
    assert audit.find(ids[0], log=tmp_path / "log").found[0].input


def test_seals_kept_elsewhere_are_files_or_folders(bundle: Path, tmp_path: Path) -> None:
    log, kept = tmp_path / "log", tmp_path / "kept"
    written(bundle, log)
    kept.mkdir()
    (seal,) = log.glob("*.checkpoint")
    (kept / seal.name).write_bytes(seal.read_bytes())
    assert audit.verify(log, checkpoints=[kept]).ok
    for file in log.glob("w001-*"):
        file.unlink()
    assert not audit.verify(log, checkpoints=[kept / seal.name]).ok
