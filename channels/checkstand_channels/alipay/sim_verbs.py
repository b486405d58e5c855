"""What the simulated Alipay does when asked; every change is durable before it is answered."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from checkstand.channel.simulator.frame import Call, SimulatorFrame
from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand.channel.simulator.outcomes import explain, rule_for
from checkstand.kernel import Money, MoneyError
from checkstand_channels.alipay.bills import METHOD
from checkstand_channels.alipay.envelope import Unreadable
from checkstand_channels.alipay.messages import china_time, read_time
from checkstand_channels.alipay.sim_bills import bill_url
from checkstand_channels.alipay.sim_messages import refused, success, trade_answer, yuan

Node = dict[str, Any]
OPEN_FOR: Final = timedelta(days=15)
QR_HOST: Final = "https://qr.alipay.com"
PRODUCT_CODES: Final = {
    "page": ("FAST_INSTANT_TRADE_PAY",),
    "wap": ("QUICK_WAP_WAY", "QUICK_WAP_PAY"),
    "app": ("QUICK_MSECURITY_PAY", ""),
    "precreate": ("FACE_TO_FACE_PAYMENT", ""),
    "create": ("JSAPI_PAY", "FACE_TO_FACE_PAYMENT", ""),
}


def fen(text: Any) -> int | None:
    """Yuan as text in fen; None for what is no amount."""
    try:
        return Money.from_decimal(str(text), "CNY").minor
    except MoneyError:
        return None


async def precreate(frame: SimulatorFrame, call: Call) -> Node:
    order = await arrive(frame, call, "precreate")
    if not isinstance(order, SimOrder):
        return order
    return success(out_trade_no=order.number, qr_code=f"{QR_HOST}/{order.token}")


async def create(frame: SimulatorFrame, call: Call) -> Node:
    """A mini-program's order: here the trade does exist from the beginning."""
    biz = call.params["biz"]
    if not biz.get("buyer_id") and not biz.get("buyer_open_id"):
        return refused("ACQ.INVALID_PARAMETER", "buyer_id和buyer_open_id不能同时为空")
    order = await arrive(frame, call, "create")
    if not isinstance(order, SimOrder):
        return order
    if order.state == "draft":
        order.state, order.channel_no = "open", frame.new_number("order")
        await frame.state.commit("order.created", order=order)
    return success(out_trade_no=order.number, trade_no=order.channel_no)


async def arrive(frame: SimulatorFrame, call: Call, product: str) -> SimOrder | Node:
    """The order behind signed parameters, parked as a draft until the shopper acts."""
    biz = call.params["biz"]
    problem = _order_problem(call, product)
    if problem:
        return problem
    terms = {name: biz.get(name) for name in ("total_amount", "subject", "product_code", "time_expire", "seller_id")}
    known = frame.state.orders.get((call.merchant, call.number))
    if known is not None:
        return await _again(frame, known, {**terms, "product": product})
    now = frame.clock.now()
    order = SimOrder(
        merchant=call.merchant,
        number=call.number,
        token=f"bax{secrets.token_hex(12)}",
        state="draft",
        amount_minor=fen(biz["total_amount"]) or 0,
        currency="CNY",
        product=product,
        title=str(biz["subject"]),
        notify_url=call.params.get("notify_url", ""),
        return_url=call.params.get("return_url", "") or str(biz.get("quit_url", "")),
        created_at=now,
        expires_at=_expiry(biz) or now + OPEN_FOR,
        extra={"first": {**terms, "product": product}, "passback_params": biz.get("passback_params", "")},
    )
    if order.expires_at <= now:
        return refused("ACQ.INVALID_PARAMETER", "time_expire已过期")
    await frame.state.commit("order.parked", order=order)
    return order


