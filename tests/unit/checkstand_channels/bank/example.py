"""The batch, the account and the files of tests/vectors/bank."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from checkstand.channel.payouts import PayoutBatch, PayoutOrder, StatementRequest
from checkstand.channel.port import ChannelAccount
from checkstand.kernel import Money

VECTORS = Path("tests/vectors/bank")
PAYOUTS = (VECTORS / "payouts.pain.001.xml").read_bytes()
REPORT = (VECTORS / "report.pain.002.xml").read_bytes()
STATEMENT = (VECTORS / "statement.camt.053.xml").read_bytes()
RETURNS = (VECTORS / "returns.camt.054.xml").read_bytes()
AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = date(2026, 3, 2)
ACCOUNT = ChannelAccount(
    "ten_lantern",
    "cha_vectors",
    "bank",
    "test",
    "https://bank.invalid",
    1,
    {
        "customer_id": "C0000000001",
        "account_no": "0200000000000000001",
        "account_name": "测试商户备付金账户",
        "bank_code": "102100099996",
    },
)
ORDERS = (
    PayoutOrder("pyo_1", Money(994000, "CNY"), "灯笼书店", "6222020000000000011", "102100000021", "结算 2026-03-01"),
    PayoutOrder(
        "pyo_2",
        Money(50000, "CNY"),
        "Tea & Coffee <Lane>",
        "6222020000000000029",
        "105100000017",
        "Settlement 2026-03-01",
    ),
    PayoutOrder("pyo_3", Money(1, "CNY"), "钱塘文具", "6222020000000000037", "103100000026", "结算 2026-03-01"),
)


def batch(*orders: PayoutOrder, **changes: Any) -> PayoutBatch:
    values = {"account": ACCOUNT, "batch_no": "bat_20260301_1", "made_at": AT, "executes_on": DAY, "now": AT, **changes}
    return PayoutBatch(orders=orders or ORDERS, **values)


def request(**changes: Any) -> StatementRequest:
    return StatementRequest(**{"account": ACCOUNT, "day": DAY, "now": AT, **changes})
