"""What the simulated WeChat Pay does when asked; every change is durable before it is answered."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from checkstand.channel.simulator.env import Credentials
from checkstand.channel.simulator.frame import Call, Reply, SimulatorFrame
from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand_channels.wechat_pay import signing, sim_bills
from checkstand_channels.wechat_pay.sim_messages import refund_answer, transaction_content

MAX_REFUNDS: Final = 50
REFUND_TAKES: Final = timedelta(seconds=2)
OPEN_FOR: Final = timedelta(days=7)  # without time_expire


def refusal(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message})


async def pay(frame: SimulatorFrame, call: Call) -> Reply:
    problem = _order_problem(call)
    if problem:
        return problem
    params = call.params
    known = frame.state.orders.get((call.merchant, call.number))
    if known is not None:
        return await _again(frame, call, known)
    expires = params.get("time_expire")
    order = SimOrder(
        merchant=call.merchant,
        number=call.number,
        token=f"wx{secrets.token_hex(17)}",
        state="open",
        amount_minor=params["amount"]["total"],
        currency=params["amount"].get("currency", "CNY"),
        product=params["product"],
        title=params["description"],
        notify_url=params["notify_url"],
        created_at=frame.clock.now(),
        expires_at=datetime.fromisoformat(expires) if expires else frame.clock.now() + OPEN_FOR,
        extra={
            "appid": params["appid"],
            "attach": params.get("attach", ""),
            "openid": params.get("payer", {}).get("openid", ""),
            "first": _terms(params),
        },
    )
    if order.expires_at <= frame.clock.now():
        return refusal(400, "PARAM_ERROR", "time_expire不能早于当前时间")
    await frame.state.commit("order.created", order=order)
    return _created(frame, order)


async def _again(frame: SimulatorFrame, call: Call, known: SimOrder) -> Reply:
    """The number is known: the same order gives the same answer, another order is refused."""
    if frame.expire(known):
        await frame.state.commit("order.expired", order=known)
    if known.state == "paid":
        return refusal(400, "ORDERPAID", "该订单已支付")
    if known.state == "closed":
        return refusal(400, "ORDER_CLOSED", "订单已关闭")
    if known.extra["first"] != _terms(call.params):
        return refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复，参数与首次请求不一致")
    return _created(frame, known)


def _created(frame: SimulatorFrame, order: SimOrder) -> Reply:
    if order.product == "native":
        return Reply(200, {"code_url": f"weixin://wxpay/bizpayurl?pr={order.token}"})
    if order.product == "h5":
        where = f"{frame.url}/cgi-bin/mmpayweb-bin/checkmweb"
        return Reply(200, {"h5_url": f"{where}?prepay_id={order.token}&package={secrets.randbelow(10**10)}"})
    return Reply(200, {"prepay_id": order.token})


async def query(frame: SimulatorFrame, call: Call) -> Reply:
    if call.params.get("mchid") != call.merchant:
        return refusal(400, "PARAM_ERROR", "mchid与签名商户不一致")
    orders = frame.state.by_channel_no if call.params["by"] == "id" else frame.state.orders
    order = orders.get((call.merchant, call.number))
    if order is None:
        return refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    if frame.expire(order):
        await frame.state.commit("order.expired", order=order)
    return Reply(200, transaction_content(frame, order, call.extra_minor))


async def close(frame: SimulatorFrame, call: Call) -> Reply:
    """Closing an unknown or closed number is answered 204 too, as merchants report."""
    if call.params.get("mchid") != call.merchant:
        return refusal(400, "PARAM_ERROR", "mchid与签名商户不一致")
    order = frame.state.orders.get((call.merchant, call.number))
    if order is not None and order.state == "paid":
        return refusal(400, "ORDERPAID", "该订单已支付")
    if order is not None and order.state == "open":
        order.state, order.closed_at = "closed", frame.clock.now()
        await frame.state.commit("order.closed", order=order)
    return Reply(204, None)


async def refund(frame: SimulatorFrame, call: Call) -> Reply:
    params = call.params
    amount = params.get("amount")
    if not isinstance(amount, dict) or not _whole(amount.get("refund")) or not _whole(amount.get("total")):
        return refusal(400, "PARAM_ERROR", "amount.refund和amount.total必须为正整数")
    if not re.fullmatch(r"[0-9A-Za-z_\-|*@]{1,64}", call.number):
        return refusal(400, "PARAM_ERROR", "out_refund_no不合法")
    order = _order_of(frame, call)
    if order is None or order.state != "paid":
        return refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在或未支付")
    known = frame.state.refund(call.merchant, order.number, call.number)
    if known is not None:
        if known.amount_minor != amount["refund"]:
            return refusal(400, "INVALID_REQUEST", "退款金额与之前请求不一致")
        return Reply(200, refund_answer(order, known, call.extra_minor))
    if amount["total"] != order.amount_minor:
        return refusal(400, "INVALID_REQUEST", "订单金额与原订单不一致")
    if frame.state.given_back(order) + amount["refund"] > order.amount_minor:
        return refusal(400, "INVALID_REQUEST", "累计退款金额大于支付金额")
    if len(frame.state.refunds[order.key]) >= MAX_REFUNDS:
        return refusal(400, "INVALID_REQUEST", "退款次数超过上限")
    made = SimRefund(
        merchant=call.merchant,
        number=call.number,
        order=order.number,
        refund_no=frame.new_number("refund"),
        amount_minor=amount["refund"],
        state="processing",
        reason=str(params.get("reason", "")),
        notify_url=str(params.get("notify_url", "")),
        created_at=frame.clock.now(),
        due_at=frame.clock.now() + REFUND_TAKES,
    )
    await frame.state.commit("refund.accepted", order=order, refund=made)
    frame.wake()
    return Reply(200, refund_answer(order, made, call.extra_minor))


async def query_refund(frame: SimulatorFrame, call: Call) -> Reply:
    for (merchant, number), refunds in frame.state.refunds.items():
        for found in refunds:
            if merchant == call.merchant and found.number == call.number:
                return Reply(200, refund_answer(frame.state.orders[merchant, number], found, call.extra_minor))
    return refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")


async def certificates(frame: SimulatorFrame, call: Call) -> Reply:
    """The platform certificates, encrypted for this merchant; a public-key merchant has none."""
    credentials = call.credentials
    if credentials.get("public_key_id"):
        return refusal(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
    return Reply(200, {"data": [_sealed_certificate(credentials)]})


def _sealed_certificate(credentials: Credentials) -> dict[str, Any]:
    pem, nonce = credentials["sim_platform_certificate"], secrets.token_hex(6)
    return {
        "serial_no": signing.certificate_key(pem)[0],
        "effective_time": "2024-01-01T08:00:00+08:00",
        "expire_time": "2043-12-27T08:00:00+08:00",
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": signing.seal(credentials["api_v3_key"], nonce, "certificate", pem.encode()),
        },
    }


def _order_of(frame: SimulatorFrame, call: Call) -> SimOrder | None:
    if transaction_id := call.params.get("transaction_id"):
        return frame.state.by_channel_no.get((call.merchant, str(transaction_id)))
    return frame.state.orders.get((call.merchant, str(call.params.get("out_trade_no", ""))))


def _order_problem(call: Call) -> Reply | None:
    """The first thing wrong with a create request, as WeChat would put it."""
    params = call.params
    amount = params.get("amount")
    notify_url = str(params.get("notify_url", ""))
    if params.get("mchid") != call.merchant:
        return refusal(400, "PARAM_ERROR", "mchid与签名商户不一致")
    if params.get("appid") != call.credentials["appid"]:
        return refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
    if not isinstance(amount, dict) or not _whole(amount.get("total")):
        return refusal(400, "PARAM_ERROR", "amount.total必须为正整数（分）")
    if amount.get("currency", "CNY") != "CNY":
        return refusal(400, "PARAM_ERROR", "amount.currency仅支持CNY")
    if not re.fullmatch(r"[0-9A-Za-z_\-|*]{6,32}", call.number):
        return refusal(400, "PARAM_ERROR", "out_trade_no不合法")
    if not isinstance(params.get("description"), str) or not 1 <= len(params["description"].encode()) <= 127:
        return refusal(400, "PARAM_ERROR", "description不合法")
    if not _good_notify_url(notify_url):
        return refusal(400, "PARAM_ERROR", "notify_url必须为https绝对地址且不能携带参数")
    if params["product"] == "jsapi" and not params.get("payer", {}).get("openid"):
        return refusal(400, "PARAM_ERROR", "payer.openid不能为空")
    if params["product"] == "h5" and not params.get("scene_info", {}).get("h5_info", {}).get("type"):
        return refusal(400, "PARAM_ERROR", "scene_info.h5_info.type不能为空")
    return None


def _good_notify_url(url: str) -> bool:
    """https without a query; plain http only to this very machine, where a test platform runs."""
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return (parts.scheme == "https" or (parts.scheme == "http" and local)) and not parts.query and len(url) <= 256


def _terms(params: Mapping[str, Any]) -> dict[str, Any]:
    """What must be equal when a number is posted again."""
    names = ("product", "appid", "description", "amount", "notify_url", "time_expire", "payer")
    return {name: params.get(name) for name in names}


def _whole(value: Any) -> bool:
    return type(value) is int and value > 0


VERBS: Final[Mapping[str, Callable[[SimulatorFrame, Call], Awaitable[Reply]]]] = {
    "pay": pay,
    "query": query,
    "close": close,
    "refund": refund,
    "query_refund": query_refund,
    "certificates": certificates,
    "bill": sim_bills.trade_bill,
    "fund_bill": sim_bills.fund_flow_bill,
    "download": sim_bills.bill_file,
}
