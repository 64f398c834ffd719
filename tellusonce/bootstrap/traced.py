"""What is stored about a report is said in the log under its trace: by the request that did it, or by the lane."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from tellusonce.bootstrap import spans
from tellusonce.domain.acknowledgement import Acknowledgement
from tellusonce.domain.trace import trace_id
from tellusonce.logs import concern
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.lanes import Lanes
from tellusonce.persistence.reports import Reports
from tellusonce.persistence.revisions import Revisions
from tellusonce.services.acknowledge import Change
from tellusonce.services.deliver import Claimed, Recorded
from tellusonce.services.register import IdempotencyKey, NewReport
from tellusonce.services.versions import NewVersion, StoredReport

_log = structlog.get_logger()


class TracedReports(Reports):
    """Says of which reports a request is."""

    def add(self, reports: Sequence[NewReport]) -> None:
        """Store all of them, or none."""
        started_at = time.time()
        super().add(reports)
        for each in reports:
            concern(trace_id(each.id))
            spans.recorded(each.id, 1, started_at)

    def add_once(self, report: NewReport, key: IdempotencyKey, answer: bytes) -> bytes | None:
        """Store the report and the answer under the key."""
        started_at = time.time()
        earlier = super().add_once(report, key, answer)
        if earlier is None:
            concern(trace_id(report.id))
            spans.recorded(report.id, 1, started_at)
        return earlier


class TracedRevisions(Revisions):
    """Says of which report a request is."""

    def revise(
        self,
        reference: str,
        district: str | None,
        decide: Callable[[StoredReport], NewVersion],
        key: IdempotencyKey | None,
        *,
        dry_run: bool,
    ) -> tuple[bytes, Sequence[str]]:
        """Lock the report, decide, store."""
        started_at = time.time()
        new_versions: list[NewVersion] = []

        def decided(report: StoredReport) -> NewVersion:
            new_versions.append(decide(report))
            return new_versions[-1]

        revised = super().revise(reference, district, decided, key, dry_run=dry_run)
        for new in [] if dry_run else new_versions:
            concern(trace_id(new.report_id))
            spans.recorded(new.report_id, new.version, started_at)
        return revised


class TracedAcknowledgements(Acknowledgements):
    """Says of which reports an agency's words are."""

    def record(self, agency: str, changes: Sequence[Change], actor: str | None) -> frozenset[UUID]:
        """Write the changes whose standing is still as it was."""
        written = super().record(agency, changes, actor)
        for each in changes:
            concern(trace_id(each.standing.report_id))
        return written


class TracedLanes(Lanes):
    """Says what came of attempts: a line for all that are recorded at once, which costs each a microsecond."""

    def claim(self, agency: str, limit: int, lease_seconds: float) -> list[Claimed]:
        """Take up to `limit` that are due, under a lease."""
        started_at = time.time()
        claims = super().claim(agency, limit, lease_seconds)
        spans.claimed(claims, started_at)
        return claims

    def claim_one(self, agency: str, lease_seconds: float) -> list[Claimed]:
        """Take one that must be tried alone."""
        started_at = time.time()
        claims = super().claim_one(agency, lease_seconds)
        spans.claimed(claims, started_at)
        return claims

    def record(self, recorded: Sequence[Recorded], channel: str) -> list[Acknowledgement]:
        """Write what came of attempts."""
        overtaken = super().record(recorded, channel)
        _log.info(
            "attempted",
            agency=recorded[0].answer.claimed.agency,
            channel=channel,
            attempts=[_said(each) for each in recorded],
        )
        spans.attempted(recorded, channel)
        return overtaken


def _said(recorded: Recorded) -> str:
    answer = recorded.answer
    claimed = answer.claimed
    ended = answer.result if answer.status is None else f"{answer.result} {answer.status}"
    return (
        f"{claimed.report_id.hex} version {claimed.version} notification {claimed.id} attempt {claimed.attempt}: "
        f"{ended} in {answer.duration_ms} ms"
    )
