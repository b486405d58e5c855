"""The shopper page of a simulator: a person approves, refuses or walks away. Needs no JavaScript."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from checkstand.channel.simulator import asgi
from checkstand.channel.simulator.asgi import Request, Response
from checkstand.channel.simulator.model import SimOrder
from checkstand.channel.simulator.outcomes import explain, rule_for
from checkstand.kernel import Money

if TYPE_CHECKING:
    from checkstand.channel.simulator.frame import SimulatorFrame

ACTIONS: Final = ("approve", "refuse", "abandon")

# fmt: off
WORDS: Final = {
    "zh": {
        "title": "模拟收银台", "amount": "支付金额", "merchant": "商户号", "order": "商户订单号", "goods": "商品",
        "approve": "确认付款", "refuse": "拒绝付款", "abandon": "离开",
        "paid": "支付成功", "paid_hint": "请返回您的另一台设备继续。",
        "refused": "支付未成功", "refused_by_payer": "您拒绝了这笔付款，可以重试。",
        "abandoned": "您已离开，订单仍待支付。", "closed": "订单已关闭或已过期，无法付款。", "back": "返回商户",
        "sandbox": "这是测试环境，不会发生真实扣款。", "missing": "没有这个订单。",
    },
    "en": {
        "title": "Simulated cashier", "amount": "Amount", "merchant": "Merchant number",
        "order": "Order number", "goods": "For",
        "approve": "Approve payment", "refuse": "Refuse", "abandon": "Leave",
        "paid": "Paid", "paid_hint": "Please return to your other device.",
        "refused": "Not paid", "refused_by_payer": "You refused this payment; you can try again.",
        "abandoned": "You left; the order is still waiting to be paid.",
        "closed": "This order is closed or expired and cannot be paid.", "back": "Back to the merchant",
        "sandbox": "This is a test environment; no real money moves.",
        "missing": "There is no such order.",
    },
}
# fmt: on


async def handle(frame: SimulatorFrame, request: Request, token: str) -> Response:
    """GET shows the order, POST plays what the shopper does and redirects to a page that can be reloaded."""
    order = frame.state.by_token.get(token)
    words = WORDS[_language(request)]
    if order is None:
        return asgi.html(_page(frame, None, words, _language(request), ""), 404)
    if request.method == "POST":
        return await _act(frame, order, request)
    if frame.enter(order):
        await frame.state.commit("order.scanned", order=order)
    if frame.expire(order):
        await frame.state.commit("order.expired", order=order)
    return asgi.html(_page(frame, order, words, _language(request), request.query.get("left", "")))


async def decide(frame: SimulatorFrame, order: SimOrder, action: str) -> None:
    """Play one action; the control API uses it too."""
    if frame.expire(order):
        await frame.state.commit("order.expired", order=order)
    if order.state not in ("open", "draft") or action == "abandon" or frame.clock.now() > order.expires_at:
        return
    rule = rule_for(order.amount_minor)
    if action == "approve" and rule.refused is None:
        await frame.charge(order)
        return
    order.state = "open"  # whoever acts has logged in: from now on the provider knows the order
    order.channel_no = order.channel_no or frame.new_number("order")
    order.refused = rule.refused.value if action == "approve" and rule.refused else "refused_by_payer"
    await frame.state.commit("payment.refused", order=order)


async def _act(frame: SimulatorFrame, order: SimOrder, request: Request) -> Response:
    action = request.form.get("action", "")
    if action not in ACTIONS:
        return Response(400, b"action must be approve, refuse or abandon", {"content-type": "text/plain"})
    await decide(frame, order, action)
    versions = await frame.accounts.of(order.merchant)
    if order.state == "paid" and action == "approve" and versions:
        url = frame.way_back(order, versions[0])
        if url:
            return asgi.see_other(url)
    left = "?left=1" if action == "abandon" else ""
    return asgi.see_other(f"{frame.url}/shopper/{order.token}{left}")


def _language(request: Request) -> str:
    wanted = request.query.get("lang") or request.headers.get("accept-language", "")
    return "zh" if wanted.lower().startswith("zh") else "en"


def _page(frame: SimulatorFrame, order: SimOrder | None, words: dict[str, str], lang: str, left: str) -> str:
    names = frame.manifest.names
    return (
        _templates()
        .get_template("shopper.html")
        .render(
            w=words,
            lang="zh-CN" if lang == "zh" else "en",
            channel=names["zh-CN"] if lang == "zh" else names["en"],
            order=order,
            left=bool(left),
            amount=_amount(order) if order else "",
            rule=_rule(order.amount_minor, lang) if order else "",
            payable=bool(order and order.state in ("open", "draft") and frame.clock.now() <= order.expires_at),
        )
    )


def _amount(order: SimOrder) -> str:
    decimal = Money(order.amount_minor, order.currency).decimal()
    return f"¥{decimal}" if order.currency == "CNY" else f"{order.currency} {decimal}"


def _rule(minor: int, lang: str) -> str:
    return explain(minor) if lang == "en" else f"测试环境中，尾数 .{minor % 100:02d}：{rule_for(minor).zh}。"


@cache
def _templates() -> Environment:
    loader = PackageLoader("checkstand.channel.simulator", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
