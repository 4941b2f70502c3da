"""The desk with the keyboard alone, a page on paper, a file that is dragged in, a call-back on my day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from office.staff import api as staff
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Batch, Order
from orders.services import desk, intake
from orders.services.booking import book_orders
from tests.orders.desk.arrange import ADDRESS, MINUTE, NAME, PHONE, accepted, again, order, shop
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

Enter = Callable[["Page", str], None]


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def _tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Tab on until the element has the focus: what cannot be reached like this cannot be used without a mouse."""
    for _press in range(most):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} is not reached by {most} tabs")


@pytest.mark.clause("C7.1", "C7.2", "C7.3")
def test_an_order_goes_from_the_pool_to_its_hand_over_without_a_mouse(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    staff.start_duty(by=person("li_lei"), now=now)
    first, second = order(at=now - 2 * MINUTE), order(at=now - MINUTE)
    sign_in(page, "li_lei")
    page.goto("/desk/")
    page.keyboard.press("j")
    expect(page.locator(f'tr[data-order="{second.pk}"]')).to_have_attribute("aria-selected", "true")
    page.keyboard.press("k")
    expect(page.locator(f'tr[data-order="{first.pk}"]')).to_have_attribute("aria-selected", "true")
    page.keyboard.press("a")
    expect(page.locator("#drawer [data-shown]")).to_have_attribute("data-shown", str(first.pk))
    expect(page.locator('#drawer input[name="outcome"]').first).to_be_attached()
    for fact in "1234":
        page.keyboard.press(fact)
    _tab_to(page, '#drawer button[data-act="confirm"]')
    page.keyboard.press("Enter")
    expect(page.locator("#drawer #hand-over")).to_be_visible()
    _tab_to(page, '#drawer button[data-act="hand-over"]')
    page.keyboard.press("Enter")
    expect(page.locator("#drawer .state")).to_contain_text("移交")
    assert again(first).state == "handed_over"


def test_the_question_mark_lists_the_keys_and_c_opens_the_contact(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    staff.start_duty(by=person("li_lei"), now=now)
    progress = accepted(person("li_lei"), at=now)
    sign_in(page, "li_lei")
    page.goto("/desk/?tab=mine")
    page.keyboard.press("?")
    keys = page.locator("dialog[open]")
    expect(keys).to_be_visible()
    for key in ("j", "k", "a", "c", "n"):
        expect(keys.locator("kbd", has_text=re.compile(f"^{key}$"))).to_have_count(1)
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("c")
    expect(page.locator("#drawer [data-shown]")).to_have_attribute("data-shown", str(progress.pk))
    expect(page.locator("#drawer #contact")).to_have_attribute("open", "")


def test_a_countdown_tells_time_and_state_in_words_and_ticks(
    page: Page, sign_in: Enter, now: dt.datetime
) -> None:
    staff.start_duty(by=person("li_lei"), now=now)
    fresh = accepted(person("li_lei"), at=now)
    late = accepted(person("li_lei"), at=now - 12 * MINUTE)
    sign_in(page, "li_lei")
    page.goto("/desk/?tab=mine")
    running = page.locator(f'tr[data-order="{fresh.pk}"] .countdown')
    expect(running).to_have_attribute("data-state", "ok")
    expect(running).to_contain_text("还剩")
    expect(page.locator(f'tr[data-order="{late.pk}"] .countdown')).to_contain_text("超时")
    before = running.inner_text()
    expect(running).not_to_have_text(before)


def test_an_order_of_sixty_lines_prints_on_one_page(
    page: Page, sign_in: Enter, now: dt.datetime, screenshot: Callable[[Page, str], None]
) -> None:
    staff.start_duty(by=person("li_lei"), now=now)
    incoming = IncomingOrder(
        number="LONG-1",
        lines=tuple(
            IncomingLine(
                f"SKU-{n}",
                f"保温杯 不锈钢 500 毫升 {'新款 ' * (n % 9)}",
                Decimal(2),
                Decimal("99.50"),
                Decimal("199.00"),
            )
            for n in range(60)
        ),
        customer=IncomingCustomer(NAME, PHONE, ADDRESS),
        total=Decimal("11940.00"),
    )
    (booked,) = book_orders(shop=shop(), orders=[incoming], source="csv", by=None, now=now)
    assert booked.order_id is not None
    desk.accept_order(order_id=booked.order_id, by=person("li_lei"), now=now)
    for attempt in range(6):
        desk.record_contact(
            order_id=booked.order_id, by=person("li_lei"), now=now + attempt * MINUTE, channel="phone",
            outcome="not_reached", next_try_at=now + (attempt + 9) * MINUTE,
        )  # fmt: skip
    sign_in(page, "li_lei")
    page.goto(f"/orders/{booked.order_id}/print/")
    paper = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1030})  # what A4 has between its margins
    screenshot(page, "paper")
    assert page.evaluate(
        "document.querySelector('.paper').scrollWidth <= document.querySelector('.paper').clientWidth"
    )


