"""What monitoring knows, as samples for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .outcomes import lag_of, performance
from .state import State
from .watch import Watch

__all__ = ["Sample", "samples_of"]


class Sample(NamedTuple):
    """One value of a metric in `metrics.METRICS`, with its own labels."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


def samples_of(watch: Watch) -> Iterator[Sample]:
    """As it stands at this scrape."""
    state = watch.state
    yield Sample("model_drift_window_rows", state.rows)
    yield Sample("model_drift_windows_total", state.windows_seen)
    yield Sample("model_drift_last_evaluation_timestamp_seconds", state.evaluated)
    yield Sample("model_drift_calibrated", float(state.calibration != "analytic"))
    yield Sample("model_drift_threshold", state.threshold.chi, ("chi2",))
    yield Sample("model_drift_threshold", state.threshold.ks, ("ks",))
    for name, count in watch.other.items():
        yield Sample("model_unseen_inputs_total", count, (name,))
    yield from _of_features(state)
    yield from _of_labels(state)


def _of_features(state: State) -> Iterator[Sample]:
    for each in state.drift:
        yield Sample("model_drift_statistic", each.chi, (each.feature, "chi2"))
        yield Sample("model_drift_statistic", each.ks, (each.feature, "ks"))
        yield Sample("model_drift_effect", each.psi, (each.feature, "psi"))
        yield Sample("model_drift_effect", each.ecdf, (each.feature, "ecdf"))
        yield Sample("model_drift_alarm", float(each.alarm), (each.feature,))


def _of_labels(state: State) -> Iterator[Sample]:
    for status, count in sorted(state.labels.items()):
        yield Sample("model_labels_total", count, (status,))
    lag = lag_of(state)
    if lag is not None:
        yield Sample("model_label_lag_seconds", lag)
    for each in performance(state):
        for bound in ("estimate", "lower", "upper"):
            yield Sample("model_performance", getattr(each, bound), (each.measure, bound))
