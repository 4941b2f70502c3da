"""Who may do what and why, on pages: one's own, a person's, a permission's, a page's; asking and ending."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Grant
from accounts.selectors import access
from office.approvals.models import Run
from office.rulebook import api as rulebook
from tests.accounts.access.stage import WORD, agree, granted
from tests.accounts.access.test_confirm_again import grown_old
from tests.naughty import fill_in, strings
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.2")]


def given(who: str = "li_lei", word: str = WORD, decider: str = "chen_manager") -> Grant:
    return granted(who, word, decider, now=timezone.now() - timedelta(hours=1))


@pytest.fixture
def agent() -> Client:
    everybody()
    return signed_in("li_lei")


def asked(client: Client, **said: object) -> object:
    today = timezone.localdate()
    return client.post(
        "/accounts/access/ask/",
        {
            "person": person("li_lei").pk, "word": WORD, "first_day": today.isoformat(),
            "last_day": (today + timedelta(days=7)).isoformat(), "reason": "盘点时用", **said,
        },
    )  # fmt: skip


def test_one_s_own_access_names_posts_and_grants(agent: Client) -> None:
    made = given()
    page = agent.get("/accounts/access/").content.decode()
    assert "客服专员" in page
    assert f"#{made.pk}" in page


def test_another_s_access_is_seen_from_above_only(agent: Client) -> None:
    pk = person("han_meimei").pk
    assert agent.get(f"/accounts/access/people/{pk}/").status_code == 404
    for who in ("wang_supervisor", "chen_manager", "sun_admin"):
        assert signed_in(who).get(f"/accounts/access/people/{pk}/").status_code == 200
    assert signed_in("lin_editor").get(f"/accounts/access/people/{pk}/").status_code == 404


@pytest.mark.parametrize("code", ["site", "mall"])
def test_everybody_above_leads_up_to_the_general_manager(code: str) -> None:
    """Also those above the post that the chain calls the leader."""
    everybody()
    now = timezone.now()
    if code == "mall":
        rulebook.activate_book(code="mall", starts_at=now, by=None, now=now)
    for who in ("wang_supervisor", "chen_manager", "fang_vice", "zhou_general"):
        assert access.leads(person(who), person("li_lei"), now), who
        assert person("li_lei") in access.led_by(person(who), now), who
    for who in ("li_lei", "han_meimei", "lin_editor", "sun_admin", "du_hr"):
        assert not access.leads(person(who), person("li_lei"), now), who
    assert not access.leads(person("chen_manager"), person("fang_vice"), now)


def test_who_may_do_a_thing_and_why(agent: Client) -> None:
    made = given()
    page = signed_in("sun_admin").get(f"/accounts/access/who/{WORD}/").content.decode()
    for piece in (person("li_lei").name, person("ma_product").name, f"#{made.run_id}", f"#{made.pk}"):
        assert piece in page
    assert person("han_meimei").name not in page
    assert signed_in("sun_admin").get("/accounts/access/who/no.such/").status_code == 404


@pytest.mark.parametrize(
    ("page", "leads"),
    [
        ("/desk/", "/accounts/access/who/orders.view/"),
        ("https://shop.example/staff/?q=1", "/accounts/access/who/staff.view/"),
        ("/admin/", "/accounts/access/who/admin.enter/"),
        ("/admin/staff/employee/", "/accounts/access/who/admin.enter/"),
        ("/inbox/", ""),
        ("/nowhere/", ""),
        ("nonsense", ""),
    ],
)
def test_who_may_open_a_page(agent: Client, page: str, leads: str) -> None:
    answer = signed_in("sun_admin").get("/accounts/access/who/", {"page": page})
    assert (answer["Location"] if leads else answer.status_code) == (leads or 200)


def test_a_grant_opens_the_door_that_its_permission_guards(agent: Client) -> None:
    assert agent.get("/accounts/access/who/").status_code == 403
    given(word="accounts.see_access")
    assert agent.get("/accounts/access/who/").status_code == 200


def test_asking_leads_to_the_request_and_a_refusal_keeps_what_was_typed(agent: Client) -> None:
    refused = asked(agent, reason="再试一次", last_day="2020-01-01")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "再试一次" in refused.content.decode()  # type: ignore[attr-defined]
    answer = asked(agent)
    run = Run.objects.get()
    assert answer["Location"] == f"/approvals/{run.pk}/"  # type: ignore[index]
    assert agent.get(f"/approvals/{run.pk}/").status_code == 200


def test_nobody_asks_for_a_colleague_by_another_number_in_the_form(agent: Client) -> None:
    answer = asked(agent, person=person("han_meimei").pk)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert not Run.objects.exists()


def test_whoever_decides_confirms_who_he_is(agent: Client) -> None:
    asked(agent)
    run = Run.objects.get()
    manager = person("chen_manager")
    manager.set_password("Lantern-Teapot-4821")
    manager.save()
    decider, paper = grown_old(signed_in("chen_manager")), f"/approvals/{run.pk}/"
    assert "/auth/reauthenticate/?next=" in decider.get(paper).content.decode()
    for url, said in (
        (f"{paper}approve/", {"revision": run.revision}),
        ("/approvals/decide/", {"one": f"approve:{run.pk}", f"revision-{run.pk}": run.revision}),
        ("/approvals/decide/", {"act": "approve", "pick": run.pk}),
    ):
        assert decider.post(url, said)["Location"].startswith("/auth/reauthenticate/?next="), url
    run.refresh_from_db()
    assert run.state == "running"
    assert decider.post(f"{paper}comment/", {"words": "等等"}).status_code == 302
    run.refresh_from_db()
    signed_in("chen_manager").post(f"{paper}approve/", {"revision": run.revision})
    run.refresh_from_db()
    assert run.state == "agreed"


def test_whoever_carries_it_out_confirms_who_he_is(agent: Client) -> None:
    asked(agent)
    run = agree(Run.objects.get(), "chen_manager", now=timezone.now())
    administrator = person("sun_admin")
    administrator.set_password("Lantern-Teapot-4821")
    administrator.save()
    paper, said = f"/approvals/{run.pk}/", {"revision": run.revision}
    refused = grown_old(signed_in("sun_admin")).post(f"{paper}execute/", said)
    assert refused["Location"].startswith("/auth/reauthenticate/?next=")
    assert not Grant.objects.exists()
    signed_in("sun_admin").post(f"{paper}execute/", said)
    assert Grant.objects.get().run_id == run.pk


def test_a_grant_s_page_asks_that_it_end(agent: Client) -> None:
    made = given()
    url = f"/accounts/access/grants/{made.pk}/"
    assert signed_in("han_meimei").get(url).status_code == 404
    assert signed_in("han_meimei").post(f"{url}end/", {"reason": "x"}).status_code == 404
    assert agent.get(url).status_code == 200
    assert agent.post(f"{url}end/", {"reason": " "}).status_code == 422
    assert (
        agent.post(f"{url}end/", {"reason": "不再需要"})["Location"]
        == f"/approvals/{Run.objects.latest('pk').pk}/"
    )


def test_the_list_holds_what_the_reader_may_see(agent: Client) -> None:
    given()
    assert person("li_lei").name in agent.get("/accounts/access/grants/").content.decode()
    for who, seen in (("han_meimei", False), ("wang_supervisor", True), ("sun_admin", True)):
        page = signed_in(who).get("/accounts/access/grants/").content.decode()
        assert (f">{person('li_lei').name}<" in page) is seen, who
    for state in ("later", "over", "nonsense"):
        assert agent.get("/accounts/access/grants/", {"state": state, "before": "x"}).status_code == 200


def test_lists_ask_a_bounded_number_of_queries(agent: Client, django_assert_max_num_queries: object) -> None:
    given()
    given(word="catalog.planner")
    client = signed_in("sun_admin")
    for url in ("/accounts/access/grants/", f"/accounts/access/who/{WORD}/", "/accounts/access/who/"):
        client.get(url)
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            client.get(url)
    url = f"/accounts/access/people/{person('li_lei').pk}/"
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        client.get(url)


@pytest.mark.parametrize("place", [0, 1])
def test_odd_texts_make_no_fault(agent: Client, place: int) -> None:
    path = ("/accounts/access/ask/", f"/accounts/access/grants/{given().pk}/")[place]
    assert fill_in(agent, path, start=40 * place) == []
    admin = signed_in("sun_admin")
    for text in strings()[:40]:
        found = admin.get("/accounts/access/who/", {"q": text, "page": text})
        assert found.status_code in (200, 302, 400), text


def test_pages_name_the_last_day_and_call_things_by_name(agent: Client) -> None:
    made = given()
    after = timezone.localtime(made.ends_at)
    last, midnight = (after - timedelta(days=1)).date().isoformat(), after.date().isoformat()
    pages = ("", "grants/", f"grants/{made.pk}/", f"people/{person('li_lei').pk}/")
    for page in pages:
        said = agent.get(f"/accounts/access/{page}").content.decode()
        assert last in said
        assert midnight not in said
    run = Run.objects.get(subject_type="access")
    assert WORD not in f"{run.label}{run.preview}"