def test_a_callback_and_what_is_due_first_lead_my_day(page: Page, sign_in: Enter, now: dt.datetime) -> None:
    li_lei = person("li_lei")
    staff.start_duty(by=li_lei, now=now)
    early, later = accepted(li_lei, at=now - 5 * MINUTE), accepted(li_lei, at=now)
    desk.add_note(order_id=later.pk, by=li_lei, now=now, text="三分钟后回电", callback_at=now + 3 * MINUTE)
    sign_in(page, "li_lei")
    titles = page.locator(".day-items .day-title")
    expect(titles).to_have_count(4)
    expect(titles.nth(3)).to_contain_text("规章")  # not read yet, and due to nobody's clock
    labels = page.locator(".day-items .clip").all_inner_texts()
    assert [early.number in labels[0] or early.number in labels[1], later.number in labels[2]] == [True, True]
    expect(titles.nth(0)).to_contain_text("回电")
    expect(page.locator(".day-items .countdown").first).to_contain_text("还剩")
    page.locator(".day-items a.btn").first.click()
    expect(page).to_have_url(re.compile(rf"/orders/{later.pk}/#notes$"))


def test_a_dragged_file_is_sent_and_its_refused_rows_are_shown(
    page: Page, sign_in: Enter, now: dt.datetime, settings: Any, tmp_path: Any
) -> None:
    settings.ECDEPT_HOME = tmp_path
    chosen = shop()
    sign_in(page, "wu_clerk")
    page.goto("/imports/")
    page.select_option("#id_shop", str(chosen.pk))
    content = "number,customer,line_title,line_quantity\\nD-1,王小明,锅,1\\nD-2,李四,盘,许多\\n"
    dropped = page.evaluate_handle(
        f"""() => {{
            const held = new DataTransfer();
            held.items.add(new File(["{content}"], "拖来的订单.csv", {{ type: "text/csv" }}));
            return held;
        }}"""
    )
    page.dispatch_event("[data-drop]", "dragover", {"dataTransfer": dropped})
    expect(page.locator("[data-drop].is-over")).to_have_count(1)
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    # What is refused at once is told, and the next file can be sent in the same moment.
    good = page.evaluate_handle("() => document.getElementById('id_file').files")
    page.set_input_files(
        "#id_file", {"name": "x.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n"}
    )
    send = page.locator("form[data-import] .form-actions button")
    send.click()
    expect(page.locator("#import-errors")).to_contain_text("这不是表格")
    assert "is-busy" not in (send.get_attribute("class") or "")
    page.evaluate("(files) => { document.getElementById('id_file').files = files; }", good)
    send.click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    batch = Batch.objects.get()
    assert batch.filename == "拖来的订单.csv"
    intake.run_batch(batch_id=batch.pk, now=timezone.now())  # what a worker does
    expect(page.locator("main")).to_contain_text("许多")
    expect(page.locator("main")).to_contain_text("line_quantity")
    assert Order.objects.get().number == "D-1"
