"""The chart of accounts (科目表): every account code the platform may book on, as one table.

`normal` is the side on which a healthy balance stands. `guarded` accounts belong to somebody and are
locked early; `deferred` accounts belong to the system, every payment touches them, so they are locked
last and for the shortest time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AccountClass(StrEnum):
    """What the balance is to us."""

    ASSET = "asset"
    LIABILITY = "liability"
    CLEARING = "clearing"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Side(StrEnum):
    """Debit 借 or credit 贷."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def sign(self) -> int:
        """Turns a debit-positive balance into one that is positive when healthy."""
        return 1 if self is Side.DEBIT else -1


class PostingMode(StrEnum):
    """When the account is locked: before the crowd, or after it."""

    GUARDED = "guarded"
    DEFERRED = "deferred"


class LimitKind(StrEnum):
    """How far the balance may fall: not below zero, not below a floor, or wherever it goes."""

    GE0 = "ge0"
    FLOOR = "floor"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class AccountType:
    """One row of the chart: what every account with this code has in common."""

    code: str
    name: str
    name_zh: str
    account_class: AccountClass
    normal: Side
    posting_mode: PostingMode
    limit_kind: LimitKind


A, L, C, E, N, X = tuple(AccountClass)  # asset, liability, clearing, equity, iNcome, eXpense
DR, CR = Side.DEBIT, Side.CREDIT
GUARDED, DEFERRED = PostingMode.GUARDED, PostingMode.DEFERRED
GE0, NONE = LimitKind.GE0, LimitKind.NONE

# fmt: off
_ROWS: Final = (
    # code    name                                中文             class normal mode    limit
    ("1001", "Customer reserve deposit",         "客户备付金存款", A, DR, DEFERRED, NONE),
    ("1002", "Funds held at channel",            "渠道账户余额",   A, DR, DEFERRED, NONE),
    ("1101", "Channel receivable",               "应收渠道清算款", A, DR, DEFERRED, NONE),
    ("1104", "Merchant debt",                    "应收商户欠款",   A, DR, GUARDED,  GE0),
    ("1201", "Discrepancy receivable (short)",   "待处理短款",     A, DR, GUARDED,  GE0),
    ("1301", "Own funds",                        "自有资金存款",   A, DR, DEFERRED, NONE),
    ("2001", "Member balance",                   "个人会员余额",   L, CR, GUARDED,  GE0),
    ("2002", "Member balance on hold",           "会员冻结款",     L, CR, GUARDED,  GE0),
    ("2101", "Escrow",                           "担保交易款",     L, CR, GUARDED,  GE0),
    ("2102", "Merchant pending settlement",      "商户待结算",     L, CR, GUARDED,  GE0),
    ("2103", "Merchant available balance",       "商户可用余额",   L, CR, GUARDED,  GE0),
    ("2104", "Merchant deposit",                 "商户保证金",     L, CR, GUARDED,  GE0),
    ("2201", "Refunds payable",                  "应付退款",       L, CR, GUARDED,  GE0),
    ("2202", "Disputes held",                    "拒付暂扣款",     L, CR, GUARDED,  GE0),
    ("2301", "Payouts in transit",               "出款在途",       L, CR, GUARDED,  GE0),
    ("2401", "Channel fee payable",              "应付渠道手续费", L, CR, DEFERRED, NONE),
    ("2501", "Split payable",                    "应付分账款",     L, CR, GUARDED,  GE0),
    ("2601", "Unidentified receipts (long)",     "待处理长款",     L, CR, GUARDED,  GE0),
    ("2701", "Taxes payable",                    "应交税费",       L, CR, DEFERRED, NONE),
    # A payment can hand on only what came in, so the clearing account may not turn debit.
    ("2901", "Payment clearing",                 "支付过渡户",     C, CR, GUARDED,  GE0),
    ("3001", "Own capital",                      "实收资本",       E, CR, DEFERRED, NONE),
    ("4001", "Merchant service fee income",      "商户手续费收入", N, CR, DEFERRED, NONE),
    ("4002", "Withdrawal fee income",            "提现手续费收入", N, CR, DEFERRED, NONE),
    ("4009", "Other income",                     "营业外收入",     N, CR, DEFERRED, NONE),
    ("5001", "Channel fee cost",                 "渠道手续费成本", X, DR, DEFERRED, NONE),
    ("5002", "Losses on discrepancies",          "差错损失",       X, DR, DEFERRED, NONE),
    ("5003", "Marketing subsidy",                "营销补贴",       X, DR, GUARDED,  GE0),
)
# fmt: on

CHART: Final[Mapping[str, AccountType]] = {row[0]: AccountType(*row) for row in _ROWS}

# Money on its way from one place to another; each must be back at zero when its object is finished.
IN_TRANSIT: Final = ("2901", "2201", "2202", "2301")
