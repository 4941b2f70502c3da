"""Reading another manager's file: whole or not at all, what is wrong by its line and never by its text."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.kinds import vault as kinds
from accounts.models import Account, CustodianChange, Sealed
from accounts.rules import managers
from accounts.services.vault import importing
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit.models import Entry
from office.errors import Forbidden, Invalid
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, now, opened
from tests.people import person

pytestmark = pytest.mark.django_db
HEAD = "name,url,username,password\n"


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("qian_it")
    stage.safe()


def read(text: str, kind: str = "blog") -> None:
    importing.import_accounts(
        data=text.encode(), kind=kind, custodians=stage.ids("qian_it"), opened=opened("qian_it"), by=person("qian_it"),
        now=now(),
    )  # fmt: skip


def test_the_import_is_in_the_trail() -> None:
    read(f"{HEAD}A,,u,{CANARY}\nB,,u,{CANARY}\n")
    entry = Entry.objects.get(verb="accounts.import")
    assert CANARY.encode() not in bytes(entry.canonical)
    assert [each.repeated for each in Sealed.objects.all()] == [True, True]


def test_weak_and_repeated_passwords_are_taken_and_marked() -> None:
    stage.account("qian_it", ("qian_it",), owner=person("qian_it").pk)
    read(f"{HEAD}A,,u,{CANARY}\nB,,u,123456\nC,,u,Eisvogel-77-Schilfrohr\n")
    marks = {
        each.account.name: (each.weak, each.repeated) for each in Sealed.objects.filter(account__kind="blog")
    }
    assert marks == {"A": (False, True), "B": (True, False), "C": (False, False)}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "unknown"), (HEAD, "empty"), (HEAD + "A,,u,p\n" * (managers.MOST_ROWS + 1), "too_many"),
        (f"{HEAD}A,,u,fine-Password-1\nB,,u,{CANARY * 300}\n", "line"),
        ("name,login_uri,login_username,login_password,login_totp\nA,,u,p,not!a!seed\n", "line"),
    ],
)  # fmt: skip
def test_nothing_of_a_bad_file_is_kept(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert refused.value.code == code
    assert CANARY not in str(refused.value)
    assert not Account.objects.exists()


def test_a_kind_that_is_none_and_a_locked_vault() -> None:
    with pytest.raises(Invalid) as refused:
        read(f"{HEAD}A,,u,p\n", kind="yacht")
    assert refused.value.errors[0]["path"] == "kind"
    with pytest.raises(Forbidden):
        importing.import_accounts(
            data=b"", kind="blog", custodians=[], opened=None, by=person("qian_it"), now=now()
        )


@pytest.mark.clause("C8.2")
def test_a_line_that_was_refused_is_not_taken_by_the_database_either() -> None:
    read(f"{HEAD}A,,u,Eisvogel-77-Schilfrohr\nB,,u,Wasserfall-31-Kupfer\n")
    run = Run.objects.get()
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=now(), refuse_rows=[1])
    assert sorted(Account.objects.values_list("name", "state")) == [("A", "open"), ("B", "dropped")]
    refused = Account.objects.get(name="B")
    with pytest.raises(IntegrityError), transaction.atomic():
        CustodianChange.objects.create(
            account=refused, employee=person("qian_it"), added=True, run=run, at=now()
        )


def test_the_request_of_a_large_file_is_read_at_once() -> None:
    def asked(rows: int) -> int:
        read(HEAD + "".join(f"{rows}-{n},,u,{CANARY}\n" for n in range(rows)))
        run = Run.objects.latest("pk")
        with CaptureQueriesContext(connection) as caught:
            assert len(kinds.changes(run)) > rows
        return len(caught)

    assert asked(30) <= asked(2) + 1
