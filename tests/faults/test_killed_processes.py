"""Processes die at random instants during 5,000 orders: nothing accepted is lost, nothing is doubled or told twice."""

import json
import tempfile
import time
from pathlib import Path

import pytest

from tests.faults.farm import KINDS, Shop, Upload, farm, problems, run_with_faults, wait_told

SENT, UPLOADED = 1_000, 4_000
#: Every kind of fault once, and two more.
STRIKES = len(KINDS) + 2


@pytest.mark.slow
@pytest.mark.clause("C7.1", "C7.5")
def test_killing_any_process_at_any_instant_loses_and_repeats_nothing() -> None:
    seed = int(time.time())
    with (
        tempfile.TemporaryDirectory(prefix="ecd-") as folder,
        farm(Path(folder) / "h", seed, durable=False) as running,
    ):
        shop = Shop(running.port, running.secret, iter(range(SENT)))
        upload = Upload(running, UPLOADED)
        run_with_faults(running, shop, upload, every=1.5, strikes=STRIKES, sent=SENT)
        told = (
            f"seed {seed}, struck {running.kills}, retried {shop.retries}, imported {upload.attempts} times"
        )
        assert set(running.kills) == set(KINDS), told
        assert len(shop.taken) == SENT, told
        assert wait_told(running, 20) == 0, told
        assert problems(running, shop, upload) == {}, told
        verified = running.manage("verify_ledger", "--json")
        assert verified.returncode == 0, f"{told}: {verified.stdout}{verified.stderr}"
        assert json.loads(verified.stdout)["orders"] == SENT + UPLOADED
