"""Looking at a secret: a reason, a row, and nothing for who may not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, Box, Reveal, Sealed
from accounts.rules import totp
from accounts.selectors import vault
from accounts.services.vault import resealing, revealing, sealing
from accounts.services.vault.sealing import Secret
from office.approvals import api as approvals
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.staff.models import Appointment
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, SEED, now, opened
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    stage.set_up("shen_operations", "qian_it", "zhou_general")
    stage.safe()
    secrets = [stage.password(), Secret("totp", SEED.encode()), Secret("file-1", b"\x00\x01", "a.key")]
    return stage.account(secrets=secrets)


def look(
    sealed: Sealed,
    who: str = "qian_it",
    way: str = "shown",
    reason: str = "对账",
    at: dt.datetime | None = None,
) -> revealing.Shown:
    return revealing.reveal(
        sealed_id=sealed.pk, way=way, reason=reason, opened=opened(who), by=person(who), now=at or now()
    )


@pytest.mark.clause("C8.2", "C6.2", "M4.2")
def test_every_look_is_a_row_and_an_entry(account: Account) -> None:
    shown = look(stage.secret(account), reason="  核对\n到账 ")
    assert shown.text == CANARY
    row = Reveal.objects.get()
    assert (row.employee, row.way, row.reason) == (person("qian_it"), "shown", "核对 到账")
    entry = Entry.objects.filter(verb="accounts.reveal").get()
    assert CANARY.encode() not in bytes(entry.canonical)
    assert vault.seen_since_change(account) == [row]
    with (
        pytest.raises(Exception, match=r"denied|law"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM accounts_reveal")
    with pytest.raises(IntegrityError), transaction.atomic():
        Reveal.objects.create(sealed=row.sealed, employee=row.employee, way="shown", reason="", at=now())


@pytest.mark.parametrize(
    ("field", "way", "reason"),
    [
        ("password", "shown", " "), ("password", "code", "x"), ("password", "saved", "x"), ("password", "lick", "x"),
        ("file-1", "shown", "x"), ("password", "shown", "a\x00b"), ("totp", "shown", "x"), ("totp", "copied", "x"),
    ],
)  # fmt: skip
def test_no_reason_or_a_way_that_does_not_fit(account: Account, field: str, way: str, reason: str) -> None:
    with pytest.raises(Invalid):
        look(stage.secret(account, field), way=way, reason=reason)
    assert not Reveal.objects.exists()


def test_a_code_without_its_seed_and_a_file_byte_by_byte(account: Account) -> None:
    at = now()
    shown = look(stage.secret(account, "totp"), way="code", at=at)
    assert (shown.text, shown.left) == totp.code(totp.seed_of(SEED), at.timestamp())
    assert look(stage.secret(account, "file-1"), way="saved").data == b"\x00\x01"


def test_strangers_the_overseer_and_former_holders_of_the_post_find_nothing(account: Account) -> None:
    sealed = stage.secret(account)
    with pytest.raises(NotFound):
        look(sealed, "zhou_general")  # sees the account, does not keep it
    Appointment.objects.filter(employee=person("qian_it")).update(
        during=(stage.now() - dt.timedelta(days=9), now())
    )
    with pytest.raises(NotFound):
        look(sealed)
    with pytest.raises(Forbidden):
        revealing.reveal(
            sealed_id=sealed.pk, way="shown", reason="x", opened=None, by=person("shen_operations"), now=now()
        )


@pytest.mark.clause("C6.2", "C8.2")
def test_another_post_that_keeps_accounts_does_not_open_those_of_the_former_one() -> None:
    """The site's own passwords are for its owner: who becomes vice president keeps other kinds of accounts."""
    stage.set_up("shen_operations")
    stage.safe()
    server = stage.account(custodians=("shen_operations",), kind="server")
    assert look(stage.secret(server), "shen_operations").text == CANARY
    Appointment.objects.filter(employee=person("shen_operations")).update(position="vice_president")
    assert vault.visible_to(person("shen_operations"), now()).filter(pk=server.pk).exists()
    assert not vault.keeps(person("shen_operations"), server, now())
    with pytest.raises(NotFound):
        look(stage.secret(server), "shen_operations")


def test_a_proposal_is_not_looked_at(account: Account) -> None:
    waiting = Sealed.objects.create(
        account=account, field="password", number=2, ciphertext=b"x", by=person("qian_it"), at=now()
    )
    with pytest.raises(NotFound):
        look(waiting)


def test_a_ciphertext_that_was_moved_does_not_open_though_signed_for(account: Account) -> None:
    """Who writes to the database gives the account the secret of another one, boxes and all."""
    other = stage.account(name="支付宝", secrets=[stage.password("Zwei-Mal-Eisvogel-3")])
    theirs = stage.secret(other)
    moved = Sealed.objects.create(
        account=account,
        field="password",
        number=7,
        ciphertext=bytes(theirs.ciphertext),
        by=person("qian_it"),
        at=now(),
    )
    for box in theirs.boxes.all():
        Box.objects.create(sealed=moved, key=box.key, recovery=box.recovery, box=bytes(box.box), at=now())
    row = {
        "account": account.pk, "facts": None, "add": [], "remove": [],
        "secrets": [{"field": "password", "sealed": moved.pk, "digest": sealing.digest(moved)}],
    }  # fmt: skip
    run = approvals.submit(
        kind="accounts.change",
        subject=account.subject,
        payload={"rows": [row]},
        by=person("qian_it"),
        now=now(),
    )
    stage.decide(run)
    assert stage.secret(account) == moved
    with pytest.raises(Conflict) as refused:
        look(moved)
    assert refused.value.code == "unreadable"
    assert not Reveal.objects.exists()


def test_who_is_let_in_by_nobody_reads_nothing(account: Account) -> None:
    with pytest.raises(NotFound):
        resealing.let_in(
            account_id=account.pk, opened=opened("zhou_general"), by=person("zhou_general"), now=now()
        )
    with pytest.raises(Forbidden):
        sealing.open_secret(stage.secret(account), opened("zhou_general"))
