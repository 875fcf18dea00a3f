"""What was counted, over all processes behind an address, asked for by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .metrics import Family, merged

__all__ = ["Figures"]


class Figures:
    """The counts of one version and arm, as they stand in `/metrics`."""

    def __init__(self, families: Iterable[Family], identity: Mapping[str, str]) -> None:
        """Args: identity: `model`, `version` and `arm`."""
        self._values: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
        for family in merged(families):
            for sample in family.samples:
                labels = dict(sample.labels)
                if all(labels.pop(name, None) == value for name, value in identity.items()):
                    found = self._values.setdefault(sample.name, {})
                    found[tuple(sorted(labels.items()))] = sample.value

    def one(self, name: str) -> float | None:
        """A metric without further labels; None where nobody counts it."""
        return self._values.get(name, {}).get(())

    def by(self, name: str, label: str) -> dict[str, float]:
        """A metric by one of its labels, summed over the others."""
        found: dict[str, float] = {}
        for labels, value in self._values.get(name, {}).items():
            key = dict(labels).get(label, "")
            found[key] = found.get(key, 0.0) + value
        return found

    def labelled(self, name: str) -> list[tuple[dict[str, str], float]]:
        """All of a metric, each value with its labels."""
        return [(dict(labels), value) for labels, value in self._values.get(name, {}).items()]

    def buckets(self, name: str) -> list[tuple[float, float]]:
        """A histogram's upper bounds and the counts at or below them, the infinite one last."""
        found = self.by(f"{name}_bucket", "le")
        return sorted((float(bound), count) for bound, count in found.items())

    def quantile(self, name: str, share: float) -> float | None:
        """Where so large a share of a histogram lies below, on the straight line in its bucket.

        None of nothing; the last finite bound for what lies above it. Source: Prometheus,
        histogram_quantile.
        """
        buckets = self.buckets(name)
        if not buckets or not buckets[-1][1]:
            return None
        wanted = share * buckets[-1][1]
        low, below = 0.0, 0.0
        for bound, count in buckets:
            if count >= wanted and count > below:
                inside = (wanted - below) / (count - below)
                return low if bound == float("inf") else low + (bound - low) * inside
            low, below = bound, count
        return low
