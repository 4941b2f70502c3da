"""Who works in the demo company, and the shops it sells through. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass

from office.staff.services.founding import Newcomer

SERVICE, OPERATIONS, CREATIVE, GOODS = "客户服务", "产品运营", "策划设计", "采购仓储"

STAFF: tuple[Newcomer, ...] = (
    Newcomer("A001", "李雷", ("service_agent",), SERVICE),
    Newcomer("A002", "韩梅梅", ("service_agent",), SERVICE),
    Newcomer("A003", "林晓彤", ("service_agent",), SERVICE),
    Newcomer("A004", "何子昂", ("service_agent",), SERVICE),
    Newcomer("B001", "吴秀兰", ("back_office",), SERVICE),
    Newcomer("S001", "王海宁", ("service_supervisor",), SERVICE),
    Newcomer("M001", "陈静怡", ("department_manager",), "电子商务部"),
    Newcomer("P001", "赵一鸣", ("product_operations",), OPERATIONS),
    Newcomer("P002", "许文博", ("product_manager",), OPERATIONS),
    Newcomer("N001", "沈嘉禾", ("planner",), CREATIVE),
    Newcomer("D001", "郑可", ("designer",), CREATIVE),
    Newcomer("E001", "冯雪", ("site_editor", "section_officer"), CREATIVE),
    Newcomer("E002", "唐若溪", ("copywriter",), CREATIVE),
    Newcomer("E003", "胡文清", ("culture_officer",), "总经办"),
    Newcomer("W001", "马建军", ("warehouse",), GOODS),
    Newcomer("U001", "曹敏", ("buyer",), GOODS),
    Newcomer("Q001", "宋启航", ("quality_inspector",), GOODS),
    Newcomer("H001", "刘芳", ("hr",), "人力资源"),
    Newcomer("I001", "孙启明", ("system_administrator", "webmaster"), "信息技术"),
    Newcomer("T001", "邵文", ("tech_support",), "信息技术"),  # leaves before the demo opens (requests.py)
    Newcomer("Z001", "谢朗", (), "外聘顾问"),  # leaves too, with a request still waiting for him
    Newcomer("I002", "钱维", ("it_manager",), "信息技术"),
    Newcomer("O001", "丁若兰", ("operations_manager",), OPERATIONS),
    Newcomer("K001", "罗远帆", ("marketing_director",), "市场"),
    Newcomer("V001", "方清", ("vice_president",), "总经办"),
    Newcomer("G001", "周立衡", ("general_manager",), "总经办"),
)

#: On duty when the demo opens.
ON_DUTY = ("A001", "A002", "A003", "B001", "S001", "M001", "P001")
#: Whose hands the demo's orders went through.
AGENTS = ("A001", "A002", "A003")


@dataclass(frozen=True, slots=True)
class DemoShop:
    code: str
    name: str
    platform: str


SHOPS = (
    DemoShop("SITE", "官网商城", "generic"),
    DemoShop("TM01", "天猫旗舰店", "taobao"),
    DemoShop("JD01", "京东自营店", "jd"),
)
