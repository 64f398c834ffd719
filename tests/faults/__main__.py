"""`python -m tests.faults`: the long run. SECONDS and SEED set its length and seed; the last line is its tally."""

import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.run import Course, run


def main() -> None:
    """Run, print the tally, and exit 1 where anything was found wrong; the logs are kept then."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
    seconds = float(os.environ.get("SECONDS") or 240)
    folder = Path(tempfile.mkdtemp(prefix="tellusonce-faults-"))
    folder.chmod(0o711)
    print(f"seed {seed}, {seconds:.0f} seconds, in {folder}", file=sys.stderr)
    tally = run(Course(seed, seconds, reports_per_second=30, seconds_between_faults=2), folder, None)
    if tally.passed():
        shutil.rmtree(folder)
    print(json.dumps(tally.document()))
    sys.exit(0 if tally.passed() else 1)


main()
