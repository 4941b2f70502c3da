"""A process that is killed while it lets somebody in: all boxes or none, and the next one finishes."""

from __future__ import annotations

import os
import signal

import pytest
from django.db import connections

from accounts.models import Box
from accounts.services.vault import proposing, resealing, sealing
from accounts.services.vault.sealing import Secret
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, now, opened
from tests.people import person


@pytest.mark.django_db(transaction=True)
def test_killed_while_re_sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    account = stage.account(
        secrets=[stage.password(), Secret("codes", b"1234"), Secret("file-1", b"x", "a.key")]
    )
    stage.set_up("fang_vice")
    run = proposing.propose_custodians(
        account_id=account.pk, custodians=stage.ids("shen_operations", "qian_it", "fang_vice"), opened=None,
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    stage.decide(run)
    vault = opened("qian_it")
    before = Box.objects.count()
    made = sealing.box_up
    connections.close_all()
    child = os.fork()
    if child == 0:
        # Where a browser's event loop runs in this thread, the child sees other connections than its parent has closed:
        # those of before the loop. It must not speak on its parent's, nor end them.
        inherited = [(each, each.connection) for each in connections.all(initialized_only=True)]
        for each, _kept in inherited:
            each.connection = None
        count = 0

        def dies(*args: object, **kwargs: object) -> None:
            nonlocal count
            count += 1
            made(*args, **kwargs)  # type: ignore[arg-type]
            if count == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(sealing, "box_up", dies)
        try:
            resealing.let_in(account_id=account.pk, opened=vault, by=vault.employee, now=now())
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert Box.objects.count() == before
    assert resealing.let_in(account_id=account.pk, opened=vault, by=vault.employee, now=now()) == 3
    assert sealing.open_secret(stage.secret(account), opened("fang_vice")) == CANARY.encode()
