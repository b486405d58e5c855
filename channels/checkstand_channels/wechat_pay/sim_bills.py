"""The simulated WeChat Pay's bills, byte for byte as the provider writes them: the trade bill and the fund flow."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from hashlib import sha1
from typing import Final
from urllib.parse import quote

from checkstand.channel.simulator.bills import (
    KEPT_FOR,
    Bill,
    Movement,
    bill_day,
    cost_ppm_of,
    day_of,
    is_ready,
    make_bill,
)
from checkstand.channel.simulator.env import Credentials
from checkstand.channel.simulator.frame import Call, Reply, SimulatorFrame
from checkstand.kernel import Money
from checkstand_channels.wechat_pay.messages import CHINA
from checkstand_channels.wechat_pay.sim_messages import TRADE_TYPES

DOWNLOAD: Final = "/v3/billdownload/file"
BOM: Final = b"\xef\xbb\xbf"
REFUND_STATES: Final = {"processing": "PROCESSING", "abnormal": "CHANGE", "success": "SUCCESS", "failed": "REFUNDCLOSE"}

_HEAD: Final = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识",
    "交易类型", "交易状态",
    "付款银行", "货币种类", "应结订单金额", "代金券金额",
)  # fmt: skip
_REFUND_TIMES: Final = ("退款申请时间", "退款成功时间")
_REFUND: Final = ("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态")
_TAIL: Final = ("商品名称", "商户数据包", "手续费", "费率", "订单金额")
_SUMS: Final = ("应结订单金额", "退款金额", "充值券退款金额", "手续费", "订单金额", "申请退款金额")
COLUMNS: Final = {
    "ALL": (*_HEAD, *_REFUND, *_TAIL, "申请退款金额", "费率备注"),
    "SUCCESS": (*_HEAD, *_TAIL, "费率备注"),
    "REFUND": (*_HEAD, *_REFUND_TIMES, *_REFUND, *_TAIL, "申请退款金额", "费率备注"),
}
_TOTALS: Final = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
TOTALS: Final = {
    "ALL": dict(zip(_TOTALS[1:], _SUMS, strict=True)),
    "SUCCESS": {"应结订单总金额": "应结订单金额", "手续费总金额": "手续费", "订单总金额": "订单金额"},
    "REFUND": dict(zip(_TOTALS[1:], _SUMS, strict=True)),
}
FLOW: Final = (
    "记账时间", "微信支付业务单号", "资金流水单号", "业务名称", "业务类型", "收支类型", "收支金额(元)",
    "账户结余(元)",
    "资金变更提交申请人", "备注", "业务凭证号",
)  # fmt: skip
FLOW_TOTALS: Final = ("资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额")
ACCOUNT_TYPES: Final = ("BASIC", "OPERATION", "FEES")


def refusal(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message})


async def trade_bill(frame: SimulatorFrame, call: Call) -> Reply:
    kind = str(call.params.get("bill_type", "ALL"))
    return _pointer(frame, call, kind) if kind in COLUMNS else refusal(400, "PARAM_ERROR", "bill_type不合法")


async def fund_flow_bill(frame: SimulatorFrame, call: Call) -> Reply:
    kind = str(call.params.get("account_type", "BASIC"))
    return _pointer(frame, call, kind) if kind in ACCOUNT_TYPES else refusal(400, "PARAM_ERROR", "account_type不合法")


async def bill_file(frame: SimulatorFrame, call: Call) -> Reply:
    """The file behind a token; its answer carries no signature, the hash of the pointer does."""
    content = frame.shelf.take(str(call.params.get("token", "")), frame.clock.now())
    if content is None:
        return refusal(400, "INVALID_REQUEST", "token已失效")
    return Reply(200, {"file": content})


def _pointer(frame: SimulatorFrame, call: Call, kind: str) -> Reply:
    """Where the file is and what its hash is; the file is made now, with whatever is planted for it."""
    day, now, packing = day_of(str(call.params.get("bill_date", ""))), frame.clock.now(), call.params.get("tar_type")
    if day is None or packing not in (None, "GZIP") or day >= bill_day(now):
        return refusal(400, "PARAM_ERROR", "bill_date或tar_type不合法")
    if day < bill_day(now) - KEPT_FOR:
        return refusal(400, "PARAM_ERROR", "仅支持三个月内的账单下载申请")
    if not is_ready(day, now) or frame.faults.take_all("bill", ("bill_late",), call.merchant):
        return refusal(400, "STATEMENT_CREATING", "账单生成中，请稍后重试")
    bill = make_bill(frame, call.merchant, day, cost_ppm_of(call.credentials))
    if not bill.movements:
        return refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    make = fund_flow if kind in ACCOUNT_TYPES else trade
    content = spoil(make(bill, kind, call.credentials), bill.spoilt)
    token = frame.shelf.put(gzip.compress(content, mtime=0) if packing else content, now)
    url = f"{frame.url}{DOWNLOAD}?token={quote(token, safe='')}"
    return Reply(200, {"hash_type": "SHA1", "hash_value": sha1(content).hexdigest(), "download_url": url})  # noqa: S324 - theirs


def trade(bill: Bill, kind: str, credentials: Credentials) -> bytes:
    """The trade bill of this type."""
    columns = COLUMNS[kind]
    wanted = {"ALL": (False, True), "SUCCESS": (False,), "REFUND": (True,)}[kind]
    rows = [_cells(each, credentials) for each in bill.movements if bool(each.refund) in wanted]
    off = 1 if "bill_total" in bill.spoilt else 0
    sums = {name: sum(_minor(row[column]) for row in rows) for name, column in TOTALS[kind].items()}
    totals = [str(len(rows)), *(_yuan(value + (off if not place else 0), TOTALS[kind][name])
                                for place, (name, value) in enumerate(sums.items()))]  # fmt: skip
    body = [[row[name] for name in columns] for row in rows]
    return _file(columns, body, (_TOTALS[0], *TOTALS[kind]), totals)


def fund_flow(bill: Bill, kind: str, credentials: Credentials) -> bytes:
    """What moved on the merchant's account; fees are movements of their own. Only the basic account has any here."""
    rows: list[tuple[str, ...]] = []
    income: list[int] = []
    outgo: list[int] = []
    balance = 0
    for each in bill.movements if kind == "BASIC" else ():
        for name, minor in _flows(each):
            balance += minor
            (income if minor > 0 else outgo).append(abs(minor))
            number = each.refund.refund_no if each.refund else each.order.channel_no
            rows.append((
                f"{each.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}", number, f"{number[-10:]}{len(rows):04d}", name, name,
                "收入" if minor > 0 else "支出", _yuan(abs(minor)), _yuan(balance), credentials["mchid"], "",
                each.number,
            ))  # fmt: skip
    off = 1 if "bill_total" in bill.spoilt else 0
    totals = (str(len(rows)), str(len(income)), _yuan(sum(income) + off), str(len(outgo)), _yuan(sum(outgo)))
    return _file(FLOW, rows, FLOW_TOTALS, totals)


