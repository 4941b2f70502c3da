"""Row 11: a backup of the database, against pg_dump with the same compression alone.

A million orders with lines, customers' keys, indexes, trail and seals. The backup is `dump_database`: pg_dump from an
exported snapshot, every table counted in that snapshot, the keys apart, everything sealed, hashed, written, synced. The
other side is pg_dump of the same database, everything included, with the same compression into a file, which it syncs.
Alternating runs, medians of three, and the same at a tenth of the size. Reach: at most 1.3 times its time.

    ./dev bench 11 [--scale 1.0]
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
from backups.services.dumping import dump_database
from bench.orders_world import fill
from bench.row1_intake import empty
from bench.row6_verify import asleep
from office import boxes

ORDERS = 1_000_000


def bare(target: Path) -> float:
    """pg_dump alone."""
    login = programs.owner()
    arguments = ["--format=custom", f"--compress={programs.COMPRESSION}", "--no-owner", f"--file={target}"]
    began = time.perf_counter()
    subprocess.run([programs.program("pg_dump"), *arguments], env=login.environment, check=True)
    return time.perf_counter() - began


def run(orders: int) -> float:
    """Seconds an order, median."""
    fill(orders)
    public = boxes.new_pair().public
    to = [Recipient(fingerprint(public), public)]
    bares, fulls = [], []
    with tempfile.TemporaryDirectory(dir=os.environ["ECDEPT_HOME"]) as name:
        folder = Path(name)
        for _round in range(3):
            bares.append(bare(folder / "bare.dump"))
            began = time.perf_counter()
            dumped = dump_database(folder=folder, to=to, clause="C13.8", book="bench", erasures=0)
            fulls.append(time.perf_counter() - began)
            sizes = ((folder / "bare.dump").stat().st_size, dumped.main.size, dumped.keys.size)
            for each in (folder / "bare.dump", dumped.main.path, dumped.keys.path):
                each.unlink()
    raw, full = statistics.median(bares), statistics.median(fulls)
    rows = sum(dumped.main.manifest["counts"].values())
    print(f"row 11: {orders:,} orders, {rows:,} rows in {len(dumped.main.manifest['counts'])} tables")
    print(
        f"  pg_dump   {raw:7.2f} s   [{', '.join(f'{each:.2f}' for each in bares)}]   {sizes[0] / 1e6:,.1f} MB"
    )
    print(
        f"  backup    {full:7.2f} s   [{', '.join(f'{each:.2f}' for each in fulls)}]   "
        f"{sizes[1] / 1e6:,.1f} MB and keys {sizes[2] / 1e6:,.1f} MB"
    )
    print(f"  ratio {full / raw:.2f} (asked ≤ 1.3)", flush=True)
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
