"""`make bench`: this project beside what one would write instead, in one run; the last line is one JSON object."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tellusonce.bootstrap import Servers
from tellusonce.channels.signing import signing_secret
from tellusonce.embedded import start_postgres, start_valkey
from tellusonce.persistence.master_secret import master_secret
from tellusonce.settings import PREFIX
from tests.benchmarks import ours
from tests.benchmarks.peers import celery_chord

AGENCIES = (
    "dwp-disability-living-allowance",
    "dwp-state-pension",
    "holmshire-council-tax",
    "holmshire-housing-benefit",
)
PEER_REPORTS = int(os.environ.get("PEER_REPORTS", "300"))
OUR_REPORTS = int(os.environ.get("OUR_REPORTS", "5000"))
IDLE_REPORTS = 50
REPORTS_A_TRANSACTION = 100


def main() -> None:
    """Run everything on embedded servers with durable commits, and print the figures."""
    data_dir = Path(tempfile.mkdtemp(prefix="tellusonce-bench-"))
    data_dir.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, data_dir)
        postgres, valkey = start_postgres(data_dir), start_valkey(data_dir)
        stack.callback(postgres.stop)
        stack.callback(valkey.stop)
        at = Servers(postgres.url, valkey.url)
        os.environ |= {f"{PREFIX}DATABASE_URL": at.database_url, f"{PREFIX}BROKER_URL": at.broker_url}
        secrets = {code: signing_secret(master_secret(data_dir / "secret.key"), code) for code in AGENCIES}
        agencies = stack.enter_context(_agencies(secrets))
        listed = [(code, url, secrets[code]) for code, url in agencies]
        before = _peer(at, listed)
        with ours.running(at, data_dir, agencies) as service:
            idle = service.idle_delay_ms(IDLE_REPORTS)
            singly = service.throughput(OUR_REPORTS, 1)
            together = service.throughput(OUR_REPORTS, REPORTS_A_TRANSACTION)
        peer = _mean(before, _peer(at, listed))
    _print({"Celery chord": peer, "tellusonce, one by one": singly, "tellusonce, imported": together}, idle)


def _peer(at: Servers, agencies: list[tuple[str, str, str]]) -> dict[str, float]:
    """The peer in a process of its own, which it needs for each run."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(celery_chord.run, at.database_url, at.broker_url, agencies, PEER_REPORTS).result()


def _mean(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Run before and after ours, as these machines are not quiet: the two together as one run."""
    both = {name: before[name] + after[name] for name in ("reports", "seconds", "cpu_seconds")}
    return {**both, "reports_per_second": both["reports"] / both["seconds"]}


@contextmanager
def _agencies(secrets: Mapping[str, str]) -> Iterator[list[ours.Agency]]:
    """The sample agencies, which verify every signature and acknowledge in their reply."""
    processes: list[subprocess.Popen[str]] = []
    try:
        for code, secret in secrets.items():
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "tellusonce.simulation", "--agency", code, "--secret-env", "SECRET"],
                    env={**os.environ, "SECRET": secret},
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        yield [(code, _url(process)) for code, process in zip(secrets, processes, strict=True)]
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _url(agency: "subprocess.Popen[str]") -> str:
    assert agency.stdout is not None
    return str(json.loads(agency.stdout.readline())["url"])


def _print(figures: Mapping[str, Mapping[str, float]], idle: Mapping[str, float]) -> None:
    peer = figures["Celery chord"]["reports_per_second"]
    table = Table("", "reports", "seconds", "reports/s", "worker CPU s per 1,000", "times the chord")
    for name, each in figures.items():
        table.add_row(
            name,
            f"{each['reports']:,}",
            f"{each['seconds']:.2f}",
            f"{each['reports_per_second']:.0f}",
            f"{1000 * each['cpu_seconds'] / each['reports']:.2f}",
            f"{each['reports_per_second'] / peer:.1f}",
        )
    console = Console(stderr=True)
    console.print(table)
    console.print(f"Accepted to delivered, idle: median {idle['p50']:.0f} ms, 99th percentile {idle['p99']:.0f} ms")
    ratios = {
        "ratio_one_by_one": figures["tellusonce, one by one"]["reports_per_second"] / peer,
        "ratio_imported": figures["tellusonce, imported"]["reports_per_second"] / peer,
    }
    print(json.dumps({**ratios, "idle_delay_ms": idle, "figures": figures}))


if __name__ == "__main__":
    main()