async def _again(frame: SimulatorFrame, known: SimOrder, terms: Node) -> SimOrder | Node:
    if frame.expire(known):
        await frame.state.commit("order.expired", order=known)
    if known.state == "paid":
        return refused("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    if known.state == "closed":
        return refused("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if known.extra["first"] != terms:
        return refused("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
    return known


async def query(frame: SimulatorFrame, call: Call) -> Node:
    order = await _trade(frame, call)
    if order is None:
        return refused("ACQ.TRADE_NOT_EXIST", "交易不存在")
    return trade_answer(frame, order, call.extra_minor)


async def close(frame: SimulatorFrame, call: Call) -> Node:
    order = await _trade(frame, call)
    if order is None:
        return refused("ACQ.TRADE_NOT_EXIST", "交易不存在")
    if order.state != "open":
        return refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    order.state, order.closed_at = "closed", frame.clock.now()
    # A page or face-to-face merchant is not told about closing, app and wap merchants are.
    tell = order.notify_url if order.product in ("app", "wap") else ""
    deliveries = frame.announce(order, None, tell, call.credentials)
    await frame.state.commit("order.closed", order=order, deliveries=deliveries)
    frame.wake()
    return success(out_trade_no=order.number, trade_no=order.channel_no)


async def refund(frame: SimulatorFrame, call: Call) -> Node:
    biz, order = call.params["biz"], await _trade(frame, call)
    amount = fen(biz.get("refund_amount"))
    if order is None:
        return refused("ACQ.TRADE_NOT_EXIST", "交易不存在")
    if not amount or amount < 0:
        return refused("ACQ.INVALID_PARAMETER", "refund_amount不合法")
    if order.state != "paid":
        return refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    number = call.number or order.number
    known = frame.state.refund(order.merchant, order.number, number)
    if known is not None:
        if known.amount_minor != amount:
            return refused("ACQ.DISCORDANT_REPEAT_REQUEST", "同一退款请求号退款金额不一致")
        return _refund_answer(frame, order, known, "N")
    if frame.state.given_back(order) + amount > order.amount_minor:
        return refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
    if not call.number and amount != order.amount_minor:
        return refused("ACQ.INVALID_PARAMETER", "部分退款时out_request_no必填")
    if rule_for(order.amount_minor).refund == "fails":
        return refused("ACQ.TRADE_NOT_ALLOW_REFUND", explain(order.amount_minor))
    return await _refunded(frame, call, order, number, amount)


async def _refunded(frame: SimulatorFrame, call: Call, order: SimOrder, number: str, amount: int) -> Node:
    now = frame.clock.now()
    made = SimRefund(
        merchant=order.merchant,
        number=number,
        order=order.number,
        refund_no=frame.new_number("refund"),
        amount_minor=amount,
        state="success",
        reason=str(call.params["biz"].get("refund_reason", "")),
        created_at=now,
        done_at=now,
    )
    frame.state.refunds[order.key].append(made)  # its own notification already counts it
    deliveries = frame.announce(order, made, order.notify_url, call.credentials)
    await frame.state.commit("refund.success", order=order, refund=made, deliveries=deliveries)
    frame.wake()
    return _refund_answer(frame, order, made, "Y")


async def query_refund(frame: SimulatorFrame, call: Call) -> Node:
    order = await _trade(frame, call)
    if order is None:
        return refused("ACQ.TRADE_NOT_EXIST", "交易不存在")
    found = frame.state.refund(order.merchant, order.number, call.number)
    if found is None:  # success of the question: a refund that does not exist has no refund_status
        return success(out_trade_no=order.number, trade_no=order.channel_no)
    return success(
        out_request_no=found.number,
        out_trade_no=order.number,
        refund_amount=yuan(found.amount_minor + call.extra_minor),
        refund_reason=found.reason,
        refund_status="REFUND_SUCCESS",
        total_amount=yuan(order.amount_minor),
        trade_no=order.channel_no,
        gmt_refund_pay=china_time(found.done_at or found.created_at),
    )


def _refund_answer(frame: SimulatorFrame, order: SimOrder, made: SimRefund, fund_change: str) -> Node:
    """`refund_fee` is the sum over the whole trade, not this refund."""
    return success(
        buyer_logon_id="sim***@example.com",
        buyer_user_id="2088000000000001",
        fund_change=fund_change,
        gmt_refund_pay=china_time(made.done_at or made.created_at),
        out_trade_no=order.number,
        refund_fee=yuan(frame.state.given_back(order)),
        trade_no=order.channel_no,
    )


async def _trade(frame: SimulatorFrame, call: Call) -> SimOrder | None:
    """The trade, if it exists at Alipay: a draft does not, and an expired one is closed now."""
    biz = call.params["biz"]
    if trade_no := biz.get("trade_no"):
        order = frame.state.by_channel_no.get((call.merchant, str(trade_no)))
    else:
        order = frame.state.orders.get((call.merchant, str(biz.get("out_trade_no", ""))))
    if order is None or order.state == "draft":
        return None
    if frame.expire(order):
        await frame.state.commit("order.expired", order=order)
    return order


def _expiry(biz: Mapping[str, Any]) -> datetime | None:
    try:
        return read_time(biz.get("time_expire"))
    except Unreadable:
        return None


def _order_problem(call: Call, product: str) -> Node | None:
    biz = call.params["biz"]
    amount = fen(biz.get("total_amount"))
    if not re.fullmatch(r"[0-9A-Za-z_]{1,64}", call.number):
        return refused("ACQ.INVALID_PARAMETER", "out_trade_no不合法")
    if amount is None or not 1 <= amount <= 10_000_000_000:
        return refused("ACQ.INVALID_PARAMETER", "total_amount不合法")
    if not biz.get("subject") or len(str(biz["subject"])) > 256:
        return refused("ACQ.INVALID_PARAMETER", "subject不合法")
    if str(biz.get("product_code", "")) not in PRODUCT_CODES[product]:
        return refused("ACQ.INVALID_PARAMETER", "product_code不合法")
    if biz.get("seller_id") and biz["seller_id"] != call.credentials.get("seller_id"):
        return refused("ACQ.PARTNER_ERROR", "seller_id与应用不匹配")
    return None


VERBS: Final[Mapping[str, Callable[[SimulatorFrame, Call], Awaitable[Node]]]] = {
    "alipay.trade.precreate": precreate,
    "alipay.trade.create": create,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": query_refund,
    METHOD: bill_url,
}
VERB_NAMES: Final[Mapping[str, str]] = {
    "alipay.trade.precreate": "pay",
    "alipay.trade.create": "pay",
    "alipay.trade.query": "query",
    "alipay.trade.close": "close",
    "alipay.trade.refund": "refund",
    "alipay.trade.fastpay.refund.query": "query_refund",
    METHOD: "bill",
}
