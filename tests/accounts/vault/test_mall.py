"""The mall's book: source code is a kind too, IT holds the site's passwords (M6, M4.2)."""

from __future__ import annotations

import pytest

from accounts import vault_book
from accounts.models import AccountFacts
from accounts.selectors import vault
from office.errors import Forbidden
from office.rulebook import api as rulebook
from tests.accounts.vault import stage
from tests.accounts.vault.stage import now
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mall() -> None:
    at = now()
    assert "source_code" not in vault_book.kinds(at)
    rulebook.activate_book(code="mall", starts_at=at, by=None, now=at)
    stage.set_up("shen_operations", "qian_it")
    stage.safe()


@pytest.mark.clause("M6")
def test_source_code_is_kept_and_every_change_signed() -> None:
    account = stage.account(kind="source_code")
    assert vault_book.clause_of("source_code", now()) == "M6"
    run = AccountFacts.objects.get(account=account).run
    assert (run.clause, run.state) == ("M6", "executed")


@pytest.mark.clause("M4.2")
def test_it_holds_the_sites_passwords() -> None:
    names = {each.name for each in vault.eligible("server", now())}
    assert names == {person("qian_it").name, person("sun_admin").name}
    with pytest.raises(Forbidden) as refused:
        stage.account(kind="server", custodians=("qian_it",), owner=person("qian_it").pk)
    assert refused.value.clause == "M4.2"
    assert stage.account("qian_it", ("qian_it",), kind="server", owner=person("qian_it").pk).state == "open"
