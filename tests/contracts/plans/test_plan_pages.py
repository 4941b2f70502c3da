"""The pages of work plans, and who finds which plan (W1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from contracts.models import DocumentPaper, Milestone, PlanDocument, WorkPlan
from tests.contracts.world import DAY
from tests.files.samples import small_picture
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("W1")]


def here(name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=args)


def made(owner: str = "zheng_designer") -> WorkPlan:
    everybody("chen_manager", "zheng_designer", "li_lei")
    client = signed_in("chen_manager")
    assert client.get(here("plan_new")).status_code == 200
    client.post(
        here("plan_new"),
        {
            "title": "开设抖音旗舰店", "template": "open_shop", "starts_on": str(timezone.localdate()),
            "owner": person(owner).pk,
        },
    )  # fmt: skip
    return WorkPlan.objects.latest("pk")


def test_a_plan_shows_its_time_line_its_steps_and_its_checklist() -> None:
    page = signed_in("chen_manager").get(here("plan", made().pk)).content.decode()
    for word in ("<svg", "选定平台与类目", "营业执照", "支付授权", "商标证书"):
        assert word in page
    assert "<script" not in page.partition("<svg")[2].partition("</svg>")[0]


def test_who_keeps_no_plans_finds_his_own_steps_in_his_day() -> None:
    plan = made()
    mine, other = signed_in("zheng_designer"), signed_in("li_lei")
    assert here("plans") not in other.get("/").content.decode()
    day = mine.get("/").content.decode()
    assert f'href="{here("plans")}"' in day
    open_ = plan.milestones.count() + plan.documents.count()
    assert f"{open_} 项步骤或资料由我负责" in day
    mine.post(here("plan_step", plan.milestones.get(n=1).pk, "finish"), {"note": "好了"})
    assert f"{open_ - 1} 项步骤或资料由我负责" in mine.get("/").content.decode()
    signed_in("chen_manager").post(here("plan_act", plan.pk, "close"), {"reason": "不做了"})
    assert f'href="{here("plans")}"' not in mine.get("/").content.decode()


def test_its_owner_does_his_part_and_others_find_nothing() -> None:
    plan = made()
    mine, other = signed_in("zheng_designer"), signed_in("li_lei")
    assert plan.title in mine.get(here("plans")).content.decode()
    assert plan.title not in other.get(here("plans")).content.decode()
    step, document = plan.milestones.get(n=1), plan.documents.get(n=1)
    for address in (
        here("plan", plan.pk), here("plan_step", step.pk, "finish"), here("plan_document", document.pk, "hand-in"),
    ):  # fmt: skip
        assert mine.get(address).status_code == 200
        assert other.get(address).status_code == 404
    mine.post(here("plan_step", step.pk, "finish"), {"note": "好了"})
    assert Milestone.objects.get(pk=step.pk).done_by == person("zheng_designer")
    assert mine.post(here("plan_step", step.pk, "finish"), {"note": "再来"}).status_code == 409
    mine.post(
        here("plan_document", document.pk, "hand-in"),
        {
            "file": SimpleUploadedFile("执照.png", small_picture()),
            "expires_on": str(timezone.localdate() + 9 * DAY),
        },
    )
    paper = DocumentPaper.objects.get()
    assert mine.get(here("plan_paper", paper.pk)).status_code == 200
    assert other.get(here("plan_paper", paper.pk)).status_code == 404
    assert "有效期至" in mine.get(here("plan", plan.pk)).content.decode()
    refused = mine.post(here("plan_step", plan.milestones.get(n=2).pk, "drop"), {"reason": "不要"})
    assert refused.status_code == 403


def test_the_manager_moves_adds_drops_and_closes() -> None:
    plan = made()
    client = signed_in("chen_manager")
    step = plan.milestones.get(n=1)
    form = {
        "title": step.title, "owner": step.owner_id, "starts_on": str(step.starts_on),
        "due_on": str(step.due_on + 3 * DAY),
    }  # fmt: skip
    assert client.post(here("plan_step", step.pk, "change"), form).status_code == 422
    client.post(here("plan_step", step.pk, "change"), {**form, "reason": "平台延期"})
    assert Milestone.objects.get(pk=step.pk).due_on == step.due_on + 3 * DAY
    client.post(here("plan_step", step.pk, "drop"), {"reason": "不需要"})
    client.post(here("plan_act", plan.pk, "step"), {**form, "title": "拍摄视频"})
    client.post(here("plan_act", plan.pk, "document"), {**form, "name": "品牌授权书"})
    assert plan.milestones.filter(title="拍摄视频").exists()
    document = PlanDocument.objects.get(name="品牌授权书")
    client.post(here("plan_document", document.pk, "drop"), {"reason": "不需要"})
    assert PlanDocument.objects.get(pk=document.pk).dropped_at is not None
    assert client.post(here("plan_act", plan.pk, "close"), {}).status_code == 422
    client.post(here("plan_act", plan.pk, "close"), {"reason": "平台停招"})
    assert plan.title in client.get(here("plans") + "?tab=closed").content.decode()
    assert client.post(here("plan_act", plan.pk, "step"), form).status_code == 409


def test_what_was_typed_stays_when_it_is_refused() -> None:
    plan = made()
    client = signed_in("chen_manager")
    answer = client.post(here("plan_act", plan.pk, "step"), {"title": "没有日期的步骤"})
    assert answer.status_code == 422
    assert "没有日期的步骤" in answer.content.decode()
    assert client.post(here("plan_act", plan.pk, "burn"), {}).status_code == 404
    assert client.get(here("plan_step", plan.milestones.get(n=1).pk, "burn")).status_code == 404


def test_list_and_plan_ask_a_bounded_number_of_questions(django_assert_max_num_queries: Any) -> None:
    plans = [made() for _ in range(4)]
    client = signed_in("chen_manager")
    for address, most in ((here("plans"), 16), (here("plan", plans[0].pk), 22)):
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200
