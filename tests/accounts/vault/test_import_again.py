"""An import that was given back: asked for again with other facts, fewer accounts or other custodians."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Sealed, SecretVersion, VaultImport
from accounts.services.vault import importing
from accounts.services.vault.importing import Line
from office.approvals import api as approvals
from office.errors import Invalid, NotFound
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY, now, opened
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]
FILE = f"name,url,username,password\nA,https://a.example,u,{CANARY}\nB,,v,Wasserfall-31-Kupfer\n"


@pytest.fixture
def run() -> approvals.Run:
    """Two accounts, asked for together and given back by the general manager."""
    stage.set_up("qian_it", "sun_admin")
    stage.safe()
    made = importing.import_accounts(
        data=FILE.encode(), kind="blog", custodians=stage.ids("qian_it"), opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    return approvals.return_to(run_id=made.pk, by=person("zhou_general"), now=now(), reason="名称写清楚")


def account(name: str) -> Account:
    return Account.objects.get(name=name)


def again(
    lines: dict[int, Line], *, custodians: tuple[str, ...] = ("qian_it",), who: str = "qian_it"
) -> approvals.Run:
    return importing.import_again(
        import_id=VaultImport.objects.get().pk, lines=lines, custodians=stage.ids(*custodians), by=person(who),
        now=now(),
    )  # fmt: skip


def both() -> dict[int, Line]:
    return {
        account("A").pk: Line(" 公司博客 ", "https://a.example", "u"),
        account("B").pk: Line("B", "", "v"),
    }


def test_other_facts_are_asked_for_with_the_secrets_as_they_were_sealed(run: approvals.Run) -> None:
    sealed = set(Sealed.objects.values_list("pk", flat=True))
    asked = again(both(), custodians=("qian_it", "sun_admin"))
    assert (asked.pk, asked.round, asked.state) == (run.pk, 2, "running")
    assert [row["facts"]["name"] for row in asked.payload["rows"]] == ["公司博客", "B"]
    assert set(Sealed.objects.values_list("pk", flat=True)) == sealed
    stage.decide(asked)
    assert sorted(Account.objects.values_list("name", "state")) == [("B", "open"), ("公司博客", "open")]
    assert set(SecretVersion.objects.values_list("sealed_id", flat=True)) == sealed


def test_what_is_left_out_is_dropped_for_good(run: approvals.Run) -> None:
    left_out = account("B")
    asked = again({account("A").pk: both()[account("A").pk]})
    left_out.refresh_from_db()
    assert (left_out.state, len(asked.payload["rows"])) == ("dropped", 1)
    stage.decide(asked)
    assert Account.objects.filter(state="open").count() == 1
    with pytest.raises(Invalid) as refused:
        again_of_nothing()
    assert refused.value.code == "empty"


def again_of_nothing() -> None:
    made = importing.import_accounts(
        data=FILE.replace(CANARY, "Eisvogel-77-Schilfrohr").replace("31", "32").encode(), kind="blog",
        custodians=stage.ids("qian_it"), opened=opened("qian_it"), by=person("qian_it"), now=now(),
    )  # fmt: skip
    approvals.return_to(run_id=made.pk, by=person("zhou_general"), now=now(), reason="不需要")
    importing.import_again(
        import_id=int(made.subject_id), lines={}, custodians=stage.ids("qian_it"), by=person("qian_it"), now=now()
    )  # fmt: skip


def test_what_cannot_be_is_told_at_its_line_and_nothing_is_dropped(run: approvals.Run) -> None:
    lines = both() | {account("B").pk: Line(" ", "", "v")}
    with pytest.raises(Invalid) as refused:
        again(lines)
    assert refused.value.errors[0]["path"] == f"{account('B').pk}-name"
    with pytest.raises(Invalid) as refused:
        again({account("A").pk: both()[account("A").pk]}, custodians=("sun_admin",))
    assert refused.value.code == "no_reader", "only qian_it can open what was sealed"
    with pytest.raises(Invalid) as refused:
        again(both(), custodians=())
    assert refused.value.errors[0]["path"] == "custodians"
    assert set(Account.objects.values_list("state", flat=True)) == {"proposed"}
    assert approvals.Run.objects.get(pk=run.pk).state == "returned"


def test_an_owner_who_lost_his_post_is_no_matter_of_one_line(run: approvals.Run) -> None:
    from office.staff.models import Appointment

    Appointment.objects.filter(employee=person("qian_it")).delete()
    with pytest.raises(Invalid) as refused:
        again(both())
    assert refused.value.errors[0]["path"] == "owner"


def test_only_who_asked_asks_again_and_only_what_was_given_back(run: approvals.Run) -> None:
    with pytest.raises(NotFound):
        again(both(), who="sun_admin")
    with pytest.raises(NotFound):
        importing.import_again(import_id=987_654, lines={}, custodians=[], by=person("qian_it"), now=now())
    again(both())
    with pytest.raises(NotFound):
        again(both())


def page(client: Client, **given: object) -> tuple[int, str]:
    """(status, page) of what is posted; the page alone without."""
    where = reverse("accounts:import_again", args=[VaultImport.objects.get().pk])
    answer = client.post(where, given) if given else client.get(where)
    return answer.status_code, html.unescape(answer.content.decode())


def test_the_request_leads_to_a_page_that_asks_again(run: approvals.Run) -> None:
    client, a, b = custodian("qian_it", opened=False), account("A"), account("B")
    where = reverse("accounts:import_again", args=[VaultImport.objects.get().pk])
    assert where in client.get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert where in client.get(reverse("accounts:account", args=[a.pk])).content.decode()
    status, shown = page(client)
    assert (status, 'value="https://a.example"' in shown, CANARY in shown) == (200, True, False)
    given = {
        "custodians": person("qian_it").pk,
        f"{a.pk}-name": "A",
        f"{b.pk}-name": "B",
        f"{a.pk}-url": "ftp://x",
    }
    status, shown = page(client, **given)
    assert (status, "ftp://x" in shown, "https://" in shown) == (422, True, True)
    status, shown = page(client, **(given | {"custodians": "", f"{a.pk}-url": ""}))
    assert status == 422
    status, shown = page(client, **(given | {"custodians": person("fang_vice").pk, f"{a.pk}-url": ""}))
    assert status == 422, "nobody could let him in"
    status, _shown = page(client, **(given | {f"{a.pk}-url": "https://b.example", f"{b.pk}-leave_out": "on"}))
    assert status == 302
    asked = approvals.Run.objects.get(pk=run.pk)
    assert (asked.state, [row["facts"]["url"] for row in asked.payload["rows"]]) == (
        "running", ["https://b.example"],
    )  # fmt: skip
    assert page(client)[0] == 404
    assert where not in client.get(reverse("accounts:account", args=[a.pk])).content.decode()


def test_for_others_there_is_no_such_page(run: approvals.Run) -> None:
    assert page(custodian("sun_admin", opened=False))[0] == 404
    assert page(custodian("zhou_general", opened=False))[0] == 404
