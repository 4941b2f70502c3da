"""The fault test for hours instead of seconds: `./dev bench soak [--minutes 30] [--seed N] [--every SECONDS]`.

Rounds of 5,000 orders into one installation that grows, a process killed every few seconds; after each round the
same facts are checked as in tests/faults. Ends with code 1 at the first thing that is lost, doubled or told twice.
"""

import argparse
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.faults.farm import Shop, Upload, farm, problems, run_with_faults, wait_told

SENT, UPLOADED, AGAIN = 1_500, 3_500, 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    print(f"seed {options.seed}, {options.minutes} minutes", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="ecd-") as folder,
        farm(Path(folder) / "h", options.seed, durable=True) as running,
    ):
        numbers = itertools.count()
        shop = Shop(running.port, running.secret, iter(()))
        for turn in itertools.count(1):
            started = time.monotonic()
            shop.numbers = itertools.islice(numbers, SENT)
            # A file of one size each round, which begins with orders that the round before has brought.
            upload = Upload(running, UPLOADED * turn, first=max(0, UPLOADED * (turn - 1) - AGAIN))
            running.importing = None
            run_with_faults(running, shop, upload, every=options.every, strikes=1_000_000)
            overdue = wait_told(running, 120)
            wrong = problems(running, shop, upload)
            verified = running.manage("verify_ledger", "--json")
            print(
                f"round {turn}: {len(shop.taken) + upload.count} orders, {time.monotonic() - started:.0f} s, struck "
                f"{json.dumps(running.kills, sort_keys=True)}, retried {shop.retries}, overdue {overdue}, "
                f"ledger code {verified.returncode}, wrong {wrong or 'nothing'}",
                flush=True,
            )
            if overdue or wrong or verified.returncode != 0:
                print(verified.stdout + verified.stderr)
                return 1
            if time.monotonic() > end:
                return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
