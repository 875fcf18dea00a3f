"""The metrics that a served model exports, and the only place that names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, cast

import prometheus_client as prometheus
from prometheus_client import Metric as Family
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ..types.fault import Fault
from ..types.profile import NumberProfile, ReferenceProfile
from .exported import samples_of
from .watch import Watch

__all__ = ["METRICS", "Family", "Metric", "Metrics", "exposition_of", "merged"]


class Metric(NamedTuple):
    """One exported metric. `labels` come after model, version and arm, which all carry."""

    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    about: str


# A histogram is exported as its name with _bucket, _sum and _count.
METRICS: dict[str, Metric] = {
    "model_predictions_total": Metric("counter", (), "Rows answered."),
    "model_requests_total": Metric("counter", ("status",), "Scoring requests by status class."),
    "model_request_seconds": Metric("histogram", (), "Time to answer a scoring request."),
    "model_invalid_inputs_total": Metric(
        "counter", ("feature", "reason"), "Values refused; feature is empty for a whole row."
    ),
    "model_missing_inputs_total": Metric("counter", ("feature",), "Missing values in scored rows."),
    "model_scores": Metric(
        "histogram",
        (),
        "The model's scores: the last class of two, the winner of more, the decision function, "
        "or the number.",
    ),
    "model_unseen_inputs_total": Metric(
        "counter", ("feature",), "Values that are none of the levels that the profile names."
    ),
    "model_drift_statistic": Metric(
        "gauge", ("feature", "test"), "How surely the last full window differs from training."
    ),
    "model_drift_threshold": Metric(
        "gauge", ("test",), "Above it a window differs by more than chance."
    ),
    "model_drift_effect": Metric(
        "gauge", ("feature", "measure"), "How much the last full window differs: psi, ecdf."
    ),
    "model_drift_alarm": Metric(
        "gauge",
        ("feature",),
        "1 while two or more windows in a row differ, by more than chance and by enough to matter.",
    ),
    "model_drift_window_rows": Metric("gauge", (), "Rows in the window that fills."),
    "model_drift_windows_total": Metric("counter", (), "Windows that were judged."),
    "model_drift_last_evaluation_timestamp_seconds": Metric(
        "gauge", (), "When a window was last judged; 0 before the first."
    ),
    "model_drift_calibrated": Metric(
        "gauge", (), "0 while thresholds are those of theory, and false alarms not controlled."
    ),
    "model_labels_total": Metric("counter", ("status",), "Labels by what became of them."),
    "model_label_lag_seconds": Metric(
        "gauge", (), "From answer to label: the median of the last 1000 labels."
    ),
    "model_performance": Metric(
        "gauge",
        ("measure", "bound"),
        "Of the last 1000 labelled answers: estimate, lower and upper 95% bound.",
    ),
    "model_requests_waiting": Metric(
        "gauge", (), "Scoring requests that wait for their turn; who finds the line full gets 503."
    ),
    "model_build_info": Metric("gauge", ("digest",), "Always 1; says which bundle answers."),
    "model_ready": Metric("gauge", (), "1 once the golden rows were scored here and matched."),
    "model_swaps_total": Metric("counter", (), "Times that another version took over here."),
    "model_generation": Metric(
        "gauge", (), "The event of the registry that made this version serve."
    ),
    "model_swap_failed": Metric(
        "gauge", (), "1 while the alias points to a version that can't serve, and the old one does."
    ),
    "model_registry_ok": Metric(
        "gauge", (), "0 while nobody can tell where the alias points; what serves goes on."
    ),
    "model_challenge_share": Metric(
        "gauge", (), "The share of requests that the challenger answers."
    ),
    "model_challenge_stopped": Metric(
        "gauge", (), "1 once a guardrail or somebody stopped the challenger."
    ),
    "model_challenge_labels": Metric("gauge", (), "Labels that the verdict rests on."),
    "model_challenge_effect": Metric(
        "gauge", (), "How much lower the challenger's loss is; none before 200 labels."
    ),
    "model_challenge_effect_lower": Metric(
        "gauge", (), "Its lower bound (95%), however often it is looked at."
    ),
    "model_challenge_effect_upper": Metric("gauge", (), "Its upper bound."),
    "model_challenge_decision": Metric(
        "gauge", (), "1 to promote it, -1 to roll it back or stopped, 0 while that is open."
    ),
    "model_challenge_srm_p_value": Metric(
        "gauge", (), "Of the shares that the arms got in a split; under 0.001 they are at fault."
    ),
    "model_challenge_shadowed_total": Metric(
        "counter", (), "Rows that the challenger scored behind the champion's back."
    ),
    "model_challenge_dropped_total": Metric(
        "counter", (), "Rows that it did not score since too many waited."
    ),
    "model_challenge_errors_total": Metric("counter", (), "Requests on which it failed."),
    "model_challenge_slow_total": Metric("counter", (), "Requests that took it over the target."),
    "model_challenge_invalid_total": Metric("counter", (), "Requests that it answered nonsense."),
    "model_audit_records_total": Metric("counter", (), "Audit records on the disk."),
    "model_audit_write_errors_total": Metric(
        "counter", (), "Groups of audit records, seals and copies of seals that failed."
    ),
    "model_audit_lost_total": Metric("counter", (), "Answers given without an audit record."),
    "model_audit_unsealed_records": Metric("gauge", (), "Audit records that no seal covers yet."),
    "model_audit_last_seal_timestamp_seconds": Metric(
        "gauge", (), "When a segment was last sealed, or the log opened."
    ),
    "model_audit_verify_ok": Metric(
        "gauge", (), "0 once a sealed segment did not hold; one more is looked at with each seal."
    ),
}
# What several processes say of a gauge, where it is not the largest; and of counts that they have
# in common.
_OVER: dict[str, Callable[[Iterable[float]], float]] = {
    "model_ready": min,
    "model_generation": min,
    "model_registry_ok": min,
    "model_audit_verify_ok": min,
    "model_audit_last_seal_timestamp_seconds": min,
    "model_audit_unsealed_records": sum,
    "model_requests_waiting": sum,
    "model_drift_windows": max,
    "model_labels": max,
}
_COMMON = ("model", "version", "arm")
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TENTHS = tuple(tenth / 10 for tenth in range(1, 10))


class Metrics:
    """Counts for one served model, in a registry of its own. Labels hold no ids and no values."""

    def __init__(
        self,
        model: str,
        version: int,
        digest: str,
        features: Iterable[str],
        profile: ReferenceProfile | None = None,
        arm: str = "champion",
        watch: Watch | None = None,
    ) -> None:
        self.registry = prometheus.CollectorRegistry()
        self._identity = {"model": model, "version": str(version), "arm": arm}
        self._features = tuple(features)
        self._predictions = self._counter("model_predictions_total")
        self._requests = self._counter("model_requests_total")
        self._seconds = self._histogram("model_request_seconds", _SECONDS)
        self._invalid = self._counter("model_invalid_inputs_total")
        self._missing = self._counter("model_missing_inputs_total")
        self._scores = self._histogram("model_scores", _score_buckets(profile))
        self._ready = self._gauge("model_ready")
        self._build = self._gauge("model_build_info")
        self._digest = digest
        self.watch = watch
        self._stands = True
        self._followed: list[_Followed] = []
        self.ready(is_ready=False)
        # Alerts on rates need a zero to rise from.
        self._predictions.labels(**self._identity)
        self._requests.labels(**self._identity, status="5xx")

    def request(self, status: int, seconds: float) -> None:
        """Count one answered scoring request."""
        self._requests.labels(**self._identity, status=f"{status // 100}xx").inc()
        self._seconds.labels(**self._identity).observe(seconds)

    def answered(self, rows: Sequence[object], scores: Iterable[float]) -> None:
        """Count the rows of one answered request, what they lack and what they scored."""
        self._predictions.labels(**self._identity).inc(len(rows))
        for feature in self._features:
            lacking = sum(isinstance(row, dict) and row.get(feature) is None for row in rows)
            if lacking:
                self._missing.labels(**self._identity, feature=feature).inc(lacking)
        histogram = self._scores.labels(**self._identity)
        for score in scores:
            histogram.observe(score)

    def refused(self, faults: Iterable[Fault]) -> None:
        """Count faults; a field that is not the model's own counts as the whole row."""
        for fault in faults:
            feature = fault.field if fault.field in self._features else ""
            self._invalid.labels(**self._identity, feature=feature, reason=fault.reason).inc()

    def ready(self, *, is_ready: bool) -> None:
        """Say whether this process may answer, and with which bundle."""
        self._stands = True
        self._build.labels(**self._identity, digest=self._digest).set(1)
        self._ready.labels(**self._identity).set(is_ready)

    def follow(self, figures: Callable[[], Mapping[str, float]]) -> None:
        """Export what somebody else counts, as it stands at each scrape."""
        self._followed.append(_Followed(figures, tuple(self._identity.values())))

    def unfollow(self) -> None:
        """Export no more what others count."""
        self._followed.clear()

    def retire(self) -> None:
        """Keep what was counted, and say no more what is: another version answers."""
        self._stands = False
        self._followed.clear()
        self._build.clear()
        self._ready.clear()

    def families(self) -> Iterator[Family]:
        """What stands now, family by family."""
        yield from self.registry.collect()
        for followed in self._followed:
            yield from followed.collect()
        if self.watch:
            yield from self._watched(self.watch)

    def _watched(self, watch: Watch) -> Iterator[Family]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for name, value, labels in samples_of(watch):
            if self._stands or METRICS[name].kind == "counter":
                family = families.setdefault(name, _family(name))
                family.add_metric((*self._identity.values(), *labels), value)
        yield from families.values()

    def exposition(self) -> tuple[bytes, str]:
        """The text that Prometheus scrapes, and its content type."""
        return exposition_of(self.families())

    def _counter(self, name: str) -> prometheus.Counter:
        about, labels = _described(name)
        return prometheus.Counter(name, about, labels, registry=self.registry)

    def _gauge(self, name: str) -> prometheus.Gauge:
        about, labels = _described(name)
        return prometheus.Gauge(name, about, labels, registry=self.registry)

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> prometheus.Histogram:
        about, labels = _described(name)
        return prometheus.Histogram(name, about, labels, registry=self.registry, buckets=buckets)


