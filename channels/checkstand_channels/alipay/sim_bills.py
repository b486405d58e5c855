"""The simulated Alipay's bills: a zip of GBK files framed by lines with #, at an address that lives for 30 seconds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from checkstand.channel.simulator.bills import Bill, Movement, bill_day, cost_ppm_of, day_of, is_ready, make_bill
from checkstand.channel.simulator.frame import Call, SimulatorFrame
from checkstand_channels.alipay.messages import china_time
from checkstand_channels.alipay.sim_messages import BUYER, failure, refused, success, yuan

Node = dict[str, Any]
DOWNLOAD: Final = "/downloadBillFile.resource"
USER: Final = "20880000000000000156"
TYPES: Final = ("trade", "signcustomer")
COLUMNS: Final = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称",
    "操作员", "终端号", "对方账户",
    "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）",
    "商家优惠（元）", "券核销金额（元）", "券名称",
    "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号", "服务费（元）", "分润（元）", "备注",
)  # fmt: skip
SUMMARY: Final = (
    "门店编号", "门店名称", "交易订单总笔数", "退款订单总笔数", "订单金额（元）", "商家实收（元）",
    "支付宝优惠（元）", "商家优惠（元）",
    "卡消费金额（元）", "服务费（元）", "分润（元）", "实收净额（元）",
)  # fmt: skip
ACCOUNT: Final = (
    "账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号", "收入金额（+元）",
    "支出金额（-元）", "账户余额（元）",
    "交易渠道", "业务类型", "备注",
)  # fmt: skip
NOTHING: Final = "0.00"


class _GbkName(zipfile.ZipInfo):
    """A member whose name is GBK without saying so, as the provider packs it; zipfile by itself would write UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), 0


async def bill_url(frame: SimulatorFrame, call: Call) -> Node:
    """Where the file of this day is; it is made now, with whatever is planted for it."""
    biz: Mapping[str, Any] = call.params["biz"]
    kind, day, now = biz.get("bill_type"), day_of(str(biz.get("bill_date", ""))), frame.clock.now()
    if kind not in TYPES or day is None or day >= bill_day(now):
        return failure("40004", "Business Failed", "INVAILID_ARGUMENTS", "入参不合法")
    if not is_ready(day, now) or frame.faults.take_all("bill", ("bill_late",), call.merchant):
        return refused("BILL_NOT_EXIST", "账单不存在")
    bill = make_bill(frame, call.merchant, day, cost_ppm_of(call.credentials))
    token = frame.shelf.put(packed(bill, kind), now)
    query = {
        "bizType": kind,
        "userId": USER,
        "fileType": "csv.zip",
        "bizDates": f"{day:%Y%m%d}",
        "downloadFileName": f"{USER}_{day:%Y%m%d}.csv.zip",
        "fileId": f"/{kind}/{USER}/{day:%Y%m%d}.csv.zip",
        "timestamp": str(int(now.timestamp() * 1000)),
        "token": token,
    }
    return success(bill_download_url=f"{frame.url}{DOWNLOAD}?{urlencode(query)}")


def packed(bill: Bill, kind: str) -> bytes:
    """The zip of one day: the detail and its summary. The same day gives the same bytes whenever it is asked for."""
    stem, parts = f"{USER}_{bill.day:%Y%m%d}", io.BytesIO()
    if kind == "trade":
        members = {f"{stem}_业务明细.csv": trade(bill), f"{stem}_业务明细(汇总).csv": summary(bill)}
    else:
        members = {f"{stem}_账务明细.csv": account(bill), f"{stem}_账务汇总.csv": account_summary(bill)}
    encoding = "utf-8" if "bill_encoding" in bill.spoilt else "gbk"
    with zipfile.ZipFile(parts, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            content = "".join(f"{line}\r\n" for line in lines).encode(encoding, "replace")
            if "bill_truncated" in bill.spoilt:
                content = content[: len(content) * 2 // 3]
            archive.writestr(_GbkName(name, (2024, 1, 1, 9, 30, 0)), content)
    return parts.getvalue()


def trade(bill: Bill) -> list[str]:
    """The business detail (业务明细)."""
    done = [each for each in bill.movements if not each.failed]
    paid = [each.gross_minor for each in done if not each.refund]
    back = [each.gross_minor for each in done if each.refund]
    off = 1 if "bill_total" in bill.spoilt else 0
    return [
        *_opening("支付宝业务明细查询", bill.day),
        f"#{'-' * 41}业务明细列表{'-' * 40}",
        ",".join(COLUMNS),
        *(_row(each) for each in done),
        f"#{'-' * 41}业务明细列表结束{'-' * 36}",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid) + off)}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元",
        _exported(bill.day),
    ]


