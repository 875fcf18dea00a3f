"""Drift and labels, from requests to metrics."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.service import create_app
from cellmark_runtime.service.replies.ids import moment_of, new_ids
from cellmark_runtime.service.settings import Settings, settings_from
from cellmark_runtime.types.profile import ReferenceProfile, Threshold


def flushed(client):
    """What a scrape gets once all that was counted is folded in."""
    for metrics in client.app._metrics.values():
        metrics.watch.flush()
    text = client.get("/metrics").text
    return {
        (
            sample.name,
            *[v for k, v in sample.labels.items() if k not in ("model", "version", "arm")],
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def drifted(row, count):
    return [dict(row, age=69.0, visits=n % 17, active=n % 4 != 0) for n in range(count)]


def test_drift_shows_in_the_metrics_and_ends(model, caller_of, frame, tmp_path):
    usual = frame.astype(object).where(frame.notna(), None).to_dict("records")
    with caller_of(model, monitor=tmp_path, window=60) as client:
        for _ in range(2):
            client.predict(json=usual)
        calm = flushed(client)
        assert calm["model_drift_windows_total",] == 2
        assert calm["model_drift_alarm", "age"] == 0
        assert calm["model_drift_calibrated",] == 0
        for _ in range(2):
            client.predict(json=drifted(usual[1], 60))
        found = flushed(client)
        assert found["model_drift_alarm", "age"] == 1
        assert found["model_drift_statistic", "age", "ks"] > found["model_drift_threshold", "ks"]
        assert found["model_drift_effect", "age", "psi"] > 1
        client.predict(json=usual[:30])
        assert flushed(client)["model_drift_window_rows",] == 30
    with caller_of(model, monitor=tmp_path, window=60) as client:
        again = flushed(client)
        assert again["model_drift_windows_total",] == 4
        assert again["model_drift_window_rows",] == 30
        assert again["model_drift_alarm", "age"] == 1


def test_performance_comes_from_labels(model, caller_of, row, tmp_path):
    with caller_of(model, audit=AuditSettings(tmp_path / "audit")) as client:
        reply = client.predict(json=[dict(row, visits=n % 17) for n in range(40)]).json()
        told = [
            {
                "id": each["id"],
                "label": each["prediction"] if n < 30 else _other(each["prediction"]),
            }
            for n, each in enumerate(reply["predictions"])
        ]
        assert client("POST", "/feedback", json=told).status_code == 200
        client("POST", "/feedback", json=told[:3])
        found = flushed(client)
        assert found["model_performance", "estimate", "accuracy"] == 0.75
        assert found["model_performance", "lower", "accuracy"] == pytest.approx(0.598, abs=0.001)
        assert found["model_performance", "upper", "accuracy"] == pytest.approx(0.858, abs=0.001)
        brier = found["model_performance", "estimate", "brier"]
        expected = [
            (each["probabilities"]["Yes"] - (label["label"] == "Yes")) ** 2
            for each, label in zip(reply["predictions"], told, strict=True)
        ]
        assert brier == pytest.approx(sum(expected) / 40)
        assert found["model_labels_total", "recorded"] == 40
        assert found["model_labels_total", "repeated"] == 3
        assert 0 <= found["model_label_lag_seconds",] < 60


def _other(label):
    return "No" if label == "Yes" else "Yes"


def test_an_id_tells_when_it_was_made():
    assert moment_of("01M89CH4M39ZWJEXN7Z3S1WDE6") == pytest.approx(1795611464.323)
    assert moment_of(new_ids(1)[0]) == pytest.approx(moment_of(new_ids(1)[0]), abs=1)


def test_a_window_needs_a_threshold(model, monkeypatch):
    profile = ReferenceProfile(
        rows=1, features=(), calibration="blocks", thresholds=(Threshold(200, 3.0, 2.0),)
    )
    monkeypatch.setattr(model, "profile", profile)
    with pytest.raises(CellmarkError, match=r"CELLMARK_MONITOR_WINDOW: 300 rows.*one of 200"):
        create_app(model, Settings(window=300))


def test_a_folder_that_can_not_be_written_stops_the_start(model, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CellmarkError, match="CELLMARK_MONITOR"):
        create_app(model, Settings(monitor=tmp_path / "file"))


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many"])
def test_a_window_is_a_number_of_rows(text):
    with pytest.raises(CellmarkError, match="CELLMARK_MONITOR_WINDOW"):
        settings_from({"CELLMARK_MONITOR_WINDOW": text})
