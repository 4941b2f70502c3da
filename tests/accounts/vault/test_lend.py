"""Lending a password: agreed to, for some hours, changed afterwards (C13.4)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Account, Box, Lending, VaultKey
from accounts.selectors import vault_day
from accounts.services.vault import keys, lending, proposing, resealing, revealing
from accounts.services.vault.sealing import Secret
from accounts.tasks.vault import watch_vault
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound, Refused
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, PASSPHRASE, SEED, now, opened
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.4")]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def account() -> Account:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    return stage.account(secrets=[stage.password(), Secret("totp", SEED.encode()), Secret("codes", b"1234")])


def ask(account: Account, **other: object) -> Lending:
    given = {
        "borrower": person("li_lei"), "hours": 4, "reason": "大促改价", "by": person("qian_it"), "now": now(), **other,
    }  # fmt: skip
    return lending.ask(account_id=account.pk, **given)  # type: ignore[arg-type]


def agreed(account: Account) -> Lending:
    found = ask(account)
    assert found.run is not None
    stage.decide(found.run)
    return Lending.objects.get(pk=found.pk)


def released(account: Account) -> Lending:
    found = agreed(account)
    if not VaultKey.objects.filter(employee=person("li_lei")).exists():
        keys.set_up(passphrase=PASSPHRASE, again=PASSPHRASE, by=person("li_lei"), now=now())
    return lending.release(lending_id=found.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())


def look(found: Lending, field: str = "password", way: str = "shown", at: dt.datetime | None = None) -> str:
    return revealing.reveal(
        sealed_id=stage.secret(found.account, field).pk, way=way, reason="改价", opened=opened("li_lei"),
        by=person("li_lei"), now=at or now(), lending_id=found.pk,
    ).text  # fmt: skip


def changed(account: Account) -> None:
    run = proposing.propose_secret(
        account_id=account.pk, secret=stage.password("Eisvogel-77-Schilfrohr"), opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    stage.decide(run)


def test_the_department_head_agrees_and_the_borrower_looks_for_some_hours(account: Account) -> None:
    found = released(account)
    assert look(found) == CANARY
    assert look(found, "totp", "code").isdigit()
    for field, way in (("totp", "shown"), ("codes", "shown")):
        with pytest.raises((Invalid, NotFound)):
            look(found, field, way)
    assert found.until is not None
    with pytest.raises(NotFound):
        look(found, at=found.until)
    with pytest.raises(NotFound):
        revealing.reveal(
            sealed_id=stage.secret(account).pk, way="shown", reason="x", opened=opened("li_lei"), by=person("li_lei"),
            now=now(),
        )  # fmt: skip


def test_afterwards_it_is_changed_and_until_then_not_lent_again(account: Account) -> None:
    found = released(account)
    assert deadlines.running(found.subject, "accounts.change_after_lending") is not None
    lending.give_back(lending_id=found.pk, by=person("li_lei"), now=now())
    assert not Box.objects.filter(lending=found).exists()
    with pytest.raises(Conflict) as refused:
        ask(account)
    assert (refused.value.code, refused.value.clause) == ("not_changed", "C13.4")
    with pytest.raises(IntegrityError), transaction.atomic():
        Lending.objects.create(
            account=account,
            borrower=person("li_lei"),
            lender=person("qian_it"),
            reason="x",
            hours=1,
            asked_at=now(),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Lending.objects.filter(pk=found.pk).update(changed_at=now())
    changed(account)
    found.refresh_from_db()
    assert found.changed_at is not None
    assert deadlines.running(found.subject, "accounts.change_after_lending") is None
    assert ask(account).pk


def test_the_clock_ends_what_is_over_and_what_nobody_handed_out(account: Account) -> None:
    found = released(account)
    assert lending.end_due(now=now() + 3 * HOUR) == 0
    assert lending.end_due(now=now() + 5 * HOUR) == 1
    assert not Box.objects.filter(lending=found).exists()
    changed(account)
    waiting = agreed(account)
    assert lending.end_due(now=now() + 23 * HOUR) == 0
    assert lending.end_due(now=now() + 25 * HOUR) == 1
    waiting.refresh_from_db()
    assert waiting.state == "over"
    assert ask(account).pk  # nobody has seen it
    watch_vault()


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"borrower": None}, Invalid), ({"hours": 0}, Invalid), ({"hours": 25}, Invalid), ({"reason": " "}, Invalid),
        ({"by": "sun_admin"}, NotFound), ({"borrower": "shen_operations"}, Invalid),
    ],
)  # fmt: skip
def test_what_cannot_be_lent(account: Account, other: dict[str, object], kind: type[Exception]) -> None:
    named = {
        name: person(value) if isinstance(value, str) and name != "reason" else value
        for name, value in other.items()
    }
    with pytest.raises(kind):
        ask(account, **named)


def test_refused_by_the_head_or_without_a_password(account: Account) -> None:
    found = ask(account)
    with pytest.raises(Conflict):
        ask(account)
    assert found.run is not None
    approvals.reject(run_id=found.run.pk, by=person("chen_manager"), now=now(), reason="请办临时代理")
    found.refresh_from_db()
    assert found.state == "refused"
    with pytest.raises(Conflict):
        lending.release(lending_id=found.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    bare = stage.account(name="备忘", secrets=[Secret("codes", b"1234")])
    with pytest.raises(Refused):
        ask(bare)


def test_who_will_borrow_is_told_in_his_day_to_set_up_a_passphrase(account: Account) -> None:
    def day(at: dt.datetime) -> list[tuple[str, str]]:
        return [(str(each.title), each.url) for each in vault_day.waiting(person("li_lei"), at)]

    ask(account)
    assert day(now()) == []
    decided = Lending.objects.get().run
    assert decided is not None
    stage.decide(decided)
    assert day(now()) == [("将有账户借给您", reverse("accounts:vault"))]
    keys.set_up(passphrase=PASSPHRASE, again=PASSPHRASE, by=person("li_lei"), now=now())
    assert day(now()) == []
    found = lending.release(
        lending_id=Lending.objects.get().pk, opened=opened("qian_it"), by=person("qian_it"), now=now()
    )
    assert day(now()) == [("有账户借给您", reverse("accounts:lending", args=[found.pk]))]
    assert day(now() + 5 * HOUR) == []


def close(account: Account) -> None:
    facts = stage.facts(closed=True)
    stage.decide(proposing.propose_facts(account_id=account.pk, facts=facts, by=person("qian_it"), now=now()))


def test_with_its_account_a_lending_ends_and_nothing_is_left_to_change(account: Account) -> None:
    found = released(account)
    close(account)
    found.refresh_from_db()
    assert found.state == "over"
    assert not Box.objects.filter(lending=found).exists()
    assert deadlines.running(found.subject, "accounts.change_after_lending") is None


def test_what_was_agreed_to_is_not_handed_out_of_a_closed_account(account: Account) -> None:
    found = agreed(account)
    close(account)
    with pytest.raises(Conflict) as refused:
        lending.release(lending_id=found.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert refused.value.code == "state"


def test_handing_out_needs_the_borrowers_key_and_a_custodian(account: Account) -> None:
    found = agreed(account)
    with pytest.raises(Conflict) as refused:
        lending.release(lending_id=found.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert refused.value.code == "no_key"
    stage.set_up("sun_admin")
    with pytest.raises(NotFound):
        lending.release(lending_id=found.pk, opened=opened("sun_admin"), by=person("sun_admin"), now=now())
    with pytest.raises(NotFound):
        lending.give_back(lending_id=found.pk, by=person("sun_admin"), now=now())
    with pytest.raises(Conflict):
        lending.give_back(lending_id=found.pk, by=person("qian_it"), now=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Lending.objects.filter(pk=found.pk).update(hours=20)


def test_what_is_lent_lets_nobody_in_for_good(account: Account) -> None:
    """Who borrows and then becomes a custodian waits for another one: out of a lent box nothing is sealed anew."""
    keys.set_up(passphrase=PASSPHRASE, again=PASSPHRASE, by=person("fang_vice"), now=now())
    found = ask(account, borrower=person("fang_vice"))
    assert found.run is not None
    stage.decide(found.run)
    lending.release(lending_id=found.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    run = proposing.propose_custodians(
        account_id=account.pk, custodians=stage.ids("shen_operations", "qian_it", "fang_vice"),
        opened=opened("qian_it"), by=person("qian_it"), now=now(),
    )  # fmt: skip
    stage.decide(run)

    def let_in(who: str) -> int:
        return resealing.let_in(account_id=account.pk, opened=opened(who), by=person(who), now=now())

    assert let_in("fang_vice") == 0
    lending.give_back(lending_id=found.pk, by=person("fang_vice"), now=now())
    assert not Box.objects.filter(key=stage.key_of("fang_vice")).exists()
    assert let_in("qian_it") == 3
    assert Box.objects.filter(key=stage.key_of("fang_vice")).count() == 3


def test_a_lending_shows_its_password_to_its_borrower_alone(account: Account) -> None:
    """Not to a custodian either: he looks by his own right, and the row that says so names no lending."""
    found = released(account)
    keys.set_up(passphrase=PASSPHRASE, again=PASSPHRASE, by=person("fang_vice"), now=now())
    for who in ("qian_it", "fang_vice"):
        with pytest.raises(NotFound):
            revealing.reveal(
                sealed_id=stage.secret(account).pk, way="shown", reason="x", opened=opened(who), by=person(who),
                now=now(), lending_id=found.pk,
            )  # fmt: skip
    assert look(found) == CANARY
