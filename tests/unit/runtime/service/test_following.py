"""A service that follows an alias: the next version answers once it is proven, never before."""

import json
from dataclasses import dataclass, field

import msgspec
import pytest

from cellmark_runtime import load
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.files import open_bundle
from cellmark_runtime.service import create_app
from cellmark_runtime.service.generations.following import Aim
from cellmark_runtime.service.settings import Settings

from .conftest import Caller


@dataclass
class FakeRegistry:
    """Where `churn@champion` points, and whether anybody can tell."""

    folders: dict = field(default_factory=dict)
    aims: list = field(default_factory=list)
    fault: Exception | None = None

    def move(self, version, folder=None, digest=None):
        folder = folder or self.folders[version]
        self.aims.append(
            Aim(
                target="churn@champion",
                folder=folder,
                version=version,
                digest=digest or open_bundle(folder).manifest.digest,
                generation=len(self.aims) + 5,
                promoted="2026-11-25T12:00:00.000Z",
                by="anna",
                reason="better",
            )
        )

    def __call__(self):
        if self.fault:
            raise self.fault
        return self.aims[-1]


@pytest.fixture(scope="session")
def versions(built, tmp_path_factory):
    place = tmp_path_factory.mktemp("versions")
    strengths = {3: 1.0, 4: 0.01}
    return {v: built(place / str(v), version=v, strength=s) for v, s in strengths.items()}


@pytest.fixture
def registry(versions):
    registry = FakeRegistry(versions)
    registry.move(3)
    return registry


@pytest.fixture
def deployed(registry, tmp_path):
    """A caller of an app that follows, and a hand that lets it look once."""
    model = load(registry.folders[3])
    settings = Settings(audit=AuditSettings(tmp_path / "audit"))
    app = create_app(model, settings, look=registry, aim=registry.aims[0])
    app._pursuit.start = lambda: None
    with Caller(app) as caller:
        caller.look = app._pursuit.turn
        caller.get("/ready")
        yield caller


def answer_of(folder, row):
    return load(folder).answer([row]).probabilities[0]


def asked(caller, row, **headers):
    """Who answers, as body, headers and metadata say it; they must say the same."""
    reply = caller.predict(json=row, headers=headers)
    body, about = reply.json(), caller.get("/metadata").json()
    names = [reply.headers[f"x-cellmark-{name}"] for name in ("model", "version", "digest")]
    assert names == [body["model"], str(body["version"]), body["digest"]]
    assert (about["version"], about["digest"]) == (body["version"], body["digest"])
    return body["version"], tuple(body["predictions"][0]["probabilities"].values())


def test_the_alias_moves_and_comes_back(deployed, registry, versions, row):
    for version in (3, 4, 3, 4):
        registry.move(version)
        deployed.look()
        assert asked(deployed, row) == (version, tuple(answer_of(versions[version], row)))
        serving = deployed.get("/metadata").json()["serving"]
        assert serving["generation"] == registry.aims[-1].generation
        assert (serving["by"], serving["failed"], serving["registry"]) == ("anna", None, None)
        assert deployed.get("/openapi.json").json()["info"]["version"] == str(version)
    assert serving["swaps"] == 3
    assert answer_of(versions[3], row) != answer_of(versions[4], row)


def test_a_pinned_caller_gets_409_once_it_moved(deployed, registry, row):
    assert asked(deployed, row, **{"x-cellmark-expect": "churn@3"})[0] == 3
    registry.move(4)
    deployed.look()
    reply = deployed.predict(json=row, headers={"x-cellmark-expect": "churn@3"})
    assert (reply.status_code, reply.headers["x-cellmark-version"]) == (409, "4")
    assert asked(deployed, row, **{"x-cellmark-expect": "churn@4"})[0] == 4


