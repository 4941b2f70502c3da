"""The demo's suppliers, contracts and work plans: three suppliers in different states. FS01 works under an amended
contract, FS02 has a contract that runs out soon and a licence that has, FS03 is new and waits for its seal."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

from PIL import Image, ImageDraw

from contracts.models import ContractVersion, Supplier, WorkPlan
from contracts.services import (
    agreements,
    bank,
    certificates,
    departing,
    library,
    plan_documents,
    plans,
    suppliers,
)
from ecdept.demo.stage import Stage
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE

OURS = "珠海木语家居有限公司"
WAREHOUSE = "佛山市顺德区乐从镇一号仓"
DAY = timedelta(days=1)


def play(stage: Stage) -> None:
    """From the oldest to the newest; nothing where the book in force, an older one, has no suppliers."""
    if not rulebook.has_rule("contracts.certificate", stage.now):
        return
    wood, sofa, fresh = _suppliers(stage)
    _first(stage, wood)
    _second(stage, sofa)
    _third(stage, fresh)
    _plans(stage)


def scan(words: str = "SEAL") -> bytes:
    """A picture of a page with a red seal."""
    page = Image.new("RGB", (420, 594), "white")
    draw = ImageDraw.Draw(page)
    for line in range(60, 420, 22):
        draw.line([(50, line), (370 - line % 60, line)], fill=(170, 176, 188), width=3)
    draw.ellipse([240, 440, 340, 540], outline=(190, 40, 50), width=6)
    draw.text((268, 484), words, fill=(190, 40, 50))
    held = io.BytesIO()
    page.save(held, "PNG")
    return held.getvalue()


def _suppliers(stage: Stage) -> tuple[Supplier, Supplier, Supplier]:
    buyer, at = stage.who("U001"), stage.ago(days=390)
    made = [
        suppliers.add_supplier(code=code, name=name, credit_code=credit, address=address, by=buyer, now=at)
        for code, name, credit, address in (
            ("FS01", "佛山市恒木家具有限公司", "91440606MA4UKLE13K", "佛山市顺德区乐从镇上华工业区 12 号"),
            ("FS02", "东莞市雅坐软体家具厂", "91440101MA59ABCD3K", "东莞市厚街镇家具大道 88 号"),
            ("FS03", "中山市竹里藤编工坊", "", "中山市大涌镇红木路 6 号"),
        )
    ]
    for of, name, post, phone in (
        (made[0], "何国栋", "厂长", "13800010001"),
        (made[0], "梁小燕", "跟单", "13800010002"),
        (made[1], "叶明", "业务经理", "13800020001"),
        (made[2], "竹婶", "负责人", "13800030001"),
    ):
        suppliers.add_contact(supplier_id=of.pk, name=name, post=post, phone=phone, by=buyer, now=at)
    return made[0], made[1], made[2]


def _paper(
    stage: Stage, of: Supplier, kind: str, at: datetime, until: date | None, number: str = "", name: str = ""
) -> None:
    certificates.add_certificate(
        supplier_id=of.pk, kind=kind, name=name, number=number, expires_on=until, content=scan(),
        name_of_file="证照.png", by=stage.who("U001"), now=at,
    )  # fmt: skip


def _drawn(
    stage: Stage, of: Supplier, title: str, at: datetime, until: date, **terms: object
) -> ContractVersion:
    contract = agreements.open_contract(supplier_id=of.pk, title=title, by=stage.who("U001"), now=at)
    return agreements.put_version(
        contract_id=contract.pk, starts_on=at.astimezone(ZONE).date(), ends_on=until,
        terms={"warehouse": WAREHOUSE, **terms}, our_name=OURS, by=stage.who("U001"), now=at,
    )  # fmt: skip


def _sign(stage: Stage, version: ContractVersion, at: datetime, *sides: str) -> None:
    for side in sides or ("ours", "theirs"):
        agreements.sign(
            version_id=version.pk, side=side, means="seal", signer="方清" if side == "ours" else "法定代表人",
            signed_on=at.astimezone(ZONE).date(), content=scan(), name="盖章页.png", by=stage.who("U001"), now=at,
        )  # fmt: skip


def agree(stage: Stage, version: ContractVersion, at: datetime, comment: str) -> None:
    """The manager agrees to what departs from the book."""
    run = departing.ask_terms(version_id=version.pk, by=stage.who("U001"), now=at, comment=comment)
    stage.until_agreed(run, at=at + timedelta(hours=3))


def _account(stage: Stage, of: Supplier, account: str, bank_name: str, at: datetime) -> None:
    contact = of.contacts.order_by("pk")[0]
    call = bank.Call(contact.pk, at - timedelta(hours=1), contact.name, True, "对方逐位念出账号，一致")
    run = bank.ask_bank_details(
        supplier_id=of.pk,
        holder=of.name,
        bank=bank_name,
        account=account,
        call=call,
        by=stage.who("U001"),
        now=at,
    )
    if run is not None and at < stage.ago(days=1):
        stage.until_agreed(run, at=at + timedelta(hours=2))


def _first(stage: Stage, of: Supplier) -> None:
    """Under an amended contract; its papers are in order; another account waits for the manager."""
    today = stage.now.astimezone(ZONE).date()
    at = stage.ago(days=380)
    _paper(stage, of, "business_licence", at, None, "91440606MA4UKLE13K")
    _paper(stage, of, "quality_report", stage.ago(days=60), today + 300 * DAY, "GZ-2026-0457", "实木餐桌")
    _paper(stage, of, "trademark_authorisation", stage.ago(days=60), today + 20 * DAY, "SQ-2026-011")
    version = _drawn(stage, of, "实木家具协作加工", at, today + 350 * DAY)
    _sign(stage, version, stage.ago(days=378))
    _account(stage, of, "4400666677778888", "中国农业银行佛山乐从支行", stage.ago(days=370))
    second = agreements.put_version(
        contract_id=version.contract_id, starts_on=today - 100 * DAY, ends_on=today + 350 * DAY,
        terms={"warehouse": WAREHOUSE, "deposit_percent": "20", "rectification_hours": 48},
        extra=[{"title": "包装", "text": "成品须用五层瓦楞纸箱，四角加护角，箱外印款号和“小心轻放”。"}],
        reason="订金降为两成，整改时间放宽到 48 小时，补充包装要求", by=stage.who("U001"), now=stage.ago(days=110),
    )  # fmt: skip
    agree(stage, second, stage.ago(days=109), "合作两年，质量稳定，同意降低订金比例。")
    _sign(stage, second, stage.ago(days=105))
    third = agreements.put_version(
        contract_id=version.contract_id, starts_on=today, ends_on=today + 350 * DAY,
        terms={"warehouse": WAREHOUSE, "deposit_percent": "20", "rectification_hours": 48, "balance_days": 45},
        extra=[{"title": "包装", "text": "成品须用五层瓦楞纸箱，四角加护角，箱外印款号和“小心轻放”。"}],
        reason="余款改为到货后 45 天", by=stage.who("U001"), now=stage.ago(days=2),
    )  # fmt: skip
    departing.ask_terms(
        version_id=third.pk,
        by=stage.who("U001"),
        now=stage.ago(hours=20),
        comment="旺季资金紧，对方已口头同意。",
    )
    _account(stage, of, "6222600011112222", "交通银行佛山分行", stage.ago(hours=5))


def _second(stage: Stage, of: Supplier) -> None:
    """Pays before shipping; the contract runs out in three weeks; the licence has run out; an account was denied."""
    today = stage.now.astimezone(ZONE).date()
    _paper(stage, of, "business_licence", stage.ago(days=340), today - 4 * DAY, "91440101MA59ABCD3K")
    _paper(stage, of, "quality_report", stage.ago(days=340), today + 15 * DAY, "DG-2026-113", "布艺沙发")
    version = _drawn(
        stage, of, "软体家具协作加工", stage.ago(days=344), today + 21 * DAY, settlement="on_shipment"
    )
    agree(stage, version, stage.ago(days=344), "小厂周转，发货前付清。")
    _sign(stage, version, stage.ago(days=343))
    _account(stage, of, "4400555544443333", "中国工商银行东莞厚街支行", stage.ago(days=330))
    contact = of.contacts.order_by("pk")[0]
    call = bank.Call(contact.pk, stage.ago(days=9, hours=1), "叶明", False, "对方没有换账户，来函系伪造")
    bank.ask_bank_details(
        supplier_id=of.pk, holder=of.name, bank="某银行深圳分行", account="6217000099998888", call=call,
        by=stage.who("U001"), now=stage.ago(days=9),
    )  # fmt: skip


def _third(stage: Stage, of: Supplier) -> None:
    """New: drawn with a revised clause, sealed by us, not yet by them."""
    today = stage.now.astimezone(ZONE).date()
    text = (
        "乙方应自收到订单之日起{return_days}内回传（邮件、微信图片均可）；{deemed_days}内未回传的，视为接受。"
    )
    library.revise_clause(
        clause_id="P7b", title="订单回传", text=text, seen=0, by=stage.who("M001"), now=stage.ago(days=12)
    )
    version = _drawn(stage, of, "藤编家具协作加工", stage.ago(days=3), today + 362 * DAY)
    _sign(stage, version, stage.ago(days=2), "ours")


def _plans(stage: Stage) -> None:
    """One on its way with something late, one complete, one given up."""
    today = stage.now.astimezone(ZONE).date()
    running = _plan(stage, "开设抖音旗舰店", "open_shop", today - 18 * DAY, "P001", stage.ago(days=20))
    steps = list(running.milestones.order_by("n"))
    _finish(stage, steps[0].pk, "P001", stage.ago(days=16), "选了家居日用类目")
    plans.change_milestone(
        milestone_id=steps[2].pk, title=steps[2].title, owner_id=stage.who("P001").pk, starts_on=steps[2].starts_on,
        due_on=today + 4 * DAY, reason="平台审核入口关闭一周", by=stage.who("M001"), now=stage.ago(days=6),
    )  # fmt: skip
    plans.change_milestone(
        milestone_id=steps[4].pk, title=steps[4].title, owner_id=stage.who("D001").pk, starts_on=steps[4].starts_on,
        due_on=steps[4].due_on, reason="", by=stage.who("M001"), now=stage.ago(days=6),
    )  # fmt: skip
    for n, until in ((1, None), (2, None), (3, today + 25 * DAY), (4, today + 900 * DAY)):
        plan_documents.hand_in_document(
            document_id=running.documents.get(n=n).pk, content=scan(), name_of_file="资料.png", expires_on=until,
            by=stage.who("P001"), now=stage.ago(days=10),
        )  # fmt: skip
    plan_documents.drop_document(
        document_id=running.documents.get(n=6).pk, reason="平台不再要求支付授权", by=stage.who("M001"),
        now=stage.ago(days=5),
    )  # fmt: skip
    done = _plan(
        stage, "引入东莞软体工厂", "take_on_supplier", today - 380 * DAY, "U001", stage.ago(days=381)
    )
    for step in done.milestones.order_by("n"):
        _finish(stage, step.pk, "U001", stage.ago(days=345), "")
    for document in done.documents.all():
        plan_documents.drop_document(
            document_id=document.pk, reason="已存供应商档案", by=stage.who("M001"), now=stage.ago(days=345)
        )
    plans.close_plan(plan_id=done.pk, reason="", by=stage.who("M001"), now=stage.ago(days=344))
    given_up = _plan(stage, "开设社区团购店", "open_shop", today - 90 * DAY, "P001", stage.ago(days=92))
    plans.close_plan(plan_id=given_up.pk, reason="平台停止招商", by=stage.who("M001"), now=stage.ago(days=88))


def _plan(stage: Stage, title: str, template: str, starts_on: date, owner: str, at: datetime) -> WorkPlan:
    return plans.make_plan(
        title=title, aim="", template=template, starts_on=starts_on, owner_id=stage.who(owner).pk,
        by=stage.who("M001"), now=at,
    )  # fmt: skip


def _finish(stage: Stage, pk: int, who: str, at: datetime, note: str) -> None:
    plans.finish_milestone(milestone_id=pk, note=note, by=stage.who(who), now=at)