def spoil(content: bytes, spoilt: frozenset[str]) -> bytes:
    """Cut off or converted, as transfers and spreadsheets do it."""
    if "bill_encoding" in spoilt:
        content = content.removeprefix(BOM).decode().encode("gb18030")
    return content[: len(content) * 2 // 3] if "bill_truncated" in spoilt else content


def _cells(each: Movement, credentials: Credentials) -> dict[str, str]:
    order, refund = each.order, each.refund
    paid, back = ("0.00", _yuan(each.gross_minor)) if refund else (_yuan(each.gross_minor), "0.00")
    done = refund.done_at if refund and refund.done_at and refund.state == "success" else None
    return {
        "交易时间": f"{each.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "公众账号ID": order.extra["appid"],
        "商户号": order.merchant,
        "特约商户号": "0",
        "设备号": "",
        "微信订单号": order.channel_no,
        "商户订单号": order.number,
        "用户标识": order.extra.get("openid") or f"oSIM{order.token[-24:]}",
        "交易类型": TRADE_TYPES[order.product],
        "交易状态": "REFUND" if refund else "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": order.currency,
        "应结订单金额": paid,
        "代金券金额": "0.00",
        "退款申请时间": f"{each.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "退款成功时间": f"{done.astimezone(CHINA):%Y-%m-%d %H:%M:%S}" if done else "",
        "微信退款单号": refund.refund_no if refund else "0",
        "商户退款单号": refund.number if refund else "0",
        "退款金额": back,
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL" if refund else "",
        "退款状态": REFUND_STATES[refund.state] if refund else "",
        "商品名称": order.title,
        "商户数据包": order.extra.get("attach", ""),
        "手续费": _yuan(0 if each.failed else each.fee_minor, "手续费"),
        "费率": f"{cost_ppm_of(credentials) / 10_000:.2f}%",
        "订单金额": paid,
        "申请退款金额": back,
        "费率备注": "",
    }


def _flows(each: Movement) -> list[tuple[str, int]]:
    if each.failed:
        return []
    gross = -each.gross_minor if each.refund else each.gross_minor
    flows = [
        ("退款" if each.refund else "交易", gross),
        ("手续费退回" if each.refund else "扣除交易手续费", -each.fee_minor),
    ]
    return [flow for flow in flows if flow[1]]


def _file(
    columns: Sequence[str], rows: Sequence[Sequence[str]], headings: Sequence[str], totals: Sequence[str]
) -> bytes:
    """Headings are plain, every value begins with a back-tick, lines end in CR LF after a byte order mark."""
    lines = [",".join(columns), *map(_ticked, rows), ",".join(headings), _ticked(totals)]
    return BOM + "".join(f"{line}\r\n" for line in lines).encode()


def _ticked(cells: Sequence[str]) -> str:
    return ",".join(f"`{cell}" for cell in cells)


def _yuan(minor: int, column: str = "") -> str:
    """Two decimals; fees have five."""
    return Money(minor, "CNY").decimal() + ("000" if column == "手续费" else "")


def _minor(text: str) -> int:
    return Money.from_decimal(text, "CNY").minor
