"""Purchasing in the demo: samples, a demand plan, and orders in every state with three suppliers."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate
from PIL import Image, ImageDraw

from contracts.limits import upload_limits
from contracts.models import OrderLine, PurchaseOrder, Sample, Supplier, SupplierContact
from contracts.selectors import agreements as in_force
from contracts.services import (
    accepting,
    agreements,
    arriving,
    demand,
    drawing,
    ending,
    first_sample,
    inspecting,
    ordering,
    recounting,
    reports,
    returning,
    samples,
    shipping,
    suppliers,
)
from ecdept.demo.stage import Stage
from office.files import api as files
from office.files.models import StoredFile
from office.rulebook import api as rulebook

BUYER, KEEPER, INSPECTOR = "U001", "W001", "Q001"
PLACE = "佛山市顺德区乐从镇一号仓"
#: Those that are made where nobody else has brought suppliers along: code, name, contact, phone.
FIRMS = (
    ("FS01", "佛山市恒木家具有限公司", "何师傅", "13800138001"),
    ("FS02", "佛山市乐从软体家具厂", "梁厂长", "13800138002"),
    ("HZ01", "惠州市博雅岩板家居厂", "黄小姐", "13800138003"),
)


def play(stage: Stage) -> None:
    """Nothing where the book in force, an older one, knows no draws."""
    if rulebook.has_rule("contracts.draw", stage.now):
        _Scene(stage).play()


class _Scene:
    """The buyer, the keeper, the inspector, and what they do with each supplier."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.buyer, self.keeper = stage, stage.who(BUYER), stage.who(KEEPER)
        self.inspector = stage.who(INSPECTOR)
        self.paper = self._paper(stage.ago(days=60))

    def play(self) -> None:
        first, second, third = self._firms()
        self._done(first, days=40)
        self._partly_here(first, days=30)
        self._on_the_way(first, days=16)
        self._failed(second, days=12)
        self._silent(second, days=9)
        self._refused_and_late(second, days=35)
        self._waiting(third, days=1)
        self._draft(third)
        drawing.draw_now(by=self.inspector, now=self.stage.ago(hours=5))

    def _firms(self) -> list[Supplier]:
        """Three suppliers under a contract in force, those that are there first."""
        at = self.stage.ago(days=60)
        known = [
            each
            for each in Supplier.objects.filter(active=True, code__in=[firm[0] for firm in FIRMS]).order_by(
                "code"
            )
            if in_force.for_supplier(each, at) and each.contacts.filter(active=True).exists()
        ][:3]
        taken = set(Supplier.objects.values_list("code", flat=True))
        for code, name, person, phone in FIRMS:
            if len(known) < 3 and code not in taken:
                known.append(self._firm(code, name, person, phone, at))
        return known

    def _firm(self, code: str, name: str, person: str, phone: str, at: datetime) -> Supplier:
        made = suppliers.add_supplier(code=code, name=name, by=self.buyer, now=at)
        suppliers.add_contact(
            supplier_id=made.pk, name=person, phone=phone, mail="", post="跟单", by=self.buyer, now=at
        )
        contract = agreements.open_contract(supplier_id=made.pk, title="协作加工合同", by=self.buyer, now=at)
        version = agreements.put_version(
            contract_id=contract.pk, starts_on=localdate(at), ends_on=localdate(at) + timedelta(days=364),
            terms={"warehouse": PLACE}, reason="", by=self.buyer, now=at,
        )  # fmt: skip
        for side in ("ours", "theirs"):
            agreements.sign(
                version_id=version.pk, side=side, means="seal", signer="方副总" if side == "ours" else person,
                signed_on=localdate(at), content=_picture(name), name="盖章页.png", by=self.buyer, now=at,
            )  # fmt: skip
        return made

    def _paper(self, at: datetime) -> StoredFile:
        return files.keep_file(
            content=_picture("检验报告"), name="检验报告.png", by=self.buyer, now=at, limits=upload_limits(at)
        )

    # ── the steps of an order ──

    def _asked(self, of: Supplier, name: str, at: datetime) -> Sample:
        return samples.request_sample(
            supplier_id=of.pk,
            name=name,
            demands="按图纸打样；拍正面、背面、细节各一张。",
            by=self.buyer,
            now=at,
        )

    def _sample(self, of: Supplier, name: str, at: datetime, *, signed: bool = True) -> Sample:
        made = self._asked(of, name, at)
        samples.photograph(sample=made, file=self.paper, contact=_contact(of), text="正面", now=at)
        return samples.sign_off(sample_id=made.pk, by=self.buyer, now=at) if signed else made

    def _issued(
        self, of: Supplier, name: str, at: datetime, *, pieces: int, price: str, due: int, sku: str = ""
    ) -> PurchaseOrder:
        order = ordering.draft_order(supplier_id=of.pk, by=self.buyer, now=at)
        wish = ordering.LineWish(
            name=name, quantity=pieces, unit_price=Decimal(price), due_on=localdate(at) + timedelta(days=due),
            warehouse=PLACE, design_owner="ours", steps=("开料", "组装", "包装"), trademark_licensed=True,
            sample_id=self._sample(of, name, at).pk, sku=sku,
        )  # fmt: skip
        ordering.put_line(order_id=order.pk, wish=wish, by=self.buyer, now=at)
        return ordering.issue_order(order_id=order.pk, by=self.buyer, now=at)

    def _sent(self, of: Supplier, name: str, at: datetime, **more: Any) -> PurchaseOrder:
        order = self._issued(of, name, at, **more)
        return ordering.send_order(order_id=order.pk, contact_id=_contact(of).pk, by=self.buyer, now=at)

    def _producing(self, of: Supplier, name: str, at: datetime, **more: Any) -> PurchaseOrder:
        order, person = self._sent(of, name, at, **more), _contact(of)
        later = at + timedelta(hours=5)
        order = returning.return_order(order=order, contact=person, signature=person.name, now=later)
        first_sample.confirm(order=order, contact=person, now=later)
        first_sample.confirm(order=order, by=self.buyer, now=later)
        return first_sample.start_production(order=order, contact=person, now=later)

    def _shipped(self, order: PurchaseOrder, number: str, pieces: int, at: datetime) -> Any:
        return shipping.ship(
            order=order, lines={_line(order).pk: pieces}, number=number, carrier="德邦快递",
            contact=_contact(order.supplier), now=at,
        )  # fmt: skip

    def _reported(self, order: PurchaseOrder, at: datetime) -> None:
        for step in _line(order).steps.all():
            reports.give_report(
                step_id=step.pk, mode="self", standard="national", standard_name="GB/T 3324", passed=True,
                file=self.paper, contact=_contact(order.supplier), now=at,
            )  # fmt: skip

    def _arrived(self, delivery: Any, counted: int, at: datetime) -> Any:
        arrival = arriving.receive(
            delivery_id=delivery.pk, counts={delivery.lines.get().line_id: counted}, warehouse=PLACE,
            by=self.keeper, now=at,
        )  # fmt: skip
        return arrival.lines.get()

    # ── one order for each state ──

    def _done(self, of: Supplier, *, days: int) -> None:
        at = self.stage.ago(days=days)
        order = self._producing(of, "玄关鞋柜", at, pieces=60, price="320.00", due=25, sku="CB-8002")
        self._reported(order, at + timedelta(days=10))
        row = self._arrived(
            self._shipped(order, "SH-1001", 60, at + timedelta(days=14)), 60, at + timedelta(days=16)
        )
        accepting.accept(arrived_id=row.pk, accepted=60, by=self.inspector, now=at + timedelta(days=17))

    def _partly_here(self, of: Supplier, *, days: int) -> None:
        """A part came short, counted wrongly at first, and with scratches; the rest is under way."""
        at = self.stage.ago(days=days)
        order = self._producing(of, "四斗储物柜", at, pieces=40, price="460.00", due=40, sku="CB-8009")
        self._reported(order, at + timedelta(days=12))
        row = self._arrived(
            self._shipped(order, "SH-1002", 20, at + timedelta(days=15)), 18, at + timedelta(days=17)
        )
        recounting.recount(
            arrived_id=row.pk, was=18, counted=19, reason="门口还有一箱没有点到。", by=self.keeper,
            now=at + timedelta(days=17, hours=2),
        )  # fmt: skip
        accepting.accept(
            arrived_id=row.pk, accepted=16, refused=3, remedy="repair", reason="抽屉面有划痕", by=self.inspector,
            now=at + timedelta(days=18),
        )  # fmt: skip
        self._shipped(order, "SH-1003", 20, self.stage.ago(days=1))

    def _on_the_way(self, of: Supplier, *, days: int) -> None:
        at = self.stage.ago(days=days)
        self._producing(of, "北欧休闲椅", at, pieces=80, price="260.00", due=45)

    def _failed(self, of: Supplier, *, days: int) -> None:
        """Did not pass its inspection and is to be put right."""
        order = self._producing(
            of,
            "北欧布艺三人沙发",
            self.stage.ago(days=days),
            pieces=30,
            price="1200.00",
            due=30,
            sku="SF-2301",
        )
        line = _line(order)
        made = inspecting.inspect(
            line_id=line.pk, stage="finished", by=self.inspector, now=self.stage.ago(hours=20)
        )
        inspecting.report(
            inspection_id=made.pk, checked=made.sample, bad=2, text="扶手走线不直，面料有色差。", file=self.paper,
            by=self.inspector, now=self.stage.ago(hours=18),
        )  # fmt: skip

    def _silent(self, of: Supplier, *, days: int) -> None:
        """Opened, never answered: deemed accepted by the clock."""
        order = self._sent(of, "布艺脚凳", self.stage.ago(days=days), pieces=50, price="95.00", due=30)
        returning.open_order(order=order, contact=_contact(of), now=self.stage.ago(days=days - 1))
        returning.settle_silence(order=order, now=self.stage.ago(days=days - 5))

    def _refused_and_late(self, of: Supplier, *, days: int) -> None:
        """Past its date; the supplier's fault, and the chain is asked to cancel it."""
        order = self._producing(
            of, "皮艺单人沙发", self.stage.ago(days=days), pieces=15, price="880.00", due=20
        )
        ending.judge_delay(
            order_id=order.pk, line_id=_line(order).pk, cause="supplier", reason="供应商皮料断货，电话已确认。",
            by=self.buyer, now=self.stage.ago(days=6),
        )  # fmt: skip
        ending.ask_to_end(
            order_id=order.pk, mode="cancel", ground="late", reason="已影响客户发货，改由他厂生产。", by=self.buyer,
            now=self.stage.ago(days=2),
        )  # fmt: skip

    def _waiting(self, of: Supplier, *, days: int) -> None:
        """Sent; returned, with its first sample to come; signed by us and not sent; thrown away."""
        self._sent(of, "岩板餐桌", self.stage.ago(days=days), pieces=25, price="1560.00", due=35)
        back = self._sent(of, "岩板书桌", self.stage.ago(days=days), pieces=18, price="980.00", due=40)
        person = _contact(of)
        returning.return_order(
            order=back, contact=person, signature=person.name, now=self.stage.ago(days=days, hours=-5)
        )
        self._issued(of, "岩板吧台", self.stage.ago(hours=7), pieces=6, price="2180.00", due=45)
        ordering.discard_order(
            order_id=self._issued(of, "岩板茶几", self.stage.ago(days=days), pieces=10, price="640.00", due=35).pk,
            reason="规格有误，重新下单", by=self.buyer, now=self.stage.ago(hours=20),
        )  # fmt: skip

    def _draft(self, of: Supplier) -> None:
        """Samples to be signed, to be made anew, made and not photographed, given up; a plan half ordered."""
        at = self.stage.ago(hours=8)
        self._sample(of, "岩板边几", at, signed=False)
        anew = self._sample(of, "岩板电视柜", at, signed=False)
        samples.refuse(sample_id=anew.pk, reason="柜门缝隙过大，请控制在 2 毫米以内。", by=self.buyer, now=at)
        bare = self._asked(of, "岩板玄关台", at)
        samples.make_sample(sample=bare, contact=_contact(of), text="已打样，明天拍照", now=at)
        dropped = self._asked(of, "岩板床头柜", at)
        samples.give_up(sample_id=dropped.pk, reason="该系列不再开发", by=self.buyer, now=at)
        plan = demand.begin_plan(title="冬季备货", by=self.buyer, now=at)
        need = demand.add_need(
            plan_id=plan.pk, name="岩板餐桌", spec="1.6 米", quantity=60, needed_on=localdate(at) + timedelta(days=50),
            by=self.buyer, now=at,
        )  # fmt: skip
        demand.add_need(
            plan_id=plan.pk, name="实木餐椅", quantity=240, needed_on=localdate(at) + timedelta(days=45),
            by=self.buyer, now=at,
        )  # fmt: skip
        order = ordering.draft_order(supplier_id=of.pk, note="冬季备货第一批", by=self.buyer, now=at)
        wish = ordering.LineWish(
            name=need.name, quantity=20, unit_price=Decimal("1560.00"), due_on=localdate(at) + timedelta(days=40),
            warehouse=PLACE, design_owner="theirs_accepted", steps=("切割", "打磨", "组装"),
        )  # fmt: skip
        demand.order_need(demand_id=need.pk, order_id=order.pk, wish=wish, by=self.buyer, now=at)


def _contact(of: Supplier) -> SupplierContact:
    return of.contacts.select_related("supplier").filter(active=True).order_by("pk")[0]


def _line(order: PurchaseOrder) -> OrderLine:
    line: OrderLine = order.lines.get()
    return line


def _picture(_title: str) -> bytes:
    """A plain drawing: papers of the demo need bytes, not beauty."""
    sheet = Image.new("RGB", (480, 360), (244, 241, 236))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((90, 150, 390, 250), outline=(120, 96, 70), width=6)
    pen.rectangle((60, 120, 110, 260), outline=(120, 96, 70), width=6)
    pen.rectangle((370, 120, 420, 260), outline=(120, 96, 70), width=6)
    pen.line((110, 290, 110, 260), fill=(120, 96, 70), width=8)
    pen.line((370, 290, 370, 260), fill=(120, 96, 70), width=8)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
