"""The demo's official accounts, in every state: kept, proposed, given back, lent and not changed since, to be changed.

Its passwords are made at random for accounts that do not exist. The custodians' passphrase is told with the demo's
logins (./dev manage demo_logins); a guess of it costs little, which is for the demo alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Account, Lending, VaultKey
from accounts.rules import passwords
from accounts.selectors import vault as kept
from accounts.services.vault import guessing, keys, lending, proposing, recovery, revealing
from accounts.services.vault.proposing import Facts
from accounts.services.vault.sealing import Secret
from accounts.services.vault.unlocking import Opened
from ecdept.demo import marker
from ecdept.demo.stage import Stage
from office import boxes
from office.approvals import api as approvals
from office.rulebook import api as rulebook

CHEAP = boxes.Cost(1, 64)
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def play(stage: Stage) -> None:
    """From the oldest to the newest."""
    passphrase = marker.vault_passphrase(stage.password)
    recovery.make(by=stage.who("G001"), now=stage.ago(days=120))
    for number, days in (("O001", 119), ("I002", 119), ("G001", 118)):
        keys.set_up(
            passphrase=passphrase,
            again=passphrase,
            by=stage.who(number),
            now=stage.ago(days=days),
            cost=CHEAP,
        )
    open_vaults = {number: _opened(stage, number, passphrase) for number in ("O001", "I002", "G001")}
    _bank(stage, open_vaults)
    _others(stage, open_vaults)
    _on_their_way(stage, open_vaults)
    _lent(stage, open_vaults)
    recovery.ask_another(
        reason="旧纸受潮，字迹不清", by=stage.who("G001"), now=stage.ago(hours=3)
    )  # its paper is for no safe
    stage.settle(stage.now)


def _opened(stage: Stage, number: str, passphrase: str) -> Opened:
    person = stage.who(number)
    key = VaultKey.objects.get(employee=person)
    private = boxes.unwrap(passphrase, bytes(key.wrapped), guessing.key_place(person.pk))
    return Opened(person, key.pk, stage.now, private)


def _password(text: str = "", *, anyway: bool = False) -> Secret:
    return Secret("password", (text or passwords.generate()).encode(), anyway=anyway)


def _propose(
    stage: Stage, opened: Opened, facts: Facts, custodians: Sequence[str], *secrets: Secret, at: datetime
) -> approvals.Run:
    return proposing.propose_account(
        facts=facts, custodians=[stage.who(number).pk for number in custodians],
        secrets=list(secrets) or [_password()], opened=opened, by=opened.employee, now=at,
    )  # fmt: skip


def _kept(
    stage: Stage, opened: Opened, facts: Facts, custodians: Sequence[str], *secrets: Secret, at: datetime
) -> Account:
    run = _propose(stage, opened, facts, custodians, *secrets, at=at)
    stage.until_agreed(run, at=at + timedelta(hours=3))
    return Account.objects.get(pk=run.subject_id)


def _bank(stage: Stage, vaults: dict[str, Opened]) -> None:
    """Two secrets, an earlier version, looks at the present one."""
    owner = stage.who("O001").pk
    account = _kept(
        stage, vaults["O001"], Facts("bank", "工商银行企业网银", owner, "https://bank.example.cn", "ec-dept"),
        ("O001", "I002", "G001"), _password(), Secret("totp", SEED.encode()), at=stage.ago(days=115),
    )  # fmt: skip
    run = proposing.propose_secret(
        account_id=account.pk,
        secret=_password(),
        opened=vaults["I002"],
        by=stage.who("I002"),
        now=stage.ago(days=30),
    )
    stage.until_agreed(run, at=stage.ago(days=29.8))
    looks = (
        ("O001", "shown", "核对上月到账", 12),
        ("I002", "copied", "登录更新证书", 5),
        ("G001", "shown", "季度检查", 2),
    )
    sealed = next(each for each in kept.current_secrets(account) if each.field == "password")
    for number, way, reason, days in looks:
        revealing.reveal(
            sealed_id=sealed.pk, way=way, reason=reason, opened=vaults[number], by=stage.who(number),
            now=stage.ago(days=days),
        )  # fmt: skip


def _others(stage: Stage, vaults: dict[str, Opened]) -> None:
    """A weak one, one to be renewed soon that somebody waits to be let into, the site's own, one to be changed."""
    owner, today = stage.who("O001").pk, timezone.localdate(stage.now)
    _kept(
        stage, vaults["I002"], Facts("site_console", "官网后台", owner, "https://www.example.cn/admin", "editor"),
        ("O001", "I002"), _password("sunshine2024", anyway=True), at=stage.ago(days=100),
    )  # fmt: skip
    _kept(
        stage, vaults["O001"],
        Facts("domain", "域名与备案", owner, "https://domain.example.cn", "ec", today + timedelta(days=20), 180),
        ("O001", "V001"), at=stage.ago(days=60),
    )  # fmt: skip
    site = "O001" if rulebook.book(stage.now).code == "site" else "I002"
    _kept(
        stage, vaults[site], Facts("server", "网站服务器", stage.who(site).pk, "", "root", None, 60), (site,),
        at=stage.ago(days=40),
    )  # fmt: skip
    mail = _kept(
        stage, vaults["O001"], Facts("mail", "企业邮箱管理员", owner, "https://mail.example.cn", "postmaster"),
        ("O001", "I002"), at=stage.ago(days=50),
    )  # fmt: skip
    run = proposing.propose_custodians(
        account_id=mail.pk, custodians=[owner, stage.who("G001").pk], opened=vaults["O001"], by=stage.who("O001"),
        now=stage.ago(days=1),
    )  # fmt: skip
    stage.until_agreed(run, at=stage.ago(hours=20))


def _on_their_way(stage: Stage, vaults: dict[str, Opened]) -> None:
    owner = stage.who("O001").pk
    _propose(
        stage, vaults["O001"], Facts("payment", "支付宝企业账户", owner, "https://pay.example.cn", "ec@example.cn"),
        ("O001", "I002", "V001"), at=stage.ago(hours=5),
    )  # fmt: skip
    refused = _propose(
        stage, vaults["I002"], Facts("blog", "旧版博客", owner, "https://blog.example.cn", "ec"), ("I002",),
        at=stage.ago(days=20),
    )  # fmt: skip
    stage.reject(refused, at=stage.ago(days=19), reason="博客已停更，不再登记，直接注销。")
    returned = _propose(
        stage, vaults["I002"], Facts("trademark", "商标局申请账户", owner, "https://tm.example.cn", "ec"), ("I002",),
        at=stage.ago(days=2),
    )  # fmt: skip
    stage.give_back(returned, at=stage.ago(days=1.5), reason="请把运营负责人也列为保管人。")


def _lent(stage: Stage, vaults: dict[str, Opened]) -> None:
    """Agreed to: the copywriter sets up a passphrase, then it can be handed out to her."""
    account = _kept(
        stage, vaults["O001"], Facts("blog", "官方微博", stage.who("O001").pk, "https://weibo.example.cn", "ec-dept"),
        ("O001", "G001"), at=stage.ago(days=70),
    )  # fmt: skip
    found: Lending = lending.ask(
        account_id=account.pk, borrower=stage.who("E002"), hours=6, reason="周末活动须即时回复，编辑休假",
        by=stage.who("O001"), now=stage.ago(hours=6),
    )  # fmt: skip
    if found.run is not None:
        stage.until_agreed(found.run, at=stage.ago(hours=4))
