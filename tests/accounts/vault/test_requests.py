"""Who reads a request about an official account: whoever may know of it, and nobody by the figures of approvals."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.selectors import vault
from accounts.services.vault import importing, keys, lending, proposing
from backups.services.replacing import KIND
from office.approvals import kinds
from office.approvals.selectors.runs import may_read, withheld
from office.rulebook.selectors import holds
from tests.accounts.vault import stage
from tests.accounts.vault.stage import ids, now, opened
from tests.people import CAST, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C8.2", "C13.5")
def test_a_request_is_read_by_whoever_may_know_of_the_account() -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    run = proposing.propose_account(
        facts=stage.facts(), custodians=ids("shen_operations", "qian_it"), secrets=[stage.password()],
        opened=opened("shen_operations"), by=person("shen_operations"), now=now(),
    )  # fmt: skip
    account, at = int(run.subject_id), now()
    wrong = [
        who
        for who in CAST
        if may_read(run_id=run.pk, person=person(who), now=at)
        != vault.visible_to(person(who), at).filter(pk=account).exists()
    ]
    assert wrong == []
    stranger = person("deng_marketing")
    assert holds(stranger, "approvals.figures", at)
    assert withheld([run], stranger, at) == {run.pk}
    assert signed_in("deng_marketing").get(reverse("approvals:run", args=[run.pk])).status_code == 404


@pytest.mark.clause("C13.5")
@pytest.mark.parametrize("code", [proposing.CHANGE, importing.IMPORT, keys.NEW_KEY, lending.SHARED])
def test_the_figures_open_none_of_the_vaults_kinds_and_each_is_agreed_to_by_who_has_just_confirmed(
    code: str,
) -> None:
    kind = kinds.kind_of(code)
    assert (kind.closed, kind.fresh) == (True, True)


@pytest.mark.clause("C13.8")
def test_overwriting_a_database_is_agreed_to_by_who_has_just_confirmed() -> None:
    assert kinds.kind_of(KIND).fresh
