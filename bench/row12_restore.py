"""Row 12: a restore drill with all its checks, against pg_restore alone.

A million orders as in row 11. The drill is what follows every backup: the stored file is checked, opened, restored
into a scratch database, every table counted, the whole ledger recomputed, a sample of customers opened, dropped.
The other side is pg_restore of a plain dump of the same database into an empty database, nothing looked at. Alternating
runs, medians of three, and the same at a tenth of the size. Reach: at most 1.5 times its time.

    ./dev bench 12 [--scale 1.0]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")

import django

django.setup()

from backups import programs
from backups.container import Recipient, fingerprint
from backups.services.drilling import Found, drill
from backups.services.dumping import dump_database
from bench.orders_world import fill
from bench.row1_intake import empty
from bench.row6_verify import asleep
from bench.row11_backup import ORDERS, bare
from office import boxes


def restored(dump: Path) -> float:
    """pg_restore alone, as anybody would call it."""
    login = programs.owner()
    target = login.at("bench_restored")
    with programs.administering(login) as cursor:
        programs.drop_database(cursor, target.database)
        programs.create_database(cursor, target.database, login.user)
        environment = {key: value for key, value in target.environment.items() if key != "PGOPTIONS"}
        arguments = ["--no-owner", "--exit-on-error", f"--dbname={target.database}", str(dump)]
        began = time.perf_counter()
        subprocess.run([programs.program("pg_restore"), *arguments], env=environment, check=True)
        took = time.perf_counter() - began
        programs.drop_database(cursor, target.database)
    return took


def run(orders: int) -> float:
    """Seconds an order, median."""
    fill(orders)
    public = boxes.new_pair().public
    bares: list[float] = []
    fulls: list[float] = []
    found = Found()
    with tempfile.TemporaryDirectory(dir=os.environ["ECDEPT_HOME"]) as name:
        folder = Path(name)
        bare(folder / "bare.dump")
        dumped = dump_database(
            folder=folder,
            to=[Recipient(fingerprint(public), public)],
            clause="C13.8",
            book="bench",
            erasures=0,
        )
        for _round in range(3):
            bares.append(restored(folder / "bare.dump"))
            began = time.perf_counter()
            found = drill(dumped)
            fulls.append(time.perf_counter() - began)
            assert found.good, (found.words, found.findings[:3])
    raw, full = statistics.median(bares), statistics.median(fulls)
    print(
        f"row 12: {found.orders:,} orders, {found.entries:,} entries, {found.rows:,} rows in {found.tables} tables, "
        f"{found.sampled} customers opened"
    )
    print(f"  pg_restore   {raw:7.2f} s   [{', '.join(f'{each:.2f}' for each in bares)}]")
    print(
        f"  drill        {full:7.2f} s   [{', '.join(f'{each:.2f}' for each in fulls)}]   "
        f"(the last: restoring {found.restore_seconds:.2f}, verifying {found.verify_seconds:.2f})"
    )
    print(f"  ratio {full / raw:.2f} (asked ≤ 1.5)", flush=True)
    return full / orders


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    orders = int(ORDERS * options.scale)
    small = run(orders // 10)
    large = run(orders)
    print(f"  cost of an order, ten times the size: × {large / small:.2f}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (asked < 300)")
    empty()
    asleep("TRUNCATE audit_seal")


if __name__ == "__main__":
    main()