def summary(bill: Bill) -> list[str]:
    """The sums per shop (业务汇总); there is one shop here."""
    done = [each for each in bill.movements if not each.failed]
    gross = sum(-each.gross_minor if each.refund else each.gross_minor for each in done)
    fee, net = sum(each.fee_minor for each in done), sum(each.net_minor for each in done)
    counts = str(sum(not each.refund for each in done)), str(sum(bool(each.refund) for each in done))
    money = (yuan(gross), yuan(gross), NOTHING, NOTHING, NOTHING, yuan(-fee), NOTHING, yuan(net))
    return [
        *_opening("支付宝业务汇总查询", bill.day),
        f"#{'-' * 41}业务汇总列表{'-' * 40}",
        ",".join(SUMMARY),
        _tabbed(("合计", "", *counts, *money)),
        f"#{'-' * 40}业务汇总列表结束{'-' * 37}",
        _exported(bill.day),
    ]


def account(bill: Bill) -> list[str]:
    """The account detail (账务明细): fees are rows of their own."""
    rows: list[str] = []
    balance = 0
    for each, name, minor in _flows(bill):
        balance += minor
        income, outgo = (yuan(minor), "") if minor > 0 else ("", yuan(minor))
        rows.append(_tabbed((
            f"{bill.day:%Y%m%d}{len(rows):018d}", each.order.channel_no, each.order.number, each.order.title,
            china_time(each.at), BUYER["buyer_logon_id"], income, outgo, yuan(balance), "支付宝", name, each.number,
        )))  # fmt: skip
    return [
        *_opening("支付宝账务明细查询", bill.day),
        f"#{'-' * 41}账务明细列表{'-' * 40}",
        ",".join(ACCOUNT),
        *rows,
        f"#{'-' * 41}账务明细列表结束{'-' * 36}",
        *_account_totals(bill),
        _exported(bill.day),
    ]


def account_summary(bill: Bill) -> list[str]:
    return [*_opening("支付宝账务汇总查询", bill.day), *_account_totals(bill), _exported(bill.day)]


def _account_totals(bill: Bill) -> list[str]:
    minors = [minor for _, _, minor in _flows(bill)]
    income, outgo = [each for each in minors if each > 0], [each for each in minors if each < 0]
    off = 1 if "bill_total" in bill.spoilt else 0
    return [
        f"#支出合计：{len(outgo)}笔，共{yuan(sum(outgo))}元",
        f"#收入合计：{len(income)}笔，共{yuan(sum(income) + off)}元",
    ]


def _flows(bill: Bill) -> list[tuple[Movement, str, int]]:
    found = []
    for each in bill.movements:
        if each.failed:
            continue
        gross = -each.gross_minor if each.refund else each.gross_minor
        found += [(each, "交易退款" if each.refund else "在线支付", gross), (each, "收费", -each.fee_minor)]
    return [flow for flow in found if flow[2]]


def _row(each: Movement) -> str:
    order, refund = each.order, each.refund
    gross = yuan(-each.gross_minor if refund else each.gross_minor)
    texts = {
        "支付宝交易号": order.channel_no,
        "商户订单号": order.number,
        "业务类型": "退款" if refund else "交易",
        "商品名称": order.title.replace(",", "，"),
        "创建时间": china_time(refund.created_at if refund else order.created_at),
        "完成时间": china_time(each.at),
        "对方账户": BUYER["buyer_logon_id"],
        "订单金额（元）": gross,
        "商家实收（元）": gross,
        "退款批次号/请求号": refund.number if refund else "",
        "服务费（元）": yuan(-each.fee_minor),
    }
    money = {name: NOTHING for name in COLUMNS if name.endswith("（元）")}
    return _tabbed([{**money, **texts}.get(name, "") for name in COLUMNS])


def _tabbed(cells: Sequence[str]) -> str:
    return ",".join(f"{cell}\t" for cell in cells)


def _opening(title: str, day: date) -> list[str]:
    after = day + timedelta(days=1)
    return [
        f"#{title}",
        f"#账号：[{USER}]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{after:%Y年%m月%d日} 00:00:00]",
    ]


def _exported(day: date) -> str:
    return f"#导出时间：[{day + timedelta(days=1):%Y年%m月%d日} 09:30:00]"
