"""A histogram of plain numbers, for what every request counts: prometheus_client's own takes a
lock and a search for each of its buckets. For one thread, the event loop's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class _Series:
    __slots__ = ("counts", "total")

    def __init__(self, buckets: int) -> None:
        self.counts = [0] * buckets
        self.total = 0.0


class Tally(Collector):
    """Counts values into buckets, by one label."""

    def __init__(
        self,
        name: str,
        words: str,
        label: str,
        registry: CollectorRegistry,
        buckets: Sequence[float],
    ) -> None:
        self._name, self._words, self._label = name, words, label
        self._bounds = tuple(buckets)
        self._series: dict[int, _Series] = {}
        registry.register(self)

    def observe(self, label: int, value: float) -> None:
        """Count one value."""
        series = self._series.get(label)
        if series is None:
            series = self._series[label] = _Series(len(self._bounds) + 1)
        series.counts[bisect_left(self._bounds, value)] += 1
        series.total += value

    def collect(self) -> Iterable[Metric]:
        """Return the histogram as it stands."""
        family = HistogramMetricFamily(self._name, self._words, labels=[self._label])
        bounds = [*map(floatToGoString, self._bounds), "+Inf"]
        for label, series in self._series.items():
            buckets, so_far = [], 0
            for bound, count in zip(bounds, series.counts, strict=True):
                so_far += count
                buckets.append((bound, float(so_far)))
            family.add_metric([str(label)], buckets, series.total)
        return [family]
