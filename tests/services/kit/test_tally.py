"""A tally says what prometheus_client's own histogram says of the same values."""

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import generate_latest

from services.kit.tally import Tally

BUCKETS = (0.001, 0.5, 1.0, 10.0)
values = st.lists(
    st.tuples(
        st.sampled_from([200, 503]), st.sampled_from([0.0, 0.001, 0.25, 1.0, 1.5, 10.0, 99.0])
    )
)


@given(values)
def test_a_tally_reads_like_a_histogram(observed: list[tuple[int, float]]) -> None:
    ours, theirs = CollectorRegistry(auto_describe=True), CollectorRegistry(auto_describe=True)
    tally = Tally("seconds", "Words", "status", ours, BUCKETS)
    histogram = Histogram("seconds", "Words", ["status"], registry=theirs, buckets=BUCKETS)
    for status, value in observed:
        tally.observe(status, value)
        histogram.labels(str(status)).observe(value)

    assert generate_latest(ours) == generate_latest(theirs)