def exposition_of(families: Iterable[Family]) -> tuple[bytes, str]:
    """The text that Prometheus scrapes, and its content type. The same series of several processes
    becomes one: counts are added, of states the one that matters is taken.
    """
    # Typed for a registry; all that it does with one is to collect.
    text = prometheus.generate_latest(cast("prometheus.CollectorRegistry", _Merged(families)))
    return text, prometheus.CONTENT_TYPE_LATEST


def merged(families: Iterable[Family]) -> Iterator[Family]:
    """One family for each name, as `exposition_of` tells it."""
    return _Merged(families).collect()


class _Merged(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families: dict[str, Family] = {}
        self._values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
        for family in families:
            self._families.setdefault(family.name, family)
            values = self._values.setdefault(family.name, {})
            over = _OVER.get(family.name, max if family.type == "gauge" else sum)
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                known = values.get(key)
                values[key] = sample.value if known is None else over((known, sample.value))

    def collect(self) -> Iterator[Family]:
        for name, family in self._families.items():
            merged = Family(name, family.documentation, family.type)
            for (sample, labels), value in self._values[name].items():
                merged.add_sample(sample, dict(labels), value)
            yield merged


class _Followed(Collector):
    def __init__(self, figures: Callable[[], Mapping[str, float]], identity: Sequence[str]) -> None:
        self._figures = figures
        self._identity = identity

    def collect(self) -> Iterator[Family]:
        for name, value in self._figures().items():
            family = _family(name)
            family.add_metric(self._identity, value)
            yield family


def _family(name: str) -> CounterMetricFamily | GaugeMetricFamily:
    about, labels = _described(name)
    counts = METRICS[name].kind == "counter"
    return (CounterMetricFamily if counts else GaugeMetricFamily)(name, about, labels=labels)


def _described(name: str) -> tuple[str, tuple[str, ...]]:
    metric = METRICS[name]
    return metric.about, (*_COMMON, *metric.labels)


def _score_buckets(profile: ReferenceProfile | None) -> tuple[float, ...]:
    """The training scores' own quantiles, so that a shift shows whatever the scale is."""
    scores = profile.scores if profile else None
    return scores.edges if isinstance(scores, NumberProfile) and scores.edges else _TENTHS
