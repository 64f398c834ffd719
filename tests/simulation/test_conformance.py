"""A conformance run finds nothing wrong with a right endpoint, and each fault of a wrong one by name."""

import pytest

from tellusonce.simulation.conformance import Endpoint, try_all

from .endpoints import endpoint_with
from .running import SECRET, RunningAgency, Start

_WITHDRAWALS = {"withdrawn", "withdrawn, not known", "withdrawn, without facts"}
_SIGNATURES = {"signed by another secret", "unsigned", "altered after signing"}
_TIMES = {"stale (10 minutes old)", "early (10 minutes ahead)"}


def wrong(endpoint: Endpoint) -> set[str]:
    return {finding.trial for finding in try_all(endpoint) if not finding.holds}


def test_sample_agency_is_right(agency: RunningAgency) -> None:
    """In all trials, batches and gzip included."""
    endpoint = Endpoint(
        url=f"http://{agency.address}/", secrets=[SECRET], batch_limit=10, gzip=True, pause_seconds=0.02
    )
    assert wrong(endpoint) == set()


def test_sample_agency_that_posts_is_right(start: Start) -> None:
    """An empty 202 is as good as an outcome."""
    running = start("--acknowledge", "post", "--api-url", "http://127.0.0.1:9/")
    assert wrong(Endpoint(url=f"http://{running.address}/", secrets=[SECRET], pause_seconds=0.02)) == set()


def test_trials_are_those_that_the_agency_is_configured_for(agency: RunningAgency) -> None:
    """Batches and gzip are tried where they would be sent."""
    plain = Endpoint(url=f"http://{agency.address}/", secrets=[SECRET], pause_seconds=0.02)
    assert {"gzip", "batch"}.isdisjoint(finding.trial for finding in try_all(plain))


def test_handwritten_endpoint_is_right() -> None:
    """The one that the faults below are made in."""
    with endpoint_with() as endpoint:
        assert wrong(endpoint) == set()


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("verifies-nothing", _SIGNATURES | _TIMES),
        ("ignores-the-time", _TIMES),
        ("reads-one-signature", {"key rotation"}),
        ("refuses-duplicates", {"doubled"}),
        ("changes-its-mind", {"doubled"}),
        ("refuses-older", {"out of order"}),
        ("actions-withdrawals", _WITHDRAWALS),
        ("needs-facts", {"withdrawn, without facts"}),
        ("knows-all-fields", {"unknown field"}),
        ("fails-on-large", {"oversized (256 KB)"}),
        ("hangs-on-large", {"oversized (256 KB)"}),
        ("is-impatient", {"slow body"}),
        ("no-gzip", {"gzip", "batch"}),
        ("no-batches", {"batch"}),
    ],
)
def test_fault_is_found(fault: str, found: set[str]) -> None:
    """By the trials that it shows in, and by no other."""
    with endpoint_with(fault) as endpoint:
        assert wrong(endpoint) == found


@pytest.mark.parametrize("fault", ["names-the-reference", "is-gone"])
def test_fault_of_every_answer_is_found(fault: str) -> None:
    """Where all that is taken is acknowledged wrongly, or said to be gone, the first trial shows it."""
    with endpoint_with(fault) as endpoint:
        assert "good" in wrong(endpoint)


def test_endless_reply_is_given_up() -> None:
    """One that comes byte by byte, each in time, ends with the time for the whole."""
    with endpoint_with("trickles") as endpoint:
        first = next(iter(try_all(endpoint)))
    assert not first.holds
    assert first.saw == "no answer in 3 seconds"


def test_nobody_there() -> None:
    """An endpoint that cannot be reached is wrong in all, and the run ends."""
    findings = list(try_all(Endpoint(url="http://127.0.0.1:9/", secrets=[SECRET], pause_seconds=0.02)))
    assert not any(finding.holds for finding in findings)
    assert {finding.saw.partition(",")[0] for finding in findings} >= {"no answer: ConnectionRefusedError"}
