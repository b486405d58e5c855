"""The bills of the simulators against the protocol sheets, and against the readers that use them."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from hashlib import sha1
from pathlib import Path

import pytest
from tests.unit.checkstand.reconciliation.statements import formats

from checkstand.channel.simulator.bills import Bill, Movement
from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand.reconciliation import errors
from checkstand.reconciliation.reading import Reading
from checkstand_channels.alipay import sim_bills as alipay
from checkstand_channels.wechat_pay import sim_bills as wechat

DAY = date(2024, 1, 1)
CREDENTIALS = {"mchid": "1900000109", "sim_cost_ppm": "6000"}
ORDER = SimOrder(
    merchant="1900000109", number="T20240101000001", token="wx1", state="paid", amount_minor=10_000, currency="CNY",
    product="native", title="测试商品", notify_url="", created_at=datetime(2024, 1, 1, 4, 0, tzinfo=UTC),
    expires_at=datetime(2024, 1, 2, tzinfo=UTC), channel_no="4200000000202401010000000001",
    paid_at=datetime(2024, 1, 1, 4, 0, 5, tzinfo=UTC),
    extra={"appid": "wxd678efh567hg6787", "openid": "oTEST0000000000000000000001"},
)  # fmt: skip
REFUND = SimRefund(
    merchant="1900000109", number="R20240101000001", order=ORDER.number, refund_no="50000000002024010100000001",
    amount_minor=3_000, state="success", created_at=datetime(2024, 1, 1, 5, 10, tzinfo=UTC),
)  # fmt: skip
MOVEMENTS = (
    Movement(ORDER, None, datetime(2024, 1, 1, 4, 0, 5, tzinfo=UTC), 10_000, 60),
    Movement(ORDER, REFUND, REFUND.created_at, 3_000, -18),
)


def bill(*spoilt: str, lines: tuple[Movement, ...] = MOVEMENTS) -> Bill:
    return Bill("1900000109", DAY, lines, frozenset(spoilt))


def read(channel: str, content: bytes, folder: Path) -> list[tuple[str, str, int, int]]:
    path = folder / "bill"
    path.write_bytes(content)
    payee = "1900000109" if channel == "wechat_pay" else ""
    lines = Reading(path, formats(channel), DAY, payee).lines()
    return [(each.kind, each.our_no, each.gross_minor, each.fee_minor) for each in lines]


WANTED = [("payment", ORDER.number, 10_000, 60), ("refund", REFUND.number, 3_000, -18)]


def test_the_trade_bill_is_the_sheets_sample_byte_for_byte() -> None:
    content = wechat.trade(bill(), "ALL", CREDENTIALS)
    assert (len(content), sha1(content).hexdigest()) == (1126, "d4353281627d68dd6faccf7680aa2663d1b994e8")


@pytest.mark.parametrize(("kind", "wanted"), [("ALL", WANTED), ("SUCCESS", WANTED[:1]), ("REFUND", WANTED[1:])])
def test_each_trade_bill_is_read_by_the_declared_formats(
    kind: str, wanted: list[tuple[str, str, int, int]], tmp_path: Path
) -> None:
    assert read("wechat_pay", wechat.trade(bill(), kind, CREDENTIALS), tmp_path) == wanted


def test_alipays_zip_has_gbk_names_its_frame_and_is_read_by_the_declared_format(tmp_path: Path) -> None:
    content = alipay.packed(bill(), "trade")

    with zipfile.ZipFile(io.BytesIO(content), metadata_encoding="gbk") as archive:
        names = archive.namelist()
        detail = archive.read(names[0]).decode("gbk").split("\r\n")
    assert names == [f"{alipay.USER}_20240101_业务明细.csv", f"{alipay.USER}_20240101_业务明细(汇总).csv"]
    assert detail[:4] == [
        "#支付宝业务明细查询",
        "#账号：[20880000000000000156]",
        "#起始日期：[2024年01月01日 00:00:00]   终止日期：[2024年01月02日 00:00:00]",
        "#-----------------------------------------业务明细列表----------------------------------------",
    ]
    assert detail[-5:-1] == [
        "#-----------------------------------------业务明细列表结束------------------------------------",
        "#交易合计：1笔，商家实收共100.00元，商家优惠共0.00元",
        "#退款合计：1笔，商家实收退款共-30.00元，商家优惠退款共0.00元",
        "#导出时间：[2024年01月02日 09:30:00]",
    ]
    assert detail[5].startswith("4200000000202401010000000001\t,T20240101000001\t,交易\t,")
    assert read("alipay", content, tmp_path) == WANTED


def test_a_bill_without_lines_is_a_bill(tmp_path: Path) -> None:
    assert read("alipay", alipay.packed(bill(lines=()), "trade"), tmp_path) == []
    assert read("wechat_pay", wechat.trade(bill(lines=()), "ALL", CREDENTIALS), tmp_path) == []


def test_the_fund_flow_and_the_account_detail_have_fees_as_movements_of_their_own() -> None:
    flow = wechat.fund_flow(bill(), "BASIC", CREDENTIALS).decode("utf-8-sig").split("\r\n")
    with zipfile.ZipFile(io.BytesIO(alipay.packed(bill(), "signcustomer")), metadata_encoding="gbk") as archive:
        names = archive.namelist()
        detail = archive.read(names[0]).decode("gbk").split("\r\n")

    assert flow[0] == ",".join(wechat.FLOW)
    assert flow[-2] == "`4,`2,`100.18,`2,`30.60"
    assert flow[4].split(",`")[7] == "69.58"
    assert names[0].endswith("_账务明细.csv")
    assert [row.split("\t,")[10] for row in detail[5:9]] == ["在线支付", "收费", "交易退款", "收费"]
    assert detail[-4:-2] == ["#支出合计：2笔，共-30.60元", "#收入合计：2笔，共100.18元"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("bill_truncated", errors.StatementTruncated),
        ("bill_total", errors.StatementTotalWrong),
        ("bill_encoding", errors.StatementEncodingWrong),
    ],
)
@pytest.mark.parametrize("channel", ["wechat_pay", "alipay"])
def test_a_spoilt_bill_is_refused_for_what_is_wrong_with_it(
    channel: str, fault: str, error: type[Exception], tmp_path: Path
) -> None:
    spoilt = bill(fault)
    if channel == "alipay":
        content = alipay.packed(spoilt, "trade")
    else:
        content = wechat.spoil(wechat.trade(spoilt, "ALL", CREDENTIALS), spoilt.spoilt)
    with pytest.raises(error):
        read(channel, content, tmp_path)


def test_a_failed_refund_moves_no_money() -> None:
    fields = {name: getattr(REFUND, name) for name in REFUND.__struct_fields__}
    failed = Movement(ORDER, SimRefund(**{**fields, "state": "failed"}), REFUND.created_at, 3_000, -18)
    assert (failed.net_minor, MOVEMENTS[1].net_minor) == (0, -2_982)
