"""The vault's pages: who finds what, what is typed, what is never given back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account, Reveal, Sealed, VaultImport
from accounts.selectors import vault
from accounts.services.vault import lending, resealing, sealing
from office.approvals import api as approvals
from office.rulebook import sudo
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY, PASSPHRASE, SEED, now, opened
from tests.naughty import fill_in
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


def new_account(**other: object) -> dict[str, object]:
    return {
        "kind": "bank", "name": "网银", "url": "https://icbc.example.cn", "login": "ec", "renew_on": "2027-01-31",
        "owner": person("qian_it").pk, "custodians": [person("qian_it").pk], "field": "password", "secret": CANARY,
        **other,
    }  # fmt: skip


@pytest.mark.clause("C8.2")
def test_an_account_is_hidden_from_who_does_not_keep_it() -> None:
    account = stage.account(custodians=("qian_it",), owner=person("qian_it").pk)
    sealed = stage.secret(account)
    for who in ("shen_operations", "sun_admin", "fang_vice"):
        client = custodian(who, opened=False)
        assert client.get(url("account", account.pk)).status_code == 404
        assert client.get(url("masked", sealed.pk)).status_code == 404
        for name in ("facts", "secret", "custodians", "close", "lend", "again"):
            found = client.get(url(name, account.pk)).status_code
            assert found == 404, (who, name, found)
        for name in ("drop", "let_in"):
            assert client.post(url(name, account.pk)).status_code == 404
        assert client.post(url("reveal", sealed.pk), {"way": "shown", "reason": "看"}).status_code == 404
        assert account.name not in client.get(url("accounts")).content.decode()
    general = custodian("zhou_general", opened=False)
    assert account.name in general.get(url("account", account.pk)).content.decode()
    assert general.post(url("reveal", sealed.pk), {"way": "shown", "reason": "看"}).status_code == 404
    assert signed_in("li_lei").get(url("accounts")).status_code == 403


def test_setting_up_and_unlocking_by_the_pages() -> None:
    client = custodian("fang_vice", opened=False)
    assert "设置" in client.get(url("vault")).content.decode()
    weak = client.post(url("vault_set_up"), {"passphrase": "password1234", "again": "password1234"})
    assert weak.status_code == 422
    assert "password1234" not in weak.content.decode()
    done = client.post(url("vault_set_up"), {"passphrase": PASSPHRASE, "again": PASSPHRASE})
    assert done["Location"] == url("vault_unlock")
    wrong = client.post(url("vault_unlock"), {"passphrase": "not this one at all"})
    assert wrong.status_code == 422
    right = client.post(url("vault_unlock"), {"passphrase": PASSPHRASE, "next": "https://evil.example/"})
    assert right["Location"] == url("vault")
    cookie = right.cookies["vault"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/accounts/")
    assert "最多解锁 10 分钟" in wrong.content.decode()
    opened_page = client.get(url("vault")).content.decode()
    assert "已解锁" in opened_page
    assert "或 5 分钟未使用" in opened_page
    client.post(url("vault_lock"))
    assert "已锁" in client.get(url("vault")).content.decode()


def test_without_a_second_factor_or_a_fresh_proof_nothing_opens() -> None:
    client = signed_in("qian_it")
    assert client.get(url("vault_unlock"))["Location"] == reverse("mfa_index")
    # Who has no passphrase yet is told so before he types one that would be lost.
    without = signed_in("fang_vice").get(url("vault")).content.decode()
    assert 'name="passphrase"' not in without
    assert reverse("mfa_index") in without
    client = custodian("qian_it")
    session = client.session
    session[sudo.SESSION] = 0
    session.save()
    account = stage.account()
    answer = client.post(url("reveal", stage.secret(account).pk), {"way": "shown", "reason": "看"})
    assert answer["Location"].startswith(reverse("mfa_reauthenticate"))
    assert not Reveal.objects.exists()


def test_a_locked_vault_leads_to_the_unlocking_and_back() -> None:
    account = stage.account()
    client = custodian("qian_it", opened=False)
    page = client.get(url("secret", account.pk))
    assert page["Location"] == f"{url('vault_unlock')}?next=%2Faccounts%2F{account.pk}%2Fsecret%2F"
    htmx = client.post(
        url("reveal", stage.secret(account).pk),
        {"way": "shown", "reason": "看"},
        headers={"hx-request": "true"},
    )
    assert htmx["HX-Redirect"].startswith(url("vault_unlock"))


def test_proposing_by_the_form_seals_and_never_shows_the_secret_again() -> None:
    client = custodian("qian_it")
    assert client.get(url("new")).status_code == 200
    wrong = client.post(url("new"), new_account(url="javascript:x"))
    assert wrong.status_code == 422
    assert CANARY not in wrong.content.decode()
    assert "网银" in wrong.content.decode()
    sent = client.post(url("new"), new_account())
    account = Account.objects.get()
    run = approvals.Run.objects.get(subject_id=str(account.pk))
    assert sent["Location"] == reverse("approvals:run", args=[run.pk])
    stage.decide(run)
    page = client.get(url("account", account.pk))
    assert (page.status_code, CANARY in page.content.decode()) == (200, False)
    assert page["Cache-Control"] == "private, no-store"
    made = client.post(url("secret", account.pk), {"field": "password", "generate": "on"})
    assert made.status_code == 302
    assert Sealed.objects.count() == 2


def test_every_form_about_an_account_asks_the_general_manager() -> None:
    account = stage.account()
    client = custodian("qian_it")
    row = new_account(name="工行网银", owner=person("shen_operations").pk)
    forms = (
        ("facts", row), ("custodians", {"custodians": [person("qian_it").pk]}), ("close", {"comment": "不用了"}),
        ("drop", {"field": "password"}),
    )  # fmt: skip
    for name, data in forms:
        if name != "drop":
            assert client.get(url(name, account.pk)).status_code == 200, name
        answer = client.post(url(name, account.pk), data)
        assert answer.status_code == 302, (name, answer.content.decode())
        run = approvals.Run.objects.filter(subject_id=str(account.pk)).latest("pk")
        approvals.reject(run_id=run.pk, by=person("zhou_general"), now=now(), reason="再想想")
    for name in ("facts", "custodians", "close"):
        assert client.post(url(name, account.pk), {}).status_code == 422


def test_a_secret_is_shown_copied_and_masked_again() -> None:
    account = stage.account()
    client, pk = custodian("qian_it"), stage.secret(account).pk
    no_reason = client.post(url("reveal", pk), {"way": "shown", "reason": " "})
    assert no_reason.status_code == 422
    piece = client.post(url("reveal", pk), {"way": "shown", "reason": "对账"}, headers={"hx-request": "true"})
    assert CANARY in piece.content.decode()
    assert "delay:30s" in piece.content.decode()
    assert piece["Cache-Control"] == "private, no-store"
    page = client.post(url("reveal", pk), {"way": "shown", "reason": "对账"})
    assert f'content="30;url={url("account", account.pk)}"' in page.content.decode()
    copied = client.post(
        url("reveal", pk), {"way": "copied", "reason": "登录"}, headers={"accept": "application/json"}
    )
    assert copied.json() == {"text": CANARY}
    assert CANARY not in client.get(url("masked", pk)).content.decode()
    assert [look.way for look in Reveal.objects.order_by("pk")] == ["shown", "shown", "copied"]
    assert "对账" in custodian("shen_operations").get(url("account", account.pk)).content.decode()


def test_codes_and_files() -> None:
    secrets = [
        stage.password(),
        sealing.Secret("totp", SEED.encode()),
        sealing.Secret("file-1", b"%PDF", "证书.pdf"),
    ]
    account = stage.account(secrets=secrets)
    client = custodian("qian_it")
    code = client.post(
        url("reveal", stage.secret(account, "totp").pk), {"way": "code", "reason": "登录"},
        headers={"accept": "application/json"},
    ).json()["text"]  # fmt: skip
    assert code.isdigit()
    assert len(code) == 6
    saved = client.post(url("reveal", stage.secret(account, "file-1").pk), {"way": "saved", "reason": "备案"})
    assert (saved.content, saved["Content-Type"]) == (b"%PDF", "application/octet-stream")
    assert "attachment" in saved["Content-Disposition"]
    other = client.post(
        url("secret", account.pk), {"field": "file", "file": SimpleUploadedFile("b.key", b"key")}
    )
    assert other.status_code == 302
    assert Sealed.objects.filter(field="file-2").exists()


def test_letting_somebody_in_by_the_page_and_the_recovery_key_on_paper() -> None:
    account = stage.account()
    general = custodian("zhou_general", opened=False)
    assert custodian("qian_it").post(url("vault_recovery")).status_code == 403
    paper = general.post(url("vault_recovery"), {"reason": "旧纸受潮"})
    text = paper.context["text"]
    assert text in paper.content.decode()
    stage.decide(approvals.Run.objects.get(kind="accounts.new_recovery_key"))
    assert resealing.drill(text=text, now=now()).failed == [stage.secret(account)]
    client = custodian("qian_it")
    assert account.name in client.get(url("vault")).content.decode()
    assert client.post(url("let_in", account.pk)).status_code == 302
    assert resealing.drill(text=text, now=now()).failed == []


BITWARDEN = (
    "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\r\n"
    f",,login,微博,code 1234,,0,weibo.example.cn,ec,{CANARY},{SEED}\r\n,,login,抖音,,,0,,ec2,Another-canary-7,\r\n"
)


def test_a_file_of_another_manager_becomes_one_request() -> None:
    client = custodian("qian_it")
    assert client.get(url("import")).status_code == 200
    sent = {"kind": "blog", "custodians": [person("qian_it").pk]}
    bad = client.post(url("import"), {**sent, "file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")})
    assert bad.status_code == 422
    answer = client.post(url("import"), {**sent, "file": SimpleUploadedFile("a.csv", BITWARDEN.encode())})
    assert answer.status_code == 302
    run = approvals.Run.objects.get(kind="accounts.import")
    assert VaultImport.objects.get().rows == 2
    assert CANARY not in str(run.payload) + str(run.preview)
    run = approvals.approve(run_id=run.pk, by=person("zhou_general"), now=now(), refuse_rows=[1])
    assert sorted(Account.objects.values_list("name", "state")) == [("微博", "open"), ("抖音", "dropped")]
    weibo = Account.objects.get(name="微博")
    assert {each.field for each in vault.current_secrets(weibo)} == {"password", "totp", "codes"}


def test_a_lending_by_the_pages() -> None:
    account = stage.account()
    client = custodian("qian_it")
    assert client.get(url("lend", account.pk)).status_code == 200
    assert client.post(url("lend", account.pk), {}).status_code == 422
    answer = client.post(
        url("lend", account.pk), {"borrower": person("li_lei").pk, "hours": 4, "reason": "大促改价"}
    )
    found = account.lendings.get()
    where = url("lending", found.pk)
    assert answer["Location"] == where
    assert signed_in("han_meimei").get(where).status_code == 404
    assert found.run is not None
    stage.decide(found.run)
    borrower = custodian("li_lei", opened=False)
    assert "ec-dept" not in borrower.get(where).content.decode()
    assert (
        borrower.post(url("vault_set_up"), {"passphrase": PASSPHRASE, "again": PASSPHRASE}).status_code == 302
    )
    assert client.post(url("lending_release", found.pk)).status_code == 302
    borrower = custodian("li_lei")
    handed_out = borrower.get(where).content.decode()
    assert "••••" in handed_out
    assert "https://icbc.example.cn" in handed_out  # where to enter, and as whom
    assert "ec-dept" in handed_out
    look = url("lending_reveal", found.pk, stage.secret(account).pk)
    assert borrower.post(look, {"way": "shown", "reason": ""}).status_code == 422
    assert CANARY in borrower.post(look, {"way": "shown", "reason": "改价"}).content.decode()
    assert borrower.get(url("lending_masked", found.pk)).status_code == 200
    assert borrower.post(url("lending_back", found.pk)).status_code == 302
    assert borrower.post(look, {"way": "shown", "reason": "改价"}).status_code == 404
    assert client.get(url("account", account.pk)).status_code == 200
    assert (
        client.post(
            url("lend", account.pk), {"borrower": person("li_lei").pk, "hours": 4, "reason": "x"}
        ).status_code
        == 422
    )


def asked(client: Client, where: str) -> int:
    client.get(where)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(where).status_code == 200
    return len(caught)


def test_lists_ask_as_much_for_many_as_for_one() -> None:
    client = custodian("qian_it")
    stage.account()
    places = (url("accounts"), url("health"), url("vault"))
    few = [asked(client, place) for place in places]
    for number in range(6):
        stage.account(name=f"账户{number}", secrets=[stage.password(anyway=True)])
    many = [asked(client, place) for place in places]
    assert many == few
    assert max(many) < 45


def test_searching_filtering_and_the_tabs() -> None:
    stage.account()
    client = custodian("qian_it")
    for query in ("?q=工商", "?kind=bank", "?q=ec-dept", "?tab=open&after=0"):
        assert "工商银行网银" in client.get(url("accounts") + query).content.decode(), query
    for query in ("?q=没有", "?kind=mail", "?tab=proposed", "?tab=closed", "?q=%00"):
        assert "工商银行网银" not in client.get(url("accounts") + query).content.decode(), query


def test_naughty_strings_break_no_form() -> None:
    account = stage.account()
    client = custodian("qian_it")
    broken = []
    for place in ("new", "import", "vault", "vault_passphrase", "vault_lost"):
        broken += fill_in(client, url(place), 2)
    client = custodian("qian_it")
    for start, name in enumerate(("facts", "secret", "custodians", "close", "lend", "account")):
        broken += fill_in(client, url(name, account.pk), 2, start=start * 40)
        if not Account.objects.filter(pk=account.pk, state="open").exists():
            break
    assert broken == []


def test_the_borrowers_page_is_nobody_elses() -> None:
    account = stage.account()
    found = lending.ask(
        account_id=account.pk,
        borrower=person("li_lei"),
        hours=2,
        reason="大促",
        by=person("qian_it"),
        now=now(),
    )
    for who, status in (
        ("li_lei", 200),
        ("qian_it", 200),
        ("chen_manager", 200),
        ("zhou_general", 200),
        ("wu_clerk", 404),
    ):
        assert signed_in(who).get(url("lending", found.pk)).status_code == status, who
    assert opened("qian_it").private
