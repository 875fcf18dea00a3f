import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cellmark_runtime.monitoring.metrics import METRICS, Metrics
from cellmark_runtime.monitoring.state import MemoryStore, Outcome
from cellmark_runtime.monitoring.watch import Watch
from cellmark_runtime.monitoring.windows import fresh_state
from cellmark_runtime.types.fault import Fault
from cellmark_runtime.types.profile import CategoryProfile, NumberProfile, ReferenceProfile
from cellmark_runtime.types.signature import Field, Output, Signature

LABELS = {"model", "version", "arm"}
FOLLOWED = (
    "model_requests_waiting",
    "model_audit",
    "model_swap",
    "model_generation",
    "model_registry",
    "model_challenge",
)


PROFILE = ReferenceProfile(
    rows=200,
    features=(
        CategoryProfile("plan", ("a", "b"), (100, 100), 0, 0),
        NumberProfile("age", (30.0,), (100, 100), 0),
    ),
)
SIGNATURE = Signature(
    (Field("plan", "string", "str"), Field("age", "number", "float64", nullable=True)),
    Output("other", "number"),
)


def watching():
    watch = Watch(PROFILE, SIGNATURE, MemoryStore(fresh_state(PROFILE, "d" * 64, 20)))
    watch.answered([{"plan": "c", "age": None}] * 20, [0.5] * 20)
    watch.labelled(
        [Outcome(str(n), {"brier": 0.1 * (n % 3)}, 60.0) for n in range(40)], ["recorded"]
    )
    watch.close()
    return watch


def busy(profile=None):
    metrics = Metrics("churn", 3, "d" * 64, ["plan", "age"], profile, watch=watching())
    metrics.follow(lambda: {name: 7 for name in METRICS if name.startswith(FOLLOWED)})
    metrics.request(200, 0.01)
    metrics.answered([{"plan": "a"}, {"plan": "b", "age": None}], [0.1, 0.9])
    metrics.refused([Fault(0, "plan", "", "", "", "category"), Fault(1, "who?", "", "", "", "row")])
    return metrics


def samples(metrics):
    text, _ = metrics.exposition()
    families = text_string_to_metric_families(text.decode())
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_exports_what_the_table_says_and_nothing_else():
    exported = {re.sub(r"_(bucket|sum|count)$", "", key[0]) for key in samples(busy())}
    assert {name for name in exported if not name.endswith("_created")} == set(METRICS)


def test_every_label_is_in_the_table():
    for name, *labels in samples(busy()):
        base = re.sub(r"_(bucket|sum|count|created)$", "", name)
        metric = METRICS.get(base) or METRICS[f"{base}_total"]
        assert {label for label, _ in labels} - {"le"} == LABELS | set(metric.labels)


def test_counts_rows_missing_values_and_faults():
    found = {
        (name, dict(labels).get("feature", "")): value
        for (name, *labels), value in samples(busy()).items()
    }
    assert found["model_predictions_total", ""] == 2
    assert found["model_missing_inputs_total", "age"] == 2
    assert found["model_invalid_inputs_total", "plan"] == 1
    # A name that only a caller knows is no label.
    assert found["model_invalid_inputs_total", ""] == 1


def test_what_somebody_else_counts_is_read_at_each_scrape():
    figures = {}
    metrics = Metrics("churn", 3, "d" * 64, ["plan"])
    metrics.follow(lambda: figures)
    key = ("model_audit_lost_total", ("arm", "champion"), ("model", "churn"), ("version", "3"))
    for count in (0, 3):
        figures["model_audit_lost_total"] = count
        assert samples(metrics)[key] == count


@pytest.mark.parametrize(
    ("scores", "first"),
    [
        (NumberProfile("score", (5.0, 7.5), (1, 1, 1), 0), "5.0"),
        (CategoryProfile("score", (), (), 0, 0), "0.1"),
        (None, "0.1"),
    ],
)
def test_score_buckets_follow_the_training_scores(scores, first):
    profile = ReferenceProfile(rows=3, features=(), scores=scores)
    bounds = [
        dict(key[1:])["le"] for key in samples(busy(profile)) if key[0] == "model_scores_bucket"
    ]
    assert bounds[0] == first


def test_two_models_count_apart():
    assert samples(busy()).keys() == samples(busy()).keys()
    assert busy().registry is not busy().registry
