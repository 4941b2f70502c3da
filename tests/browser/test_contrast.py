"""WCAG 2.2 AA: what is written can be read, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from office.staff import api as staff
from tests.orders.desk.arrange import MINUTE, accepted, confirmed, order
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Every visible text with too little contrast: "ratio text (element)". Colours are painted on a canvas, so that any
#: notation is understood; backgrounds are laid over each other down to the page.
MEASURE = """
() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      layers.push(read(style.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = ([r, g, b]) => {
    const part = (value) => (value <= 10.31 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const wrong = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest("[disabled], [aria-disabled=true], script, style, template, option")) continue;
    const style = getComputedStyle(element), below = ground(element);
    if (!below) continue;
    const front = light(over(read(style.color), below)), back = light(below);
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - 0.01)
      wrong.add(`${ratio.toFixed(2)} ${text.slice(0, 30)} (${element.tagName.toLowerCase()}.${element.className})`);
  }
  return [...wrong];
}
"""
PAGES = (
    "/",
    "/desk/",
    "/desk/?tab=mine",
    "/desk/?tab=late",
    "/inbox/",
    "/rulebook/",
    "/staff/",
    "/figures/",
    "/imports/",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_has_the_contrast_of_aa(
    page: Page, sign_in: Callable[[Page, str], None], theme: str
) -> None:
    now = timezone.now()
    for who in ("li_lei", "chen_manager"):
        staff.start_duty(by=person(who), now=now)
    held = accepted(person("li_lei"), at=now - 12 * MINUTE)
    confirmed(person("li_lei"), at=now - 9 * MINUTE)
    order(at=now - 8 * MINUTE)
    order(at=now)
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    sign_in(page, "chen_manager")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
    wrong = {}
    for path in (*PAGES, f"/orders/{held.pk}/", f"/staff/{person('li_lei').pk}/"):
        page.goto(path)
        if found := page.evaluate(MEASURE):
            wrong[path] = found
    assert wrong == {}
