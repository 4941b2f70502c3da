"""Every address of the vault that names a thing, asked for by a custodian whose thing it is not."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Account, Box, Lending, Reveal
from accounts.services.vault import lending, revealing
from accounts.urls.vault import urlpatterns
from office.approvals.models import Run
from office.errors import NotFound
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY, now, opened
from tests.accounts.vault.test_lend import released
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture
def theirs() -> Lending:
    """An account of two custodians, lent to a third person at this moment."""
    stage.set_up("shen_operations", "qian_it", "fang_vice")
    stage.safe()
    return released(stage.account())


def named(route: str, of: Lending) -> dict[str, int]:
    """What the address names, of theirs."""
    if route.startswith("lendings/"):
        pk = of.pk
    elif route.startswith("secrets/"):
        pk = stage.secret(of.account).pk
    else:
        pk = person("qian_it").pk if route.startswith("people/") else of.account_id
    return {"pk": pk, **({"secret": stage.secret(of.account).pk} if "<int:secret>" in route else {})}


def test_no_address_opens_what_is_somebody_elses(theirs: Lending) -> None:
    client = custodian("fang_vice")
    before = (Run.objects.count(), Reveal.objects.count(), Box.objects.count())
    wrong, asked = [], 0
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        if "<int:" not in route:
            continue
        url = reverse(f"accounts:{pattern.name}", kwargs=named(route, theirs))
        form = {
            "way": "shown",
            "reason": "看",
            "field": "password",
            "secret": "Neu-und-lang-77",
            "comment": "x",
        }
        for answer in (client.get(url), client.post(url, form)):
            asked += 1
            body = answer.content.decode()
            if answer.status_code not in (403, 404, 405) or CANARY in body or theirs.account.name in body:
                wrong.append((url, answer.request["REQUEST_METHOD"], answer.status_code))
    assert wrong == []
    assert asked >= 30
    assert (Run.objects.count(), Reveal.objects.count(), Box.objects.count()) == before
    theirs.refresh_from_db()
    assert theirs.state == "released"


def test_a_lending_opens_the_secrets_of_its_own_account_alone(theirs: Lending) -> None:
    other = stage.account(name="支付宝", secrets=[stage.password("Zwei-Mal-Eisvogel-3")])
    mine = custodian("li_lei")
    for secret, status in ((stage.secret(theirs.account), 200), (stage.secret(other), 404)):
        url = reverse("accounts:lending_reveal", args=[theirs.pk, secret.pk])
        assert mine.post(url, {"way": "shown", "reason": "改价"}).status_code == status
    assert [row.sealed.account_id for row in Reveal.objects.all()] == [theirs.account_id]


def test_another_persons_open_vault_serves_nobody_else(theirs: Lending) -> None:
    account = Account.objects.get(pk=theirs.account_id)
    with pytest.raises(NotFound):
        revealing.reveal(
            sealed_id=stage.secret(account).pk, way="shown", reason="x", opened=opened("qian_it"),
            by=person("fang_vice"), now=now(),
        )  # fmt: skip
    with pytest.raises(NotFound):
        lending.give_back(lending_id=theirs.pk, by=person("fang_vice"), now=now())