def damaged(folder, tmp_path, versions):
    import shutil

    copy = shutil.copytree(versions[4], tmp_path / "copy")
    with (copy / folder).open("ab") as file:
        file.write(b"!")
    return {"folder": copy, "digest": open_bundle(versions[4]).manifest.digest}


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda t, v: damaged("model/model.skops", t, v), "model/model.skops: changed"),
        (lambda t, v: {"folder": v[3], "digest": "f" * 64}, "ffffffffffff, as registered"),
        (lambda t, v: {"folder": t / "gone", "digest": "f" * 64}, "holds no MANIFEST.json"),
    ],
)
def test_what_fails_its_checks_never_answers(
    deployed, registry, versions, tmp_path, row, caplog, harm, said
):
    registry.move(4, **harm(tmp_path, versions))
    for _ in range(3):
        deployed.look()
    assert asked(deployed, row)[0] == 3
    assert deployed.get("/ready").status_code == 200
    failed = deployed.get("/metadata").json()["serving"]["failed"]
    assert failed["version"] == 4
    assert said in failed["reason"]
    (told,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert "version 4, which can't serve; version 3 goes on" in told
    assert 'model_swap_failed{arm="champion",model="churn",version="3"} 1.0' in metrics(deployed)
    registry.move(3)
    deployed.look()
    assert deployed.get("/metadata").json()["serving"]["failed"] is None
    assert 'model_swap_failed{arm="champion",model="churn",version="3"} 0.0' in metrics(deployed)


def metrics(caller):
    return caller.get("/metrics").text


def test_a_version_whose_golden_rows_differ_never_answers(
    deployed, registry, row, monkeypatch, caplog
):
    def wrong(folder):
        model = load(folder)
        model.golden = msgspec.structs.replace(model.golden, predictions=("other",) * 12)
        return model

    monkeypatch.setattr("cellmark_runtime.service.generations.following.load", wrong)
    registry.move(4)
    deployed.look()
    assert asked(deployed, row)[0] == 3
    reason = deployed.get("/metadata").json()["serving"]["failed"]["reason"]
    assert "golden row 0" in reason
    assert 'model_ready{arm="champion",model="churn",version="4"}' not in metrics(deployed)
    assert 'model_ready{arm="champion",model="churn",version="3"} 1.0' in metrics(deployed)


def test_a_registry_that_is_gone_changes_nothing(deployed, registry, row, caplog):
    registry.fault = CellmarkError("cellmark.db", "database is locked")
    for _ in range(3):
        deployed.look()
    assert asked(deployed, row)[0] == 3
    assert deployed.get("/metadata").json()["serving"]["registry"].startswith("cellmark.db")
    assert 'model_registry_ok{arm="champion",model="churn",version="3"} 0.0' in metrics(deployed)
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    registry.fault = None
    registry.move(4)
    deployed.look()
    assert asked(deployed, row)[0] == 4


def test_who_is_passed_over_while_it_loads_never_answers(
    deployed, registry, versions, row, monkeypatch
):
    loaded = []

    def slow(folder):
        loaded.append(folder)
        registry.move(3)
        return load(folder)

    monkeypatch.setattr("cellmark_runtime.service.generations.following.load", slow)
    registry.move(4)
    deployed.look()
    assert asked(deployed, row)[0] == 3
    deployed.look()
    assert loaded == [versions[4]]
    assert deployed.get("/metadata").json()["serving"]["swaps"] == 0


def test_counts_of_each_version_go_on_where_it_answers_again(deployed, registry, row):
    for version in (3, 4, 3):
        registry.move(version)
        deployed.look()
        deployed.predict(json=row)
    text = metrics(deployed)
    for version, count in ((3, 2.0), (4, 1.0)):
        line = f'model_predictions_total{{arm="champion",model="churn",version="{version}"}}'
        assert f"{line} {count}" in text
    assert text.count("# TYPE model_predictions_total counter") == 1
    assert text.count("\nmodel_build_info{") == text.count("\nmodel_ready{") == 1
    assert 'model_swaps_total{arm="champion",model="churn",version="3"} 2.0' in text


def test_the_log_says_who_answered_and_when_that_changed(deployed, registry, row, tmp_path):
    registry.move(4)
    deployed.look()
    deployed.predict(json=row)
    lines = (tmp_path / "audit" / "w001-00000001.jsonl").read_text().splitlines()
    kinds = [(record["kind"], record) for record in map(json.loads, lines)]
    assert [kind for kind, _ in kinds] == ["start", "generation", "prediction"]
    about, by = kinds[1][1]["about"], kinds[2][1]["by"]
    assert (about["generation"], about["before"], about["by"]) == (6, 5, "anna")
    assert (by["version"], by["bundle"]) == (4, about["digest"])
