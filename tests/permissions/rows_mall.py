"""What the mall's book opens to other posts than the site's (M2 to M4, M9, J3 to J6); every other row stays as it is.

The planner proposes prices, planner and section officer listings, the section officer delistings and promotions; the
copywriter alone writes news; the section officer keeps the site and takes down what must not be there (M4.7).
"""

from __future__ import annotations

from tests.permissions.rows_catalog import PLANNER, SECTION
from tests.permissions.rows_watch import UPKEEP
from tests.permissions.table import GENERAL, MANAGER, Row, get, post

WRITER = frozenset({"tang_writer"})
WEBMASTER = frozenset({"wei_webmaster"})

ROWS: tuple[Row, ...] = (
    post("catalog:seasons", PLANNER | SECTION),
    post("catalog:season", PLANNER | SECTION, pk="season"),
    get("catalog:propose_price", PLANNER, pk="sku"),
    get("catalog:sheets", PLANNER),
    get("catalog:sheet_template", PLANNER),
    get("catalog:ask_listing", PLANNER | SECTION, product="product", channel="channel"),
    get("catalog:ask_delisting", SECTION, product="product", channel="channel"),
    post("catalog:promotion_stop", PLANNER | SECTION, pk="'987654"),
    get("catalog:price_promotion", SECTION, pk="'987654"),
    get("cms:new", WRITER, kind="'news"),
    get("cms:edit", WRITER, pk="content"),
    post("cms:submit", WRITER, pk="content"),
    get("cms:watched_new", UPKEEP | SECTION),
    get("cms:watched_edit", UPKEEP | SECTION, pk="site"),
    post("cms:watched_approve", UPKEEP | SECTION, pk="site"),
    get("cms:contacts", UPKEEP | SECTION),
    get("cms:contact", UPKEEP | SECTION, pk="'987654"),
    get("cms:take_down", WEBMASTER | SECTION, pk="'987654"),
    get("cms:take_down_entry", WEBMASTER | SECTION, pk="'987654"),
    get("cms:takedowns", MANAGER | GENERAL | WEBMASTER | SECTION),
)
#: Whose posts the mall's chains and permissions name otherwise: they try every door of these desks.
POSTS = ("he_planner", "gao_section", "deng_marketing")
