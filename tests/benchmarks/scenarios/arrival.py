"""Reports that arrive at a fixed rate by POST, up to the rate that is no longer kept up with, and at 70 % of it.

A commit is as slow as the disk is at that moment, so that what it alone needs to make a page durable stands beside.
"""

import asyncio
import json
import os
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import uvloop
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError

from tests.benchmarks.configuration import SUBMISSION
from tests.benchmarks.ours import START_AT_MOST_SECONDS, Ours, ours_at_work
from tests.benchmarks.scenarios import Figures, Row, Sizes
from tests.benchmarks.stage import Stage

FIRST_RATE = 50.0
LAST_RATE = 6400.0
"""Reports a second."""
CALM = 0.7
POST_P99_MS_AT_MOST = 1000.0
DELIVERED_P99_MS_AT_MOST = 2000.0
_PROBLEM_STATUS = 400
_PAGE_BYTES = 8192
_PAUSE_SECONDS = 0.01
_IDLE_AT_MOST = timedelta(seconds=4)
"""For which a connection is kept: the API closes it after 5 seconds."""


@dataclass(frozen=True)
class _Step:
    rate: float
    post_ms: list[float]
    refused: int
    delivered_p50_ms: float
    delivered_p99_ms: float

    @property
    def post_p99_ms(self) -> float:
        return _p99(self.post_ms)

    @property
    def is_kept_up_with(self) -> bool:
        return (
            not self.refused
            and self.post_p99_ms <= POST_P99_MS_AT_MOST
            and self.delivered_p99_ms <= DELIVERED_P99_MS_AT_MOST
        )


def run(stage: Stage, sizes: Sizes) -> list[Figures]:
    """Double the rate until it breaks, halve the gap twice, then stay at 70 % of the highest that was kept up with."""
    steps: list[_Step] = []
    disk_ms = _disk_ms(stage.data_dir, sizes.arrival_seconds)
    with ours_at_work(stage) as ours:
        load = _Load(ours, sizes.arrival_seconds)
        load.step(FIRST_RATE)  # until all is connected and compiled
        low, high = 0.0, FIRST_RATE
        while high <= LAST_RATE and _try(load, steps, high):
            low, high = high, 2 * high
        for _ in range(2):
            middle = (low + high) / 2
            low, high = (middle, high) if _try(load, steps, middle) else (low, middle)
        steps.sort(key=lambda step: step.rate)
        calm = load.step(max(1.0, CALM * low))
    rows = [*(_row(step, "" if step.is_kept_up_with else "broken") for step in steps), _row(calm, "70 %")]
    note = (
        f"Broken: a POST refused or cut off, its 99th percentile over {POST_P99_MS_AT_MOST:.0f} ms, or that of "
        f"accepted to delivered over {DELIVERED_P99_MS_AT_MOST:.0f} ms. Each POST is timed from when it was due. The "
        f"disk alone, with nothing else at work, made a page of {_PAGE_BYTES // 1024} kB durable "
        f"in {disk_ms[len(disk_ms) // 2]:.1f} ms (median), {_p99(disk_ms):.0f} ms (99th percentile), "
        f"{disk_ms[-1]:.0f} ms (longest)."
    )
    return [Figures("Arrival at fixed rates", rows, note)]


def _p99(ordered: list[float]) -> float:
    return ordered[int(0.99 * (len(ordered) - 1))]


def _disk_ms(folder: Path, seconds: float) -> list[float]:
    """What it takes to make one page durable, over and over; in order."""
    file = os.open(folder / "page", os.O_RDWR | os.O_CREAT)
    took_ms: list[float] = []
    ends = time.perf_counter() + seconds
    while (began := time.perf_counter()) < ends:
        os.pwrite(file, os.urandom(_PAGE_BYTES), 0)
        os.fdatasync(file)
        took_ms.append(1000 * (time.perf_counter() - began))
        time.sleep(_PAUSE_SECONDS)
    os.close(file)
    return sorted(took_ms)


def _try(load: "_Load", steps: list[_Step], rate: float) -> bool:
    steps.append(load.step(rate))
    return steps[-1].is_kept_up_with


def _row(step: _Step, mark: str) -> Row:
    return {
        "reports/s offered": step.rate,
        "POST p50 ms": step.post_ms[len(step.post_ms) // 2],
        "POST p99 ms": step.post_p99_ms,
        "refused": step.refused,
        "accepted to delivered p50 ms": step.delivered_p50_ms,
        "accepted to delivered p99 ms": step.delivered_p99_ms,
        "mark": mark,
    }


class _Load:
    """Posts at a rate whatever the answers, as registrars do who do not know of one another."""

    def __init__(self, ours: Ours, seconds: float) -> None:
        self._ours = ours
        self._seconds = seconds
        self._body = json.dumps(SUBMISSION).encode()
        self._headers = {"authorization": f"Bearer {ours.registrar_key()}", "content-type": "application/json"}
        ours.start_api()
        asyncio.run(self._wait_for_api())

    def step(self, rate: float) -> _Step:
        reports = max(1, int(rate * self._seconds))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            post_ms = runner.run(self._post_all(rate, reports))
        self._ours.wait_until_closed(START_AT_MOST_SECONDS + 10 * self._seconds)
        accepted = [ms for ms in post_ms if ms is not None]
        delivered = self._ours.latest_delays_ms(len(accepted))
        return _Step(rate, sorted(accepted), reports - len(accepted), delivered["p50"], delivered["p99"])

    async def _post_all(self, rate: float, reports: int) -> list[float | None]:
        async with ClientBuilder().pool_idle_timeout(_IDLE_AT_MOST).build() as client:
            began = time.perf_counter()
            posts = [asyncio.create_task(self._post(client, began + number / rate)) for number in range(reports)]
            return await asyncio.gather(*posts)

    async def _post(self, client: Client, due: float) -> float | None:
        """Milliseconds from when it was due to the answer; None where it was refused or cut off."""
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        headers = {**self._headers, "idempotency-key": str(uuid4())}
        request = client.post(f"{self._ours.api_url}/v1/reports").headers(headers).body_bytes(self._body).build()
        try:
            response = await request.send()
        except RequestError:
            return None
        return None if response.status >= _PROBLEM_STATUS else 1000 * (time.perf_counter() - due)

    async def _wait_for_api(self) -> None:
        deadline = time.monotonic() + START_AT_MOST_SECONDS
        async with ClientBuilder().build() as client:
            while await self._post(client, time.perf_counter()) is None:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the API did not take a report within {START_AT_MOST_SECONDS} seconds")
                await asyncio.sleep(0.1)
