"""Sample sessions in every state: for previews, screenshots and tests. No database, no scenario file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from checkstand.cashier import PaymentView, SessionView
from checkstand.channel import MethodType, Registry
from checkstand.channel.port import Action, InvokeAction, QrAction, RedirectAction
from checkstand.kernel import Money
from checkstand.scenario.plan import (
    ConsentPlan,
    FeePlan,
    FieldPlan,
    FormPlan,
    MethodPlan,
    Plan,
    RiskPlan,
    RoutePlan,
    ThemePlan,
    Timeouts,
)

NOW: Final = datetime(2026, 11, 21, 10, 18, tzinfo=UTC)
AMOUNT: Final = Money(25800, "CNY")

_QR: Final = QrAction("weixin://wxpay/bizpayurl?pr=q8Xm2Lr", NOW + timedelta(minutes=13))
_REDIRECT: Final = RedirectAction("https://channel.example/gateway.do?trade=2026112122001")
_INVOKE: Final = InvokeAction(
    "wechat_mini_program", {"timeStamp": "1795256280", "package": "prepay_id=wx21", "signType": "RSA"}
)

# page state → (session status, order status, payment status, attempt status, action, method)
STATES: Final[Mapping[str, tuple[str, str, str | None, str | None, Action | None, str]]] = {
    "choose": ("open", "CREATED", None, None, None, ""),
    "blocked": ("open", "CREATED", None, None, None, ""),
    "errors": ("open", "CREATED", None, None, None, ""),
    "review": ("open", "CREATED", None, None, None, ""),
    "confirm": ("open", "CREATED", None, None, None, ""),
    "qr": ("open", "PAYING", "PROCESSING", "ACCEPTED", _QR, "wx"),
    "qr_over": ("open", "PAYING", "PROCESSING", "ACCEPTED", replace(_QR, expires_at=NOW - timedelta(minutes=1)), "wx"),
    "redirect": ("open", "PAYING", "PROCESSING", "ACCEPTED", _REDIRECT, "ali"),
    "invoke": ("open", "PAYING", "PROCESSING", "ACCEPTED", _INVOKE, "wx"),
    "waiting": ("open", "PAYING", "PROCESSING", "ACCEPTED", None, "ali"),
    "closing": ("open", "PAYING", "CLOSING", "CLOSING", None, "wx"),
    "unknown": ("open", "PAYING", "PROCESSING", "UNKNOWN", None, "ali"),
    "failed": ("open", "PAYING", "FAILED", "FAILED", None, "ali"),
    "paid": ("complete", "PAID", "SUCCEEDED", "SUCCEEDED", None, "wx"),
    "part_refunded": ("complete", "PART_REFUNDED", "SUCCEEDED", "SUCCEEDED", None, "wx"),
    "refunded": ("complete", "REFUNDED", "SUCCEEDED", "SUCCEEDED", None, "wx"),
    "expired": ("expired", "CLOSED", None, None, None, ""),
    "closed": ("open", "CLOSED", None, None, None, ""),
}


def sample_view(
    form: str = "full_screen", terminal: str = "pc", locale: str = "en", page_state: str = "choose", **changes: Any
) -> SessionView:
    """One visit of Mei to Lantern Books in this state; `changes` replace fields of the view."""
    session, order, payment, attempt, action, method = STATES[page_state]
    view = SessionView(
        tenant_id="tnt_lantern",
        session_id="cs_01sample",
        token="sample",  # noqa: S106 - nothing can be paid with it
        mode="test",
        status=session,
        plan=sample_plan(form),
        version="3f9c1c6f2b1e4d7a9c0b5e8d7f6a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a",
        merchant_name=_in(locale, "Lantern Books", "灯笼书店", "مكتبة الفانوس"),
        order_no="LB-20261121-0042",
        title=_in(locale, "Two books and a bookmark", "图书两册与书签", "كتابان وفاصل كتب"),
        lines=(
            {"name": _in(locale, "The Paper Lamp", "纸灯", "مصباح الورق"), "quantity": 1, "amount_minor": 12800},
            {"name": _in(locale, "Rivers at Night", "夜航的河", "أنهار الليل"), "quantity": 1, "amount_minor": 11000},
            {"name": _in(locale, "Bookmark", "书签", "فاصل كتب"), "quantity": 2, "amount_minor": 2000},
        ),
        amount=AMOUNT,
        order_status=order,
        context={"amount": AMOUNT.minor, "currency": "CNY", "terminal": terminal, "shopper.tier": "regular"},
        terminal=terminal,
        locale=locale,
        form=form,
        created_at=NOW - timedelta(minutes=2),
        expires_at=NOW + timedelta(minutes=13),
        return_url="https://shop.example/orders/LB-20261121-0042",
        now=NOW,
        balance_minor=18050,
        payments=(_payment(payment, attempt, action, method, order),) if payment else (),
        method_types=sample_types(),
        risk_effect="block" if page_state == "blocked" else None,
    )
    return replace(view, **changes)


def sample_plan(form: str = "full_screen", /, **changes: Any) -> Plan:
    """A plan with every kind of method, field and agreement."""
    plan = Plan(
        scenario_id="sample",
        content_hash="3f9c1c6f2b1e4d7a",
        owner="lantern-books",
        name={"en": "Sample", "zh-CN": "示例"},
        description={},
        labels={},
        mode="payment",
        flow="instant",
        terminals=("pc", "h5", "mini_program", "ios", "android"),
        form=FormPlan(form, {}, "never", 0, "pay"),
        currency="CNY",
        min_minor=1,
        max_minor=10_000_000,
        methods=_methods(form),
        fields=_fields(form),
        consents=(
            ConsentPlan("terms", "terms", True, "https://shop.example/terms"),
            *((ConsentPlan("suitability", "suitability", True, None),) if form == "regulatory" else ()),
        ),
        rules=(),
        risk=RiskPlan("enforce", ()),
        experiments=(),
        theme=ThemePlan("auto", {"color_primary": "#1d4f91"}, None),
        default_locale="zh-CN",
        locales=("zh-CN", "en", "ar"),
        copy=_COPY,
        timeouts=Timeouts(5400, 900, 2, 60, 10),
        return_url="https://shop.example/orders/{order_no}",
        notify_url=None,
        late_success="refund",
        settlement_cycle="T+1",
        fee=FeePlan(6000, 1, "merchant"),
        allowed_origins=("https://shop.example",),
        disclosures=("disclosure_product", "disclosure_cooling") if form == "regulatory" else (),
        budget_first_load_bytes=30000,
        document={},
    )
    return replace(plan, **changes)


@cache
def sample_types() -> Mapping[str, MethodType]:
    """The installed method types; terminals and currencies opened, so that a sample shows all of them."""
    types = Registry.load().method_types()
    everywhere = frozenset({"pc", "h5", "mini_program", "ios", "android"})
    return {name: replace(kind, terminals=everywhere) for name, kind in types.items()}


def _methods(form: str) -> tuple[MethodPlan, ...]:
    def method(method_id: str, kind: str, display: str, order: int, **more: Any) -> MethodPlan:
        values: dict[str, Any] = {"preselect": False, "fallback": False, "when": None, "strategy": "priority"}
        values |= {"routes": (RoutePlan(kind),), "failover": False, "label": {}, "hint": {}, **more}
        return MethodPlan(id=method_id, type=kind, display=display, order=order, **values)

    hint = {
        "en": "Cards and wallets",
        "zh-CN": "余额、花呗或银行卡",
        "ar": "البطاقات والمحافظ",
    }
    first = "regular" if form in {"regulatory", "popup"} else "instant"
    return (
        method(
            "fast", "alipay", first, 5, label={"en": "Alipay Express", "zh-CN": "支付宝快捷", "ar": "علي باي السريع"}
        )
        if first == "instant"
        else method(
            "ali2",
            "alipay",
            "folded",
            40,
            label={"en": "Alipay on another phone", "zh-CN": "支付宝（其他手机）", "ar": "علي باي من هاتف آخر"},
        ),
        method("wx", "wechat_pay", "regular", 10, preselect=True),
        method("ali", "alipay", "regular", 20, hint=hint),
        method("bal", "balance", "folded" if first == "instant" else "regular", 30),
    )


def _fields(form: str) -> tuple[FieldPlan, ...]:
    title = FieldPlan(
        "invoice_title",
        "text",
        {"en": "Invoice title", "zh-CN": "发票抬头", "ar": "عنوان الفاتورة"},
        {"en": "Name of a person or company", "zh-CN": "个人姓名或公司名称", "ar": "اسم شخص أو شركة"},
        "optional",
        (),
        None,
        60,
    )
    if form != "regulatory":
        return (title,) if form != "popup" else ()
    name = {"en": "Full name", "zh-CN": "真实姓名", "ar": "الاسم الكامل"}
    number = {"en": "Identity number", "zh-CN": "证件号码", "ar": "رقم الهوية"}
    why = {"en": "Required by law for this product", "zh-CN": "依法须核验实名信息", "ar": "يشترطه القانون لهذا المنتج"}
    return (
        FieldPlan("real_name", "real_name", name, {}, "required", (), None, 50),
        FieldPlan("id_number", "id_number", number, why, "required", (), None, 20),
    )


def _payment(status: str, attempt: str | None, action: Action | None, method: str, order: str) -> PaymentView:
    returned = {"REFUNDED": AMOUNT.minor, "PART_REFUNDED": 2000}.get(order, 0)
    return PaymentView(
        payment_id="pay_01jd8q6z3v5w7x9y2a4b6c8d0e",
        status=status,
        method_id=method,
        amount=AMOUNT,
        created_at=NOW - timedelta(seconds=40),
        paid_at=NOW - timedelta(seconds=5) if status == "SUCCEEDED" else None,
        attempt_id="att_01sample",
        attempt_status=attempt,
        action=action,
        reason="insufficient_funds" if status == "FAILED" else None,
        simulator_url="/sim/sample",
        refunded=Money(returned, "CNY"),
        channel_no="4200002026112100001" if status == "SUCCEEDED" else None,
    )


def _in(locale: str, en: str, zh: str, ar: str) -> str:
    return {"zh": zh, "ar": ar}.get(locale[:2], en)


_COPY: Final = {
    "en": {
        "terms": "I have read and agree to the terms of sale.",
        "suitability": "I have received the key facts document and it suits my needs.",
        "disclosure_product": "This accident insurance is underwritten by Harbour Mutual. Cover begins the next day.",
        "disclosure_cooling": "You may cancel within 15 days of receiving the policy and get everything back.",
    },
    "zh-CN": {
        "terms": "我已阅读并同意《销售条款》。",
        "suitability": "我已收到产品说明书，并确认本产品符合我的需求。",
        "disclosure_product": "本产品为意外伤害保险，由海港相互保险社承保，自付款次日零时起生效。",
        "disclosure_cooling": "您可在收到保险合同之日起 15 日内解除合同，我们将退还全部保费。",
    },
    "ar": {
        "terms": "قرأت شروط البيع وأوافق عليها.",
        "suitability": "استلمت وثيقة الحقائق الأساسية وهذا المنتج يناسب احتياجاتي.",
        "disclosure_product": "هذا المنتج تأمين ضد الحوادث. تبدأ التغطية عند الساعة 00:00 من اليوم التالي للدفع.",
        "disclosure_cooling": "يمكنك الإلغاء خلال 15 يومًا من استلام الوثيقة واسترداد كل ما دفعته.",
    },
}
