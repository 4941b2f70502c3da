"""A supplier at its door on a phone: what it was typing when the phone rang is there again; several photographs go one
after another. A buyer: the papers of a loss claim go one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contracts.models import DoorDraft, LossClaim, Sample
from contracts.services import samples
from contracts.services.door import codes, links
from office.rulebook import api as rulebook
from tests.browser.conftest import until
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.people import everybody, person

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route


@pytest.fixture
def site(db: None) -> None:
    begins = timezone.now() - dt.timedelta(days=400)
    rulebook.activate_book(code="site", starts_at=begins, by=None, now=begins - dt.timedelta(days=1))
    everybody()


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    files = [tmp_path / f"照片{n}.png" for n in range(3)]
    for n, file in enumerate(files):
        file.write_bytes(small_picture(seed=n))
    return [str(file) for file in files]


def _enter(phone: Page, purpose: str, paper: int) -> str:
    """The door of one paper, and the address of the paper."""
    sent = links.send_link(
        contact_id=arrange.the_contact().pk, purpose=purpose, paper_id=paper, by=person("luo_buyer"),
        now=timezone.now(),
    )  # fmt: skip
    digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=timezone.now())
    phone.goto(f"/supplier/{sent.token}/")
    phone.fill("#code", digits)
    phone.click("form.door-code button")
    phone.wait_for_selector(".door-kind")
    return phone.url


def test_what_was_typed_is_there_again_when_the_tab_was_closed(
    site: None, phone: Page, screenshot: Callable[[Page, str], None]
) -> None:
    order = arrange.producing(timezone.now())
    paper = _enter(phone, "order", order.pk)
    phone.fill("#number", "SH-2026-77")
    phone.wait_for_selector("[data-said]:has-text('自动保存')")
    screenshot(phone, "door-draft")
    phone.fill("#carrier", "德邦物流")
    again = phone.context.new_page()
    phone.close()  # the phone rings
    until(again, lambda: "德邦物流" in DoorDraft.objects.get().fields.values(), "the last word is kept")
    again.goto(paper)
    expect(again.locator("#number")).to_have_value("SH-2026-77")
    expect(again.locator("#carrier")).to_have_value("德邦物流")
    expect(again.locator(".note-info").first).to_contain_text("之前输入的内容")
    again.click("[data-discard]:visible")
    again.locator("#confirm button[value=ok]").click()
    expect(again.locator("#number")).to_have_value("")
    again.fill("#number", "SH-2026-78")
    late: list[str] = []
    again.on("request", lambda each: late.append(each.url) if each.url.endswith("/draft/") else None)
    with again.expect_navigation():
        again.click("button:has-text('确认发货')")
    again.wait_for_selector("text=已发 10")
    assert late == []
    assert not DoorDraft.objects.exclude(fields={}).exists()


def test_who_does_not_confirm_goes_on_typing_and_nothing_of_it_is_lost(site: None, phone: Page) -> None:
    order = arrange.producing(timezone.now())
    _enter(phone, "order", order.pk)
    phone.fill("#number", "SH-2026-80")
    phone.wait_for_selector("[data-said]:has-text('自动保存')")
    phone.click("[data-discard]:visible")
    phone.locator("#confirm button[value='']").click()
    phone.fill("#carrier", "德邦物流")
    until(
        phone, lambda: "德邦物流" in DoorDraft.objects.get().fields.values(), "what came after the question"
    )


def test_a_delivery_whose_note_is_refused_is_sent_again_at_once(
    site: None, phone: Page, photos: list[str], tmp_path: Path
) -> None:
    order = arrange.producing(timezone.now())
    _enter(phone, "order", order.pk)
    wrong = tmp_path / "送货单.pdf"
    wrong.write_bytes(b"<html>")
    phone.fill("#number", "SH-2026-81")
    phone.locator("#note").set_input_files(wrong)
    send = phone.locator("button:has-text('确认发货')")
    send.click()
    expect(phone.locator("form[data-send] [data-uploads] [role=alert]")).to_be_visible()
    assert "is-busy" not in (send.get_attribute("class") or "")
    phone.locator("#note").set_input_files(photos[0])
    send.click()
    phone.wait_for_selector("text=已发 10")


def test_what_was_typed_before_the_script_came_is_kept_too(site: None, phone: Page) -> None:
    order = arrange.producing(timezone.now())
    held: list[Route] = []
    phone.route("**/drafts*.js", lambda route: held.append(route))
    _enter(phone, "order", order.pk)
    phone.fill("#number", "SH-2026-79")
    until(phone, lambda: held, "the script is asked for")
    held[0].continue_()
    phone.wait_for_selector("[data-said]:has-text('自动保存')")
    assert "SH-2026-79" in DoorDraft.objects.get().fields.values()


def test_several_photographs_go_one_after_another(site: None, phone: Page, photos: list[str]) -> None:
    now = timezone.now()
    arrange.the_contact()
    sample = samples.request_sample(
        supplier_id=arrange.agreed(now).contract.supplier_id, name="餐椅", demands="四面各一张",
        by=person("luo_buyer"), now=now,
    )  # fmt: skip
    _enter(phone, "sample", sample.pk)
    bodies: list[int] = []
    phone.on("request", lambda each: bodies.append(1) if each.url.endswith("/photo/") else None)
    phone.locator("input[type=file][multiple]").set_input_files(photos)  # several, once the script is there
    expect(phone.locator(".door-thumbs img")).to_have_count(3)
    assert len(bodies) == 3
    assert Sample.objects.get().events.filter(word="photographed").count() == 3


def test_a_photograph_that_was_chosen_before_the_script_came_is_sent(
    site: None, phone: Page, photos: list[str]
) -> None:
    now = timezone.now()
    arrange.the_contact()
    sample = samples.request_sample(
        supplier_id=arrange.agreed(now).contract.supplier_id, name="餐椅", demands="四面各一张",
        by=person("luo_buyer"), now=now,
    )  # fmt: skip
    held: list[Route] = []
    phone.route("**/upload*.js", lambda route: held.append(route))
    _enter(phone, "sample", sample.pk)
    phone.locator("input[type=file]").set_input_files(photos[0])
    until(phone, lambda: held, "the script is asked for")
    held[0].continue_()
    expect(phone.locator(".door-thumbs img")).to_have_count(1)


def test_papers_of_a_claim_go_as_they_are_chosen(
    site: None, page: Page, sign_in: Callable[[Page, str], None], photos: list[str],
    screenshot: Callable[[Page, str], None],
) -> None:  # fmt: skip
    order = arrange.shipped(timezone.now())
    sign_in(page, "luo_buyer")
    page.goto(f"/contracts/orders/{order.pk}/claim/")
    page.select_option("#id_clause", "P3.4")
    page.fill("#id_text", "面料成分不符")
    page.click("[data-rows-more]")
    for n, photo in enumerate(photos):
        page.fill(f"#id_loss-{n}-what", f"客户 {n} 退款")
        page.fill(f"#id_loss-{n}-amount", "100")
        page.locator(f"#id_loss-{n}-file").set_input_files(photo)
        page.wait_for_selector(f"[name=loss-{n}-kept]", state="attached")
    screenshot(page, "claim-papers")
    with page.expect_navigation():
        page.click("button:has-text('提出索赔')")
    names = [line.file.name for line in LossClaim.objects.get().lines.order_by("n") if line.file]
    assert len(names) == 3
