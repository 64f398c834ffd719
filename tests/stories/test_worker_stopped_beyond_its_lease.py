"""A worker is frozen in mid-delivery for longer than its lease, and another takes over what it had claimed.

When the first one wakes it has answers in its hands that nobody waits for any more: they change nothing.
"""

import psutil

from tests.stories.conftest import Play
from tests.stories.stage import Stage

REPORTS = 3
# In their answers, so that nothing but a worker brings an outcome home.
AGENCIES = dict.fromkeys(
    ("holmshire-council-tax", "dwp-state-pension"), ("--latency-seconds", "0.7", "--acknowledge", "body")
)
UNDER_WAY = "SELECT count(*) FROM notification WHERE attempts = 1 AND state = 'queued'"
FINGERPRINT = """
SELECT hashtext(string_agg(md5(row::text), '' ORDER BY row::text)) FROM (
    SELECT notification::text FROM notification
    UNION ALL SELECT attempt::text FROM attempt
    UNION ALL SELECT acknowledgement::text FROM acknowledgement
    UNION ALL SELECT trail::text FROM trail
) AS row
"""


def test_what_a_worker_says_after_its_lease_changes_nothing(play: Play) -> None:
    with play(AGENCIES) as stage:
        for _ in range(REPORTS):
            stage.registrar.register()
        stage.until(lambda: stage.count(UNDER_WAY) >= 2, within_seconds=30)
        frozen = _worker_processes(stage)
        for process in frozen:
            process.suspend()
        stage.town.start_worker("worker-2")
        stage.until(stage.finished, within_seconds=30)
        before = stage.count(FINGERPRINT)

        for process in frozen:
            process.resume()
        # It ends only when it has said what it had to say.
        frozen[0].terminate()
        stage.until(lambda: not _is_running(frozen[0]), within_seconds=60, reviving=False)

        assert stage.count(FINGERPRINT) == before
        assert stage.verdict().faults() == {}


def _is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _worker_processes(stage: Stage) -> list[psutil.Process]:
    main = psutil.Process(stage.children.pid("worker"))
    return [main, *main.children(recursive=True)]
