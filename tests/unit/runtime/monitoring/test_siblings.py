"""Several processes count; whichever is scraped answers for all."""

import errno
import os
import threading
import time

from cellmark_runtime.monitoring import siblings
from cellmark_runtime.monitoring.metrics import Metrics, exposition_of
from cellmark_runtime.monitoring.siblings import Siblings

LABELS = 'arm="champion",model="churn",version="3"'


def process(folder, answers, *, is_ready=True, figures=None):
    """What one process has: its counts, and its file as it stands."""
    metrics = Metrics("churn", 3, "d" * 64, ["plan"])
    metrics.answered([{"plan": None}] * answers, [0.5] * answers)
    metrics.ready(is_ready=is_ready)
    metrics.follow(lambda: figures or {})
    its = Siblings(folder, metrics.families)
    its.write()
    return metrics, its


def scraped(metrics, its):
    text, _ = exposition_of([*metrics.families(), *its.others()])
    return text.decode()


def test_counts_are_added_and_the_worst_state_is_told(tmp_path):
    first = process(tmp_path, 3, figures={"model_audit_verify_ok": True})
    second = process(tmp_path, 4, is_ready=False, figures={"model_audit_verify_ok": False})
    third = process(
        tmp_path, 1, figures={"model_audit_unsealed_records": 5, "model_swaps_total": 2}
    )
    for each in (first, second, third):
        text = scraped(*each)
        assert f"model_predictions_total{{{LABELS}}} 8.0" in text
        assert f"model_scores_count{{{LABELS}}} 8.0" in text
        assert f"model_ready{{{LABELS}}} 0.0" in text
        assert f"model_audit_verify_ok{{{LABELS}}} 0.0" in text
        assert f"model_audit_unsealed_records{{{LABELS}}} 5.0" in text
        assert f"model_swaps_total{{{LABELS}}} 2.0" in text
        assert text.count("# TYPE model_predictions_total counter") == 1


def test_of_a_process_that_died_the_counts_stay_and_the_state_does_not(tmp_path):
    process(tmp_path, 3, is_ready=False)
    (file,) = tmp_path.iterdir()
    os.utime(file, (time.time() - 60,) * 2)
    text = scraped(*process(tmp_path, 4))
    assert f"model_predictions_total{{{LABELS}}} 7.0" in text
    assert f"model_ready{{{LABELS}}} 1.0" in text


def test_a_full_disk_that_passes_costs_no_later_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(siblings, "_SECONDS", 0.01)
    tries, written = [], threading.Event()

    def families():
        tries.append(None)
        if len(tries) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        if len(tries) == 3:
            written.set()
        return []

    counting = Siblings(tmp_path, families)
    counting.start()
    assert written.wait(60)
    counting.stop()
    assert list(tmp_path.glob("*.counts"))
