"""Who has seen this since its last change: told to the owner and the general manager, to others their own looks."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Account
from accounts.selectors import vault, vault_pages
from accounts.services.vault import proposing, revealing
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import ids, now, opened
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]
KEEPERS = ("qian_it", "fang_vice", "sun_admin")


@pytest.fixture
def account() -> Account:
    """Kept by three, owned by a fourth."""
    stage.set_up("shen_operations", *KEEPERS)
    stage.safe()
    return stage.account("qian_it", KEEPERS, owner=person("shen_operations").pk)


def look(account: Account, who: str, reason: str, way: str = "shown") -> None:
    revealing.reveal(
        sealed_id=stage.secret(account).pk,
        way=way,
        reason=reason,
        opened=opened(who),
        by=person(who),
        now=now(),
    )


def told(account: Account, who: str) -> list[str]:
    """The looks that a person's page of the account shows, the newest first."""
    page = vault_pages.page(account, person(who), now())
    return [each.reason for line in page.secrets for each in line.seen]


def test_the_owner_and_the_general_manager_see_every_look_and_others_their_own(account: Account) -> None:
    look(account, "qian_it", "查上月账")
    look(account, "fang_vice", "季度抽查", "copied")
    assert told(account, "shen_operations") == told(account, "zhou_general") == ["季度抽查", "查上月账"]
    assert told(account, "qian_it") == ["查上月账"]
    assert told(account, "sun_admin") == []
    for who, seen in (("shen_operations", True), ("zhou_general", True), ("sun_admin", False)):
        page = (
            custodian(who, opened=False).get(reverse("accounts:account", args=[account.pk])).content.decode()
        )
        assert ("查上月账" in page, "季度抽查" in page) == (seen, seen), who


def test_a_change_begins_it_anew_and_sealing_the_same_anew_does_not(account: Account) -> None:
    look(account, "fang_vice", "季度抽查")
    stage.decide(
        proposing.propose_custodians(
            account_id=account.pk, custodians=ids("qian_it", "sun_admin"), opened=opened("qian_it"),
            by=person("qian_it"), now=now(),
        )
    )  # fmt: skip
    assert stage.secret(account).renews is not None
    assert told(account, "shen_operations") == ["季度抽查"]
    stage.decide(
        proposing.propose_secret(
            account_id=account.pk, secret=stage.password("Eisvogel-77-Schilfrohr"), opened=opened("qian_it"),
            by=person("qian_it"), now=now(),
        )
    )  # fmt: skip
    assert told(account, "shen_operations") == []
    assert vault.seen_since_change(account) == []
