"""Who may open what of the assets and redesigns: rows of the permission matrix (see table.py)."""

from __future__ import annotations

from datetime import datetime

from cms.services import page_review
from tests.cms.uploads import asset, proposal
from tests.permissions.table import EVERYBODY, Row, get, post

MAKERS = frozenset(
    {
        "lin_editor",
        "tang_writer",
        "hu_culture",
        "zheng_designer",
        "pan_photo",
        "he_planner",
        "gao_section",
        "ma_product",
    }
)
SEERS = MAKERS | frozenset(
    {
        "zhou_general",
        "fang_vice",
        "deng_marketing",
        "shen_operations",
        "chen_manager",
        "jiang_head",
        "zhao_operations",
        "wei_webmaster",
    }
)
DESIGNER = frozenset({"zheng_designer"})

ROWS: tuple[Row, ...] = (
    get("cms:assets", SEERS),
    get("cms:asset_picker", SEERS),
    post("cms:asset_pack", SEERS),
    get("cms:asset_new", MAKERS),
    # For whoever may not see it there is none: 404.
    get("cms:asset", EVERYBODY, pk="asset"),
    get("cms:asset_file", EVERYBODY, pk="asset", number="'1"),
    get("cms:asset_preview", EVERYBODY, pk="asset", number="'1"),
    # Nothing is attached there: 404.
    get("cms:attachment", EVERYBODY, pk="content", number="'1", place="'0"),
    post("cms:attachment_pack", EVERYBODY, pk="content", number="'1"),
    post("cms:asset_version", MAKERS, pk="asset"),
    post("cms:asset_describe", MAKERS, pk="asset"),
    post("cms:asset_retire", MAKERS, pk="asset"),
    post("cms:asset_final", MAKERS, pk="asset"),
    get("cms:redesigns", SEERS),
    get("cms:redesign_new", DESIGNER),
    get("cms:redesign", EVERYBODY, pk="redesign"),
    get("cms:redesign_picture", EVERYBODY, pk="redesign", stored="mock_up_file"),
    post("cms:redesign_change", DESIGNER, pk="redesign"),
    post("cms:redesign_view", DESIGNER, pk="redesign"),
    post("cms:redesign_ask", DESIGNER, pk="redesign"),
    post("cms:redesign_drop", DESIGNER, pk="redesign"),
    post("cms:mock_up_set", DESIGNER, mock_up="mock_up", slot="'after"),
    post("cms:mock_up_remove", DESIGNER, mock_up="mock_up"),
    get("cms:review", SEERS, pk="page_review"),
)


def world(now: datetime) -> dict[str, int | str]:
    """An asset that is no poster, a redesign with a view, an open review."""
    made, plan = asset("沙发", "picture", now=now), proposal(now=now)
    view = plan.mock_ups.get()
    review = page_review.open_review(now=now)
    return {
        "asset": made.pk,
        "redesign": plan.pk,
        "mock_up": view.pk,
        "mock_up_file": view.after_id or 0,
        "page_review": review.pk if review else 0,
    }
