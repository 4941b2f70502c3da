"""The pages: what a person sees, every act as a plain form, and what a stale one answers."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from ecdept import day
from office.approvals import api as approvals
from office.approvals.models import Comment, Copy, Deputy, Run, Vote
from office.approvals.selectors import queue
from office.approvals.selectors.count import waiting_now
from tests.approvals.cast import Shelf, ask, give, note
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def post(who: str, run: Run, act: str, **data: Any) -> Any:
    """The form of the page as it is now, unless `revision` says another."""
    run.refresh_from_db()
    return signed_in(who).post(
        reverse("approvals:act", args=[run.pk, act]), {"revision": run.revision, **data}
    )


def get(who: str, where: str, **query: Any) -> Any:
    return signed_in(who).get(where, query)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def asked(kind: str = "toy.price", **more: Any) -> Run:
    return ask(kind, now=timezone.now(), **more)


QUEUE = "/approvals/"


def test_the_queue_shows_what_a_decision_needs() -> None:
    run = asked("toy.two")
    approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=timezone.now(), comment="fits")
    page = text(get("chen_manager", QUEUE))
    for shown in ("cup 1", "<del>", "10.00", "12.50", "C11.1", "王主管", "data-due"):
        assert shown in page
    assert f'name="revision-{run.pk}"' in page


def test_the_other_lists_are_one_tab_each() -> None:
    run = asked(copy_to=[person("zhao_operations").pk])
    assert "cup 1" in text(get("li_lei", QUEUE, tab="asked"))
    assert "cup 1" in text(get("zhao_operations", QUEUE, tab="copied"))
    assert "cup 1" not in text(get("chen_manager", QUEUE, tab="decided"))
    post("chen_manager", run, "approve", words="good price")
    assert "good price" in text(get("chen_manager", QUEUE, tab="decided"))


@pytest.mark.parametrize("tab", ["waiting", "asked", "decided", "copied"])
def test_each_list_bears_its_own_title(tab: str) -> None:
    page = text(get("chen_manager", QUEUE, tab=tab))
    chosen = re.search(r'aria-current="page">([^<]+)', page[page.index('class="tabs"') :])
    title = re.search(r"<title>\s*([^<·|–-]+)", page)
    assert chosen
    assert title
    assert chosen[1].strip() == title[1].strip()


def test_a_list_says_whose_turn_it_is() -> None:
    runs = [asked(), asked("toy.done", subject=note(2)), asked(subject=note(3)), asked(subject=note(4))]
    post("chen_manager", runs[1], "approve")
    post("chen_manager", runs[2], "return", words="why?")
    post("chen_manager", runs[3], "forward", words="yours", person=person("qian_it").pk)
    answer = get("li_lei", QUEUE, tab="asked")
    turns = {run.pk: turn for _row, run, _kind, turn in answer.context["rows"]}
    assert [str(turns[run.pk].whose[0]) for run in runs] == ["部门经理", "产品运营", "李雷", "钱经理"]
    assert [turns[run.pk].due_at is None for run in runs] == [False, False, True, False]


def test_pages_go_on_by_key() -> None:
    manager = person("chen_manager")
    for number in range(queue.PAGE + 2):
        asked(subject=note(number))
    first = get("chen_manager", QUEUE)
    following = first.context["next_url"]
    rest = get("chen_manager", QUEUE + following)
    assert len(rest.context["lines"]) == 2
    assert waiting_now(manager.pk, timezone.now()) == queue.PAGE + 2


@pytest.mark.parametrize("broken", ["x", "_", "2026-99-99T00:00:00Z_1", "2026-01-01T00:00:00_1", "9" * 40])
def test_a_key_that_is_none_is_the_first_page(broken: str) -> None:
    asked()
    for tab in ("waiting", "asked", "decided", "copied"):
        assert get("chen_manager", QUEUE, tab=tab, after=broken).status_code == 200


@pytest.mark.parametrize(
    ("act", "state"), [("approve", "executed"), ("reject", "rejected"), ("return", "returned")]
)
def test_a_decision_goes_back_to_the_queue(act: str, state: str) -> None:
    run = asked()
    answer = post("chen_manager", run, act, words="seen")
    assert (answer.status_code, answer["Location"]) == (302, QUEUE)
    run.refresh_from_db()
    assert run.state == state
    assert Vote.objects.get(run=run).comment == "seen"


def test_after_a_decision_the_next_line_is_selected() -> None:
    first, second, third = (asked(subject=note(number)) for number in range(3))
    answer = post("chen_manager", second, "approve")
    assert answer["Location"] == f"{QUEUE}#run-{third.pk}"
    lines = {f"revision-{run.pk}": 1 for run in (first, third)}
    browser = signed_in("chen_manager")
    line = browser.post(QUEUE + "decide/", {**lines, "one": f"approve:{first.pk}", "kind": "toy.price"})
    assert line["Location"] == f"{QUEUE}?kind=toy.price#run-{third.pk}"
    last = browser.post(QUEUE + "decide/", {**lines, "one": f"approve:{third.pk}", "after": "x"})
    assert (
        last["Location"] == f"{QUEUE}?after=x#run-{first.pk}"
    )  # decided already: the page selects its first then


@pytest.mark.parametrize("act", ["reject", "return", "forward"])
def test_without_its_reason_the_act_is_refused_and_the_page_says_so(act: str) -> None:
    run = asked()
    answer = post("chen_manager", run, act, person=person("zhou_general").pk)
    assert answer.status_code == 422
    assert 'id="refused"' in text(answer)
    run.refresh_from_db()
    assert run.state == "running"


def test_a_stale_act_shows_what_happened_meanwhile_and_keeps_the_words() -> None:
    run = asked("toy.two")
    seen = run.revision
    approvals.comment(run_id=run.pk, by=person("li_lei"), now=timezone.now(), text="look at row two")
    answer = post("wang_supervisor", run, "reject", revision=seen, words="far too dear")
    page = text(answer)
    assert answer.status_code == 409
    assert "李雷" in page.split('class="since"')[1].split("</ul>")[0]
    assert "far too dear" in page
    assert f'name="revision" value="{Run.objects.get(pk=run.pk).revision}"' in page
    assert not Vote.objects.exists()


def test_a_decision_after_the_withdrawal_is_told_so() -> None:
    run = asked()
    seen = run.revision
    post("li_lei", run, "withdraw", words="a slip")
    answer = post("chen_manager", run, "approve", revision=seen, words="fine")
    assert answer.status_code == 409
    assert "fine" in text(answer)


def test_an_edit_meanwhile_voids_and_names_the_field(shelf: Shelf) -> None:
    run = asked()
    shelf.prices["1"] = "11.00"
    answer = post("chen_manager", run, "approve")
    assert answer.status_code == 409
    assert "price" in text(answer).split('id="refused"')[1]
    run.refresh_from_db()
    assert run.state == "voided"


@pytest.mark.clause("J0")
def test_ones_own_request_is_refused_and_has_no_button() -> None:
    give("li_lei", "department_manager")
    run = asked()
    assert 'id="decision"' not in text(get("li_lei", f"{QUEUE}{run.pk}/"))
    assert post("li_lei", run, "approve").status_code == 403


def test_a_run_of_others_is_not_there() -> None:
    run = asked()
    assert get("han_meimei", f"{QUEUE}{run.pk}/").status_code == 404
    for act in ("approve", "comment", "copy", "withdraw", "execute"):
        assert post("han_meimei", run, act, words="let me in").status_code == 404
    assert signed_in("han_meimei").post(QUEUE + "decide/", {"one": f"approve:{run.pk}"}).status_code == 404
    assert post("chen_manager", run, "destroy").status_code == 404


def test_signers_forwarding_copies_comments_reminders() -> None:
    run = asked("toy.two")
    general, operations = person("zhou_general"), person("zhao_operations")
    assert post("wang_supervisor", run, "add-signer", person=operations.pk, where="after").status_code == 302
    assert post("wang_supervisor", run, "forward", person=general.pk, words="yours").status_code == 302
    assert post("zhou_general", run, "copy", people=[person("qian_it").pk]).status_code == 302
    assert post("qian_it", run, "comment", words="seen by IT").status_code == 302
    assert post("li_lei", run, "remind").status_code == 302
    assert post("li_lei", run, "remind").status_code == 409
    page = text(get("qian_it", f"{QUEUE}{run.pk}/"))
    for shown in ("周总", "赵运营", "seen by IT", "王主管"):
        assert shown in page
    assert (Copy.objects.count(), Comment.objects.filter(text="seen by IT").count()) == (1, 1)


def test_an_act_without_its_person_is_refused() -> None:
    run = asked()
    for act in ("add-signer", "forward", "copy"):
        assert post("chen_manager", run, act, words="x").status_code == 422
        assert post("chen_manager", run, act, words="x", person="abc", people=["-1"]).status_code == 422


def test_what_was_returned_is_asked_again_unchanged() -> None:
    run = asked()
    post("chen_manager", run, "return", words="why so dear?")
    assert "why so dear?" in text(get("li_lei", f"{QUEUE}{run.pk}/"))
    assert post("li_lei", run, "resubmit", words="the supplier raised it").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.round) == ("running", 2)


def test_a_return_to_an_earlier_step_by_the_page() -> None:
    run = asked("toy.two")
    post("wang_supervisor", run, "approve")
    assert '<option value="0">' in text(get("chen_manager", f"{QUEUE}{run.pk}/"))
    assert post("chen_manager", run, "return", step="0", words="count again").status_code == 302
    assert "cup 1" in text(get("wang_supervisor", QUEUE))
    assert "count again" in text(get("wang_supervisor", f"{QUEUE}{run.pk}/"))


def test_carried_out_by_the_executor_and_checked_by_a_third() -> None:
    run = asked("toy.done")
    post("chen_manager", run, "approve")
    assert 'id="execute"' not in text(get("li_lei", f"{QUEUE}{run.pk}/"))
    assert 'id="execute"' in text(get("zhao_operations", f"{QUEUE}{run.pk}/"))
    assert post("zhao_operations", run, "execute", words="shelf 4").status_code == 302
    assert post("qian_it", run, "check").status_code == 422
    assert post("qian_it", run, "check", ok="no").status_code == 409
    assert post("qian_it", run, "check", ok="yes").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.check_state, run.execution_evidence) == ("executed", "passed", "shelf 4")


def test_rows_are_refused_singly(shelf: Shelf) -> None:
    run = asked(payload={"rows": [{"price": "11.00"}, {"price": "13.00"}]})
    assert 'name="refuse_rows" value="1"' in text(get("chen_manager", f"{QUEUE}{run.pk}/"))
    assert post("chen_manager", run, "approve", refuse_rows=["1"]).status_code == 302
    assert shelf.applied == [(run.pk, {"rows": [{"price": "11.00"}]})]
    assert "is-refused" in text(get("li_lei", f"{QUEUE}{run.pk}/"))


def test_many_at_once_each_with_its_result() -> None:
    first, second, hidden = asked(), asked(subject=note(2)), asked("toy.either", subject=note("secret"))
    approvals.comment(run_id=second.pk, by=person("li_lei"), now=timezone.now(), text="wait")
    answer: Any = signed_in("chen_manager").post(
        QUEUE + "decide/",
        {
            "pick": [first.pk, second.pk, 987654],
            f"revision-{first.pk}": 1,
            f"revision-{second.pk}": second.revision,
            "act": "reject",
            "words": "no money",
        },
    )
    page = text(answer)
    assert answer.status_code == 200
    assert (page.count('data-result="done"'), page.count('data-result="refused"')) == (1, 2)
    assert "no money" in page
    states = dict(Run.objects.values_list("pk", "state"))
    assert states == {first.pk: "rejected", second.pk: "running", hidden.pk: "running"}


def test_many_at_once_tells_nothing_of_runs_one_may_not_see() -> None:
    run = asked(subject=note("secret"))
    answer: Any = signed_in("han_meimei").post(
        QUEUE + "decide/", {"pick": [run.pk, run.pk + 1], f"revision-{run.pk}": 99, "act": "approve"}
    )
    assert "secret" not in text(answer)


@pytest.mark.parametrize(
    "data", [{}, {"act": "approve"}, {"act": "destroy", "pick": "1"}, {"act": "approve", "pick": "x"}]
)
def test_many_at_once_needs_lines_and_an_act(data: dict[str, str]) -> None:
    assert signed_in("chen_manager").post(QUEUE + "decide/", data).status_code == 422


def test_one_line_of_the_queue_brings_its_own_words() -> None:
    run = asked()
    answer: Any = signed_in("chen_manager").post(
        QUEUE + "decide/", {"one": f"reject:{run.pk}", f"revision-{run.pk}": 1, f"words-{run.pk}": "no"}
    )
    assert answer["Location"] == QUEUE
    assert Vote.objects.get(run=run).comment == "no"


def test_a_deputy_is_named_and_ended_by_the_page() -> None:
    start = timezone.localtime() - dt.timedelta(minutes=5)
    data = {
        "person": person("han_meimei").pk,
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + dt.timedelta(days=3):%Y-%m-%dT%H:%M}",
        "reason": "holiday",
    }
    agent = signed_in("li_lei")
    assert agent.post(QUEUE + "deputy/", {**data, "ends_at": data["starts_at"]}).status_code == 422
    assert agent.post(QUEUE + "deputy/", data).status_code == 302
    assert post("wang_supervisor", Run.objects.get(), "approve").status_code == 302
    found = Deputy.objects.get()
    assert "韩梅梅" in text(get("li_lei", QUEUE + "deputy/"))
    where = f"{QUEUE}deputy/{found.pk}/end/"
    assert signed_in("zhao_operations").post(where).status_code == 404
    assert agent.post(where).status_code == 302
    assert agent.post(where).status_code == 409


def test_figures_are_for_those_whom_the_book_names() -> None:
    run = asked("toy.two")
    post("wang_supervisor", run, "approve")
    assert get("li_lei", QUEUE + "figures/").status_code == 403
    page = text(get("chen_manager", QUEUE + "figures/", days="7"))
    assert "Toy toy.two" in page
    assert "王主管" in page


def test_the_day_and_the_frame_count_what_waits() -> None:
    asked(), asked("toy.two", subject=note(2))
    manager, now = person("chen_manager"), timezone.now()
    (item,) = [each for each in day.items_for(manager, now) if each.url.startswith(QUEUE)]
    assert (item.label, item.clause, item.detail) == ("cup 1", "C11.1", "李雷")
    assert get("chen_manager", "/").context["shell"].waiting == 1


def test_the_count_of_the_frame_is_the_length_of_the_queue() -> None:
    give("chen_manager", "it_manager")
    give("li_lei", "department_manager")
    asked("toy.both"), asked(subject=note(2)), asked("toy.done", subject=note(3))
    approvals.approve(run_id=Run.objects.latest("id").pk, by=person("chen_manager"), now=timezone.now())
    now = timezone.now()
    for who in ("chen_manager", "li_lei", "zhao_operations", "qian_it", "zhou_general", "wang_supervisor"):
        assert waiting_now(person(who).pk, now) == len(queue.waiting(person(who), now, limit=99).lines), who


def test_the_number_of_queries_is_bounded(django_assert_max_num_queries: Any) -> None:
    for number in range(25):
        run = asked("toy.two", subject=note(number))
        approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=timezone.now())
    browser = signed_in("chen_manager")
    browser.get(QUEUE)
    with django_assert_max_num_queries(14):
        browser.get(QUEUE)
    with django_assert_max_num_queries(34):
        browser.get(f"{QUEUE}{run.pk}/")


def test_the_pages_are_there_in_both_languages() -> None:
    run = asked()
    for language in ("zh-hans", "en"):
        with translation.override(language):
            assert get("chen_manager", f"{QUEUE}{run.pk}/").status_code == 200
