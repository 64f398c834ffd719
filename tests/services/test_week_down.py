"""An agency is down for a week by the database's clock: its times are moved into the past, three hours at once."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from tellusonce.bootstrap import Service
from tellusonce.domain.breaker import CircuitBreaker
from tellusonce.domain.report import Submission
from tellusonce.domain.retry import RetrySchedule
from tellusonce.domain.revision import Reason
from tellusonce.persistence.acknowledgements import Acknowledgements
from tellusonce.persistence.database import Database
from tellusonce.persistence.lanes import Lanes
from tellusonce.services.acknowledge import Acknowledge
from tellusonce.services.deliver import Deliver, Result
from tellusonce.services.doorbell import SilentDoorbell
from tellusonce.services.revise import Request
from tellusonce.settings import Settings
from tests.builders import a_submission
from tests.persistence.stored import query
from tests.services.outboxes import ScriptedOutbox, answering, taking

PENSION = "dwp-state-pension"
HOURS = 7 * 24
SCHEDULE = RetrySchedule(Settings().retry_delays_seconds, timedelta(days=14))


def test_everything_comes_once_and_in_order(database: Database, database_url: str) -> None:
    """What was reported, corrected and withdrawn in that week reaches the agency when it is back, each thing once."""
    service = Service(Settings(), database_url, SilentDoorbell())
    down = ScriptedOutbox(answering(Result.UNREACHABLE))
    references = []
    for hour in range(0, HOURS, 3):
        if hour % 9 == 0:
            references.append(_report(service))
        if hour % 12 == 6:
            _change(service, references[hour % len(references)], hour)
        _deliver(database, down)
        _pass_hours(database)
    assert query(database, "SELECT count(*) FROM notification WHERE state = 'parked'") == [(0,)]

    back = ScriptedOutbox(taking)
    for _ in range(10):  # the longest wait between attempts is a day, give or take
        _deliver(database, back)
        _pass_hours(database)

    got: dict[str, list[int]] = defaultdict(list)
    for claimed, _ in back.sent:
        got[claimed.reference].append(claimed.sequence)
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in got.values())
    assert len({claimed.id for claimed, _ in back.sent}) == len(back.sent)
    assert query(
        database, "SELECT count(*) FROM notification WHERE agency = %s AND state IN ('queued', 'waiting')", PENSION
    ) == [(0,)]
    assert down.sent, "it was tried meanwhile"
    service.close()


def _report(service: Service) -> str:
    submission = Submission.model_validate(a_submission())
    return service.register.register(submission, actor="registrar:Holmshire", district="holmshire").reference


def _change(service: Service, reference: str, hour: int) -> None:
    corrected = Submission.model_validate(a_submission(facts__deceased__name_at_birth=f"Pryce{'e' * (hour % 9)}"))
    request = Request(reference, Reason.CLERICAL, "registrar:Holmshire", "holmshire")
    service.revise.correct(request, corrected)


def _deliver(database: Database, outbox: ScriptedOutbox) -> None:
    Deliver(
        lane=Lanes(database, CircuitBreaker()),
        outbox=lambda _: outbox,
        acknowledge=Acknowledge(Acknowledgements(database)).acknowledge,
        render=lambda claimed: str(claimed.id).encode(),
        retry=SCHEDULE,
        now=lambda: datetime.now(UTC),
        lost_attempts_limit=5,
    ).deliver(PENSION)


def _pass_hours(database: Database) -> None:
    query(
        database,
        """
        UPDATE notification
        SET accepted_at = accepted_at - interval '3 hours', next_attempt_at = next_attempt_at - interval '3 hours',
            leased_until = leased_until - interval '3 hours';
        UPDATE lane
        SET counted_since = counted_since - interval '3 hours', open_until = open_until - interval '3 hours',
            probing_until = probing_until - interval '3 hours'
        """,
    )
