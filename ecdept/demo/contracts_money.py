"""Money of suppliers in the demo: four of them, in different states.

和睦 is in order: deposit and balance paid, a price cut set off, the next arrival due soon, a request waiting.
创域 gave a design away: everything is withheld, an agreed payment cannot be made, a release is asked for.
锦软 delivers late and short: an overdue balance, claims in every state, a credit note, a penalty, a review.
海晟 is paid before it ships: a part is paid and on its way, a part is paid and may leave, a part waits for its payment.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from contracts.limits import upload_limits
from contracts.models import (
    ArrivalLine,
    Invoice,
    Payable,
    PaymentVoucher,
    ProductionStep,
    PurchaseOrder,
    SetOff,
    Supplier,
    SupplierContact,
)
from contracts.rules.schedule import month_after, month_of
from contracts.selectors import records
from contracts.services import (
    accepting,
    agreements,
    arriving,
    bank,
    booking,
    breaches,
    credit_notes,
    ending,
    first_sample,
    invoices,
    losses,
    ordering,
    payments,
    ready,
    reports,
    returning,
    samples,
    scores,
    shipping,
    suppliers,
)
from ecdept.demo import contracts_agreements
from ecdept.demo.catalog import picture
from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.files import api as files
from office.files.models import StoredFile
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

PLACE = "佛山市顺德区乐从镇龙江仓"
DAY = timedelta(days=1)


def play(stage: Stage) -> None:
    """From the oldest to the newest; nothing where the book in force, an older one, has no such chain."""
    if not rulebook.has_rule("contracts.payment", stage.now):
        return
    _Buying(stage).play()


class _Buying:
    """What the buyer does, with what every order needs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.buyer: Employee = stage.who("U001")
        self.manager: Employee = stage.who("M001")
        self.scan = picture(7)
        self.paper: StoredFile = files.keep_file(
            content=self.scan, name="自检报告.png", by=self.buyer, now=stage.ago(days=120),
            limits=upload_limits(stage.ago(days=120)),
        )  # fmt: skip
        self.vouchers = 0

    def play(self) -> None:
        self._in_order()
        self._withheld()
        self._late()
        self._before_shipping()
        self.stage.settle(self.stage.now)

    def _in_order(self) -> None:
        stage = self.stage
        supplier = self.supplier("HM01", "佛山市和睦木业有限公司", days=110)
        first = self.order(supplier, "白蜡木餐椅", "CY-1102", 120, "236.00", days=75)
        self.pay(*first.payables.all(), days=73, named="")
        line = self.arrive(first, "SH-0921", 120, days=50)
        self.accept(line, 120, days=49, remedy="price_cut", cut="580.00", reason="24 把椅背色差，协商降价")
        balance = first.payables.get(kind=Payable.Kind.BALANCE)
        cut = SetOff.objects.get(kind=SetOff.Kind.PRICE_CUT, order=first)
        self.invoice(supplier, "26442000000088120931", str(balance.amount), days=24)
        self.pay(balance, claims=[cut], days=22, named="26442000000088120931")
        second = self.order(supplier, "岩板餐桌 1.4 米", "ZT-2207", 40, "1180.00", days=34)
        self.pay(*second.payables.all(), days=31, named="")
        self.accept(self.arrive(second, "SH-1011", 25, days=26), 25, days=25)
        owed = second.payables.get(kind=Payable.Kind.BALANCE)
        wrong = self.invoice(supplier, "26442000000091345507", str(owed.amount * 10), days=2)
        invoices.strike_out(
            invoice_id=wrong.pk, reason="金额多录一位", by=self.buyer, now=stage.ago(days=1.9)
        )
        self.invoice(supplier, "26442000000091345507", str(owed.amount), days=1.8)
        payments.ask(
            supplier_id=supplier.pk, payable_ids=[owed.pk], set_off_ids=[], by=self.buyer,
            now=stage.ago(hours=5), comment="十月到仓货款，发票已到。",
        )  # fmt: skip

    def _withheld(self) -> None:
        stage = self.stage
        supplier = self.supplier("CY01", "中山市创域木作有限公司", days=95)
        order = self.order(supplier, "北欧斗柜", "DG-0310", 30, "760.00", days=48)
        self.pay(*order.payables.all(), days=46, named="")
        self.accept(self.arrive(order, "CY-77", 30, days=28), 30, days=27)
        self.agreed(*order.payables.filter(kind=Payable.Kind.BALANCE), days=4)
        breach = breaches.record_breach(
            supplier_id=supplier.pk, kind="design", happened_on=booking.day_of(stage.ago(days=3)),
            text="展会上见到与 DG-0310 外观一致的斗柜，挂第三方商标，展商称由该厂供货；已拍照取证。",
            upload=booking.Upload(self.scan, "展会取证.png"), by=self.buyer, now=stage.ago(days=3),
        )  # fmt: skip
        breaches.ask_release(
            violation_id=breach.pk, reason="对方已下架并签署赔偿协议，赔偿款到账后恢复付款。", by=self.buyer,
            now=stage.ago(hours=9),
        )  # fmt: skip

    def _late(self) -> None:
        stage = self.stage
        supplier = self.supplier("JR01", "东莞市锦软家居有限公司", days=100)
        order = self.order(supplier, "布艺三人沙发", "SF-2301", 20, "1560.00", days=70, due=30)
        self.pay(*order.payables.all(), days=68, named="")
        ending.judge_delay(
            order_id=order.pk, line_id=order.lines.get().pk, cause="supplier", by=self.buyer,
            reason="供应商面料断货，已书面承认", now=stage.ago(days=38),
        )  # fmt: skip
        line = self.arrive(order, "JR-15", 20, days=36)
        self.accept(line, 14, refused=6, days=35, remedy="redo", reason="面料起球，6 件返工")
        losses.claim_loss(
            order_id=order.pk, clause="P1.5", text="延误四天，改空运并补偿客户", by=self.buyer, now=stage.ago(days=20),
            losses=[
                losses.Loss("direct", "空运差价", Decimal("1360.00")),
                losses.Loss("indirect", "补偿客户", Decimal("500.00")),
            ],
        )  # fmt: skip
        self._answers(order)
        claim = SetOff.objects.get(kind=SetOff.Kind.LATE, order=order)
        note = credit_notes.Note(
            "HZ-26-018", booking.day_of(stage.ago(days=12)), claim.amount, "26441900000055102277",
            upload=booking.Upload(self.scan, "贷项通知单.png"),
        )  # fmt: skip
        credit_notes.record(
            supplier_id=supplier.pk, note=note, set_off_id=claim.pk, by=self.buyer, now=stage.ago(days=12)
        )
        deposit = order.payables.get(kind=Payable.Kind.DEPOSIT)
        breaches.record_breach(
            supplier_id=supplier.pk, kind="commission", happened_on=deposit.due_on,
            text="供应商跟单向我方人员送购物卡，本人已主动上交并说明。", by=self.manager, now=stage.ago(days=2),
        )  # fmt: skip
        for before in (1, 0):
            opened = datetime.combine(
                month_after(month_of(booking.day_of(stage.now)), -before), time(9), ZONE
            )
            scores.score_month(now=min(opened + DAY, stage.now))

    def _answers(self, order: PurchaseOrder) -> None:
        """The claim of the delay was never answered. Others: borne; objected to and standing; time running."""
        for text, what, amount, days, word in (
            ("拉链与封样不符", "更换拉链", "180.00", 30, "bear"),
            ("面料起球，与检测报告不符", "客户退款", "640.00", 18, "object"),
            ("坐垫填充物克重不足", "补棉返工", "320.00", 1, ""),
        ):
            claim = losses.claim_loss(
                order_id=order.pk, clause="P3.1", text=text, by=self.buyer, now=self.stage.ago(days=days),
                losses=[losses.Loss("direct", what, Decimal(amount))],
            )  # fmt: skip
            if word:
                losses.answer(
                    claim=claim, word=word, text="面料由贵方指定" if word == "object" else "",
                    contact=self.contact(order.supplier), now=self.stage.ago(days=days - 2),
                )  # fmt: skip
            if word == "object":
                losses.let_stand(
                    order_id=order.pk, claim_id=claim.pk, reason="封样与大货送检，成分不一致，报告已附。",
                    by=self.manager, now=self.stage.ago(days=days - 4),
                )  # fmt: skip

    def _before_shipping(self) -> None:
        supplier = self.supplier("HS01", "佛山市海晟金属家具有限公司", days=60, settlement="on_shipment")
        order = self.order(supplier, "铁艺置物架", "ZW-0611", 60, "165.00", days=40)
        self.pay(*order.payables.all(), days=38, named="")
        self._paid(self.ready(order, 20, days=20), "26442000000090112233", days=18)
        self.accept(self.arrive(order, "HS-031", 20, days=14), 20, days=13)
        self._paid(self.ready(order, 24, days=6), "26442000000090115566", days=4)
        shipping.ship(
            order=order,
            lines={order.lines.get().pk: 10},
            number="HS-047",
            by=self.buyer,
            now=self.stage.ago(days=2),
        )
        wrong = self.ready(order, 9, days=1.5)
        ready.take_back(
            notice_id=wrong.ready_id or 0, reason="还差 3 件未喷涂", contact=self.contact(supplier),
            now=self.stage.ago(days=1.4),
        )  # fmt: skip
        self.ready(order, 6, days=1)

    def _paid(self, owed: Payable, number: str, *, days: float) -> None:
        """Against its invoice."""
        self.invoice(owed.supplier, number, str(owed.amount), days=days + 1)
        self.pay(owed, days=days, named=number)

    def ready(self, order: PurchaseOrder, pieces: int, *, days: float) -> Payable:
        """So many pieces stand ready, says the supplier."""
        notice = ready.state_ready(
            order=order, lines={order.lines.get().pk: pieces}, contact=self.contact(order.supplier),
            now=self.stage.ago(days=days),
        )  # fmt: skip
        return Payable.objects.get(ready=notice)

    def contact(self, of: Supplier) -> SupplierContact:
        return of.contacts.select_related("supplier").order_by("pk")[0]

    def supplier(self, code: str, name: str, *, days: int, **terms: str) -> Supplier:
        now = self.stage.ago(days=days)
        found = Supplier.objects.filter(code=code).first()
        if found is None:
            found = suppliers.add_supplier(code=code, name=name, by=self.buyer, now=now)
            suppliers.add_contact(
                supplier_id=found.pk,
                name="跟单",
                phone="13800138000",
                mail="",
                post="跟单",
                by=self.buyer,
                now=now,
            )
        contract = agreements.open_contract(
            supplier_id=found.pk, title="家具协作加工", by=self.buyer, now=now
        )
        version = agreements.put_version(
            contract_id=contract.pk, starts_on=booking.day_of(now), ends_on=booking.day_of(now) + 364 * DAY,
            terms={"warehouse": PLACE, **terms}, by=self.buyer, now=now,
        )  # fmt: skip
        if terms:
            contracts_agreements.agree(self.stage, version, now, "对方只做发货前付清。")
        for side, signer in (("ours", "陈静怡"), ("theirs", "何总")):
            agreements.sign(
                version_id=version.pk, side=side, means="seal", signer=signer, signed_on=booking.day_of(now),
                content=self.scan, name="盖章页.png", by=self.buyer, now=now,
            )  # fmt: skip
        self._account(found, now)
        return found

    def _account(self, supplier: Supplier, now: datetime) -> None:
        """Confirmed in a call, agreed to by the manager."""
        if records.account_of(supplier, now) is not None:
            return
        contact, tail = supplier.contacts.order_by("pk")[0], sum(supplier.code.encode()) % 10_000
        run = bank.ask_bank_details(
            supplier_id=supplier.pk, holder=supplier.name, bank="中国农业银行佛山乐从支行",
            account=f"44006666777{tail:05d}", by=self.buyer, now=now,
            call=bank.Call(contact.pk, now, contact.name, True, "对方逐位念出账号，一致"),
        )  # fmt: skip
        if run is not None:
            self.stage.until_agreed(run, at=now + timedelta(hours=1))

    def order(
        self, supplier: Supplier, name: str, sku: str, pieces: int, price: str, *, days: int, due: int = 60
    ) -> PurchaseOrder:
        """Returned by the supplier and in production."""
        now, contact = self.stage.ago(days=days), supplier.contacts.order_by("pk")[0]
        sample = samples.request_sample(
            supplier_id=supplier.pk, name=name, demands="按图纸打样", by=self.buyer, now=now
        )
        samples.photograph(sample=sample, file=self.paper, contact=contact, now=now)
        samples.sign_off(sample_id=sample.pk, by=self.buyer, now=now)
        order = ordering.draft_order(supplier_id=supplier.pk, by=self.buyer, now=now)
        wish = ordering.LineWish(
            name=name, quantity=pieces, unit_price=Decimal(price), due_on=booking.day_of(now) + due * DAY,
            warehouse=PLACE, design_owner="ours", steps=["开料", "组装"], sku=sku,
        )  # fmt: skip
        line = ordering.put_line(order_id=order.pk, wish=wish, by=self.buyer, now=now)
        samples.name_sample(order_id=order.pk, line_id=line.pk, sample_id=sample.pk, by=self.buyer, now=now)
        ordering.issue_order(order_id=order.pk, by=self.buyer, now=now)
        order = ordering.send_order(order_id=order.pk, contact_id=contact.pk, by=self.buyer, now=now)
        order = returning.return_order(order=order, contact=contact, signature="何总", now=now)
        first_sample.confirm(order=order, contact=contact, now=now)
        first_sample.confirm(order=order, by=self.buyer, now=now)
        order = first_sample.start_production(order=order, contact=contact, now=now)
        for step in ProductionStep.objects.filter(line__order=order):
            reports.give_report(
                step_id=step.pk, mode="self", standard="national", passed=True, file=self.paper,
                contact=contact, now=now,
            )  # fmt: skip
        return order

    def arrive(self, order: PurchaseOrder, number: str, pieces: int, *, days: int) -> ArrivalLine:
        now, line = self.stage.ago(days=days), order.lines.get()
        delivery = shipping.ship(
            order=order, lines={line.pk: pieces}, number=number, by=self.buyer, now=now - DAY
        )
        arrival = arriving.receive(
            delivery_id=delivery.pk,
            counts={line.pk: pieces},
            warehouse=PLACE,
            by=self.stage.who("W001"),
            now=now,
        )
        found: ArrivalLine = arrival.lines.get()
        return found

    def accept(
        self, line: ArrivalLine, pieces: int, *, days: int, refused: int = 0, remedy: str = "", cut: str = "0",
        reason: str = "",
    ) -> None:  # fmt: skip
        accepting.accept(
            arrived_id=line.pk, accepted=pieces, refused=refused, remedy=remedy, cut=Decimal(cut), reason=reason,
            by=self.buyer, now=self.stage.ago(days=days),
        )  # fmt: skip

    def invoice(self, supplier: Supplier, number: str, amount: str, *, days: float) -> Invoice:
        """As it stands on the paper that came by mail."""
        now = self.stage.ago(days=days)
        paper = invoices.Paper(
            number=number, seller=supplier.name, tax_id=supplier.credit_code or "91440606MA4UKLE13K",
            issued_on=booking.day_of(now), amount=Decimal(amount), upload=booking.Upload(self.scan, "发票.png"),
        )  # fmt: skip
        return invoices.record(supplier_id=supplier.pk, paper=paper, by=self.buyer, now=now)

    def agreed(self, *owed: Payable, days: float, claims: list[SetOff] | None = None) -> approvals.Run:
        run = payments.ask(
            supplier_id=owed[0].supplier_id,
            payable_ids=[each.pk for each in owed],
            set_off_ids=[each.pk for each in claims or []],
            by=self.buyer,
            now=self.stage.ago(days=days),
        )
        return self.stage.until_agreed(run, at=self.stage.ago(days=days - 0.1))

    def pay(
        self, *owed: Payable, days: float, named: str, claims: list[SetOff] | None = None
    ) -> PaymentVoucher:
        run = self.agreed(*owed, days=days, claims=claims)
        self.vouchers += 1
        now = self.stage.ago(days=days - 0.4)
        payment = payments.of_run(run)
        made = payments.Made(f"FK-{now:%y%m}-{self.vouchers:03d}", booking.day_of(now), named)
        return payments.record(payment_id=payment.pk, made=made, by=self.buyer, now=now)
