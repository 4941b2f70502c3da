"""What people call a permission, a level, a section: the codes are of the rulebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NAMES: dict[str, StrOrPromise] = {
    "level.general": _("General level"),
    "level.back_office": _("Back-office level"),
    "level.database_administrator": _("Database administrator"),
    "attendance.plan_roster": _("plan the roster"),
    "attendance.view_roster": _("look at the whole roster"),
    "attendance.rule_on_proof": _("rule on missing documents of leave"),
    "attendance.hear_leave": _("note leave told by phone"),
    "attendance.see_leave": _("see the team’s leave"),
    "attendance.keep_leave": _("keep the balances of leave"),
    "attendance.view_team": _("see the team’s attendance"),
    "attendance.view_all": _("see everybody’s attendance"),
    "attendance.import_punches": _("import punches"),
    "attendance.close_month": _("close the month"),
    "attendance.open_case": _("open a case"),
    "attendance.decide_case": _("see and decide cases"),
    "attendance.see_readers": _("see who has read the rules"),
    "attendance.leavings": _("see who is leaving"),
    "attendance.name_decider": _("name who decides for a leaver"),
    "attendance.call_off_leaving": _("call a leaving off"),
    "attendance.waive_rest": _("agree to giving up rest"),
    "hiring.candidates": _("see candidates and posts to fill"),
    "hiring.manage": _("manage hiring"),
    "hiring.pay": _("see and set pay scales"),
    "hiring.exam_papers": _("write exam papers"),
    "hiring.review": _("run reviews"),
    "cms.review_page": _("review the main page"),
    "cms.draft_redesign": _("draft a redesign"),
    "cms.see_redesigns": _("see redesigns"),
    "cms.publish_product": _("publish product information"),
    "cms.publish_event": _("publish events"),
    "cms.author_product": _("write product information"),
    "cms.author_event": _("write events"),
    "cms.author_poster": _("make posters"),
    "cms.view_confidential": _("read confidential material"),
    "cms.second_read": _("read as the second reader"),
    "cms.view": _("enter the site content"),
    "cms.author_material": _("write material"),
    "cms.columns": _("set up columns"),
    "cms.author_news": _("write news"),
    "cms.publish": _("publish"),
    "accounts.site_passwords": _("keep the site’s passwords"),
    "cms.words_edit": _("keep the word lists"),
    "cms.takedown": _("take content down"),
    "cms.site_upkeep": _("maintain what is watched"),
    "cms.cases": _("see takedowns"),
    "cms.decide_case": _("decide about forbidden content"),
    "cms.keep_assets": _("keep the assets"),
    "cms.see_assets": _("see the assets"),
    "orders.retention": _("see what is kept for how long"),
    "orders.view": _("enter the order desk"),
    "orders.view_all": _("see all orders"),
    "orders.view_customer": _("see customers’ data"),
    "orders.accept_order": _("accept orders"),
    "orders.reassign": _("hand orders to others"),
    "orders.take_over": _("take orders over"),
    "orders.import": _("import orders"),
    "orders.manage_shops": _("manage shops"),
    "orders.cancel": _("cancel orders"),
    "orders.conflict": _("settle conflicting orders"),
    "orders.export": _("export orders"),
    "orders.figures": _("see the figures of orders"),
    "orders.erase_customer": _("erase a customer"),
    "accounts.custodians": _("keep official accounts"),
    "service.poor_customer": _("report poor customers"),
    "catalog.view": _("see products"),
    "catalog.view_cost": _("see costs"),
    "catalog.price_tables": _("fill price tables"),
    "catalog.manage": _("manage products"),
    "catalog.pictures": _("manage pictures of products"),
    "catalog.view_stock": _("see the stock"),
    "catalog.count_stock": _("count the stock"),
    "catalog.move_stock": _("move the stock"),
    "catalog.clear_stock": _("clear the stock"),
    "catalog.live": _("check what channels show"),
    "catalog.market_view": _("see the market"),
    "catalog.market": _("enter market prices"),
    "catalog.export": _("export lists of goods"),
    "catalog.season": _("plan seasons"),
    "catalog.planner_view": _("see the planner’s records"),
    "catalog.planner": _("write the planner’s records"),
    "approvals.figures": _("see the figures of approvals"),
    "approvals.export": _("export the figures of approvals"),
    "staff.view": _("see people and posts"),
    "staff.manage": _("manage people and posts"),
    "staff.mfa_required": _("must use a second factor"),
    "rulebook.view": _("read the rulebook"),
    "rulebook.calendar": _("change the working calendar"),
    "rulebook.activate": _("activate a rulebook"),
    "audit.view": _("read the trail"),
    "notices.channels": _("set up channels of notices"),
    "admin.enter": _("look at the tables"),
    "accounts.change_level": _("carry out grants"),
    "accounts.see_access": _("see everybody’s access"),
    "accounts.enter_machine_room": _("enter the machine room"),
    "cms.watch": _("see the watched sites"),
    "cms.handle_incident": _("handle site incidents"),
    "cms.export_watch": _("export the figures of the site"),
    "cms.freshness": _("see how fresh columns are"),
    "cms.board": _("read the message board"),
    "cms.answer_board": _("answer messages"),
    "cms.board_senders": _("manage who may send messages in"),
    "cms.chat_presence": _("be present in the chat"),
    "cms.site_check": _("do the rounds of the site"),
    "accounts.see_exports": _("see who exported what"),
    "accounts.room_log": _("keep the log of the machine room"),
    "accounts.security": _("sign the record of security updates"),
    "accounts.oversee": _("oversee official accounts"),
    "accounts.draft_change": _("draft changes of the database"),
    "accounts.write_procedures": _("write rules and procedures"),
    "backups.view": _("see the backups"),
    "backups.run": _("run backups"),
}
SECTIONS: dict[str, StrOrPromise] = {
    "orders": _("Orders"),
    "catalog": _("Goods"),
    "cms": _("Site content"),
    "attendance": _("Attendance"),
    "hiring": _("Hiring"),
    "approvals": _("Approvals"),
    "staff": _("People"),
    "rulebook": _("Rulebook"),
    "audit": _("Trail"),
    "notices": _("Channels"),
    "admin": _("Administration"),
    "accounts": _("Accounts and access"),
    "backups": _("Backups"),
    "service": _("Customer service"),
    "level": _("Levels"),
}


def name_of(word: str, book: rulebook.Book) -> str:
    """The name of a permission or a level; the clause's title for one that this release does not know."""
    if word in NAMES:
        return str(NAMES[word])
    rule = book.rules.get(word)
    clause = book.clauses.get(rule.clause) if rule else None
    return str(clause.title) if clause else word


def section_name(code: str) -> str:
    """The section that a permission belongs to, by the first part of its key."""
    return str(SECTIONS.get(code, code))
