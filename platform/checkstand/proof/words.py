"""An order in words: `amount ¥5,000.01, new shopper, on H5 at 23:00`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from checkstand.proof.model import Value, Witness
from checkstand.rule.phrases import amount_words, spoken

# Variable → its value, else any value (`{}`), as a part of one list; fmt: off keeps the languages side by side.
# fmt: off
_PARTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "amount": {"*": {"en": "amount {}", "zh-CN": "金额 {}"}},
    "shopper.tier": {
        "guest": {"en": "guest", "zh-CN": "访客"},
        "new": {"en": "new shopper", "zh-CN": "新客"},
        "regular": {"en": "regular shopper", "zh-CN": "常客"},
        "vip": {"en": "VIP shopper", "zh-CN": "贵宾"},
    },
    "shopper.id": {
        "": {"en": "shopper without an id", "zh-CN": "无用户编号"},
        "*": {"en": 'shopper "{}"', "zh-CN": "用户 “{}”"},
    },
    "shopper.country": {
        "ZZ": {"en": "country unknown", "zh-CN": "国家未知"},
        "*": {"en": "from {}", "zh-CN": "来自 {}"},
    },
    "shopper.real_name": {
        "True": {"en": "real name verified", "zh-CN": "已实名"},
        "False": {"en": "real name not verified", "zh-CN": "未实名"},
    },
    "shopper.risk": {"*": {"en": "risk score {}", "zh-CN": "风险分 {}"}},
    "shopper.age_days": {
        "1": {"en": "registered 1 day ago", "zh-CN": "注册 1 天"},
        "*": {"en": "registered {} days ago", "zh-CN": "注册 {} 天"},
    },
    "order.category": {
        "": {"en": "no category", "zh-CN": "无品类"},
        "*": {"en": 'category "{}"', "zh-CN": "品类 “{}”"},
    },
    "currency": {"*": {"en": "currency {}", "zh-CN": "币种 {}"}},
    "device.webview": {
        "none": {"en": "in an ordinary browser", "zh-CN": "普通浏览器"},
        "wechat": {"en": "inside WeChat", "zh-CN": "微信内"},
        "alipay": {"en": "inside Alipay", "zh-CN": "支付宝内"},
        "other": {"en": "inside another app", "zh-CN": "其他应用内"},
    },
    "terminal": {
        "pc": {"en": "on a computer", "zh-CN": "电脑端"},
        "h5": {"en": "on H5", "zh-CN": "H5"},
        "mini_program": {"en": "in a mini-program", "zh-CN": "小程序"},
        "ios": {"en": "in the iOS app", "zh-CN": "iOS 应用"},
        "android": {"en": "in the Android app", "zh-CN": "安卓应用"},
    },
    "hour": {"*": {"en": "at {}:00", "zh-CN": "{} 点"}},
}
# fmt: on
_SHOWN: Final = 40  # characters of a text


def order_words(witness: Witness, locale: str = "en") -> str:
    """What matters of this order, in one line."""
    order, language = witness.order, spoken(locale)
    parts = {name: _part(name, order, language) for name in _PARTS if name in witness.told}
    joined = ("，" if language == "zh-CN" else ", ").join(words for name, words in parts.items() if name != "hour")
    hour = parts.get("hour", "")
    if not hour:
        return joined
    return f"{joined}，{hour}" if language == "zh-CN" else f"{joined} {hour}"


def _part(name: str, order: Mapping[str, Value], language: str) -> str:
    value, known = order[name], _PARTS[name]
    if str(value) in known:
        return known[str(value)][language]
    if name == "amount":
        return known["*"][language].format(amount_words(int(value), str(order["currency"]), language))
    return known["*"][language].format(_readable(str(value)))


def _readable(text: str) -> str:
    shown = "".join(each if each.isprintable() else "\ufffd" for each in text)
    return f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown
