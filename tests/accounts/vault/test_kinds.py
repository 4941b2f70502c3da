"""Every kind of account that the clause names is kept, in both books (C8.1, M6)."""

from __future__ import annotations

import pytest
from django.utils import translation

from accounts import vault_book
from office.rulebook import api as rulebook
from tests.accounts.vault import stage
from tests.accounts.vault.stage import now

pytestmark = pytest.mark.django_db
#: The clause's own list, and what people call each.
C8_1 = {
    "site_console": "网站后台", "community_console": "社区后台", "payment": "支付", "bank": "银行", "domain": "域名",
    "trademark": "商标", "mail": "邮箱", "blog": "博客", "other": "其他",
}  # fmt: skip


def named() -> dict[str, str]:
    with translation.override("zh-hans"):
        return {kind: vault_book.kind_name(kind, now()) for kind in vault_book.kinds(now())}


@pytest.mark.clause("C8.1")
def test_every_kind_of_the_clause_is_kept_under_its_name() -> None:
    found = named()
    assert {kind: part for kind, part in C8_1.items() if part not in found.get(kind, "")} == {}
    assert set(found) == {*C8_1, "site", "server", "database"}
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    for kind in C8_1:
        assert stage.account(kind=kind, name=kind, secrets=[stage.password(anyway=True)]).kind == kind


@pytest.mark.clause("M6")
def test_the_mall_has_source_code_beside_them() -> None:
    rulebook.activate_book(code="mall", starts_at=now(), by=None, now=now())
    assert set(named()) == {*C8_1, "source_code", "site", "server", "database"}
    assert "源代码" in named()["source_code"]
