"""A new account's form takes all its secrets at once, so that one signature is enough; how a password is made; and what
the general manager is told beside."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Account, Sealed
from accounts.rules import passwords
from accounts.selectors import vault
from accounts.services.vault import sealing
from office.approvals.models import Run
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY, SEED, opened
from tests.accounts.vault.test_pages import new_account
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.1", "C8.2")]
NEW = reverse("accounts:new")


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()


def texts(account: Account) -> dict[str, bytes]:
    return {
        each.field: sealing.open_secret(each, opened("qian_it")) for each in vault.current_secrets(account)
    }


def test_password_seed_codes_and_file_are_one_request() -> None:
    file = SimpleUploadedFile("证书.key", b"\x00key")
    sent = custodian("qian_it").post(NEW, new_account(totp=SEED, codes="1111\r\n2222\r\n", file=file))
    assert sent.status_code == 302
    stage.decide(Run.objects.get())
    assert texts(Account.objects.get()) == {
        "password": CANARY.encode(), "totp": SEED.encode(), "codes": b"1111\n2222", "file-1": b"\x00key",
    }  # fmt: skip
    assert Sealed.objects.get(field="file-1").label == "证书.key"


def test_an_account_may_have_a_seed_or_codes_alone_and_not_nothing() -> None:
    client = custodian("qian_it")
    nothing = client.post(NEW, new_account(secret="  "))
    assert nothing.status_code == 422
    assert "请输入密码" in nothing.content.decode()
    assert client.post(NEW, new_account(secret="", codes="1111")).status_code == 302
    assert [each.field for each in Sealed.objects.all()] == ["codes"]


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_comes_back() -> None:
    answer = custodian("qian_it").post(NEW, new_account(totp="kein Same 9!", codes="1111-Kuckuck"))
    assert answer.status_code == 422
    assert set(answer.context["secret"].errors) == {"totp"}
    body = answer.content.decode()
    assert [each for each in (CANARY, "kein Same", "Kuckuck") if each in body] == []
    assert not Account.objects.exists()


@pytest.mark.parametrize(("length", "plain", "wanted"), [("", "", 20), ("12", "", 12), ("32", "on", 32)])
def test_a_password_is_made_as_the_site_takes_it(length: str, plain: str, wanted: int) -> None:
    client = custodian("qian_it")
    client.post(NEW, new_account(secret="", generate="on", length=length, plain=plain))
    stage.decide(Run.objects.get())
    made = texts(Account.objects.get())["password"].decode()
    assert len(made) == wanted
    assert bool(set(made) & set(passwords.SIGNS)) == (not plain)
    assert not stage.secret(Account.objects.get()).weak
    assert client.post(NEW, new_account(generate="on", length="11")).status_code == 422


def test_the_general_manager_reads_why() -> None:
    account = stage.account()
    client = custodian("qian_it")
    forms = (
        ("secret", {"field": "password", "generate": "on", "comment": "供应商要求更换"}),
        ("custodians", {"custodians": stage.ids("qian_it"), "comment": "沈总监转岗"}),
    )
    for name, form in forms:
        answer = client.post(reverse(f"accounts:{name}", args=[account.pk]), form)
        page = signed_in("zhou_general").get(answer["Location"]).content.decode()
        assert str(form["comment"]) in page
        stage.decide(Run.objects.latest("pk"))
    assert person("qian_it")
