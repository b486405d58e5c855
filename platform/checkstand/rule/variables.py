"""The variables a condition may name. Declared once, flat, for every scenario of the platform.

A variable nobody filled in has its default. Each default is the cautious reading of "we do not
know": a shopper without a history is a guest of age zero, from an unknown country.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from checkstand.kernel.money import EXPONENTS, MAX_MINOR

# ISO 3166-1 alpha-2; ZZ is the code that ISO leaves to users, here: country unknown.
_ISO_3166 = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ZZ
"""
COUNTRIES: Final = tuple(_ISO_3166.split())
TERMINALS: Final = ("pc", "h5", "mini_program", "ios", "android")
TIERS: Final = ("guest", "new", "regular", "vip")
WEBVIEWS: Final = ("none", "wechat", "alipay", "other")
LONGEST_TEXT: Final = 128  # of a text without a list of values, in characters


@dataclass(frozen=True, slots=True)
class Variable:
    """One name of the rule language. `values` closes an enum, `low` and `high` bound an integer."""

    name: str
    type: Literal["int", "string", "bool"]
    default: int | str | bool
    doc: Mapping[str, str]  # locale → one sentence
    values: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    per_method: bool = False  # has one value per method of the page, not one per session

    def refuses(self, value: object) -> str | None:
        """What is wrong with this value, in one sentence; None when the variable can have it."""
        if self.type == "int":
            if type(value) is not int:
                return f"{self.name} must be a whole number"
            inside = self.low <= value <= self.high
            return None if inside else f"{self.name} must be from {self.low} to {self.high}"
        if self.type == "bool":
            return None if isinstance(value, bool) else f"{self.name} must be true or false"
        if not isinstance(value, str):
            return f"{self.name} must be a text"
        if len(value) > LONGEST_TEXT:
            return f"{self.name} must have at most {LONGEST_TEXT} characters"
        if self.values and value not in self.values:
            return (
                f"{self.name} must be one of {', '.join(self.values)}"
                if len(self.values) <= 8
                else f"{self.name} is unknown"
            )
        return None


_ALL: Final = (
    Variable(
        "amount",
        "int",
        default=0,
        high=MAX_MINOR,
        doc={"en": "the order's amount in minor units (fen, cents)", "zh-CN": "订单金额，最小货币单位（分）"},
    ),
    Variable(
        "currency",
        "string",
        default="CNY",
        values=tuple(EXPONENTS),
        doc={"en": "ISO 4217 code of the amount", "zh-CN": "金额的 ISO 4217 货币代码"},
    ),
    Variable(
        "shopper.id",
        "string",
        default="",
        doc={"en": "the business unit's id of the shopper; empty for a guest", "zh-CN": "业务方的用户编号，游客为空"},
    ),
    Variable(
        "shopper.country",
        "string",
        default="ZZ",
        values=COUNTRIES,
        doc={"en": "ISO 3166 country of the shopper; ZZ when unknown", "zh-CN": "用户所在国家代码，未知为 ZZ"},
    ),
    Variable(
        "shopper.tier",
        "string",
        default="guest",
        values=TIERS,
        doc={"en": "how well the business knows the shopper", "zh-CN": "用户等级"},
    ),
    Variable(
        "shopper.real_name",
        "bool",
        default=False,
        doc={"en": "whether the shopper's real name was verified", "zh-CN": "是否已实名认证"},
    ),
    Variable(
        "shopper.risk",
        "int",
        default=0,
        high=100,
        doc={"en": "the business unit's own risk score, 0 (none) to 100", "zh-CN": "业务方的风险分，0 到 100"},
    ),
    Variable(
        "shopper.age_days",
        "int",
        default=0,
        high=100_000,
        doc={"en": "days since the shopper registered", "zh-CN": "注册天数"},
    ),
    Variable(
        "terminal",
        "string",
        default="pc",
        values=TERMINALS,
        doc={"en": "where the checkout is shown", "zh-CN": "终端"},
    ),
    Variable(
        "order.category",
        "string",
        default="",
        doc={"en": "what is sold, in the business unit's own words", "zh-CN": "订单品类，由业务方定义"},
    ),
    Variable(
        "method",
        "string",
        default="",
        per_method=True,
        doc={"en": "type of the payment method being judged, like wechat_pay", "zh-CN": "正在判断的支付方式类型"},
    ),
    Variable(
        "hour",
        "int",
        default=0,
        high=23,
        doc={"en": "hour of the day in China (UTC+8), 0 to 23", "zh-CN": "北京时间的小时，0 到 23"},
    ),
    Variable(
        "device.webview",
        "string",
        default="none",
        values=WEBVIEWS,
        doc={"en": "the app whose built-in browser shows the page", "zh-CN": "页面所在应用的内置浏览器"},
    ),
)

VARIABLES: Final[Mapping[str, Variable]] = MappingProxyType({variable.name: variable for variable in _ALL})
DEFAULTS: Final[Mapping[str, int | str | bool]] = MappingProxyType({v.name: v.default for v in _ALL})
