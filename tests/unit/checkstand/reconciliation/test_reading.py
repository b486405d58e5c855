"""Statement files: read exactly, or refused at the line and column that is wrong."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.checkstand.reconciliation.statements import BOM, DAY, PAYEE, alipay, at, formats, line, wechat

from checkstand.kernel import CheckstandError
from checkstand.reconciliation import errors
from checkstand.reconciliation.cells import minor, units, written
from checkstand.reconciliation.formats import load_formats
from checkstand.reconciliation.model import StatementLine
from checkstand.reconciliation.reading import Reading

# From the protocol's test vectors; its SHA-1 is d4353281627d68dd6faccf7680aa2663d1b994e8.
VECTOR = """\
交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注
`2024-01-01 12:00:05,`wxd678efh567hg6787,`1900000109,`0,`,`4200000000202401010000000001,`T20240101000001,`oTEST0000000000000000000001,`NATIVE,`SUCCESS,`OTHERS,`CNY,`100.00,`0.00,`0,`0,`0.00,`0.00,`,`,`测试商品,`,`0.60000,`0.60%,`100.00,`0.00,`
`2024-01-01 13:10:00,`wxd678efh567hg6787,`1900000109,`0,`,`4200000000202401010000000001,`T20240101000001,`oTEST0000000000000000000001,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50000000002024010100000001,`R20240101000001,`30.00,`0.00,`ORIGINAL,`SUCCESS,`测试商品,`,`-0.18000,`0.60%,`0.00,`30.00,`
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额
`2,`100.00,`30.00,`0.00,`0.42000,`100.00,`30.00
"""  # noqa: E501 - a line of the file is a line here
LINES = [
    line("att_1", 10_000, 38),
    line("att_2", 250, 1, at=at(23, 59, 59)),
    line("rfd_1", 3_000, -11, kind="refund", original_no="att_1"),
]


def read(content: bytes, folder: Path, channel: str = "wechat_pay", day: date = DAY) -> list[StatementLine]:
    path = folder / "bill.csv"
    path.write_bytes(content)
    return list(Reading(path, formats(channel), day, PAYEE).lines())


def same(found: StatementLine, made: StatementLine) -> bool:
    return found._replace(line_no=0) == made


def test_the_channels_own_example_is_read(tmp_path: Path) -> None:
    found = read(BOM + VECTOR.replace("\n", "\r\n").encode(), tmp_path, day=date(2024, 1, 1))

    assert [(each.kind, each.our_no, each.gross_minor, each.fee_minor, each.line_no) for each in found] == [
        ("payment", "T20240101000001", 10_000, 60, 2),
        ("refund", "R20240101000001", 3_000, -18, 3),
    ]
    assert found[1].original_no == "T20240101000001"
    assert sum(each.net_minor for each in found) == 10_000 - 3_000 - 42


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_wechat_file_says_what_was_put_into_it(pack: object, tmp_path: Path) -> None:
    found = read(pack(wechat(LINES)), tmp_path)  # type: ignore[operator]

    assert all(same(each, made) for each, made in zip(found, LINES, strict=True))


@pytest.mark.parametrize("zipped", [True, False])
def test_an_alipay_file_says_what_was_put_into_it(zipped: bool, tmp_path: Path) -> None:
    found = read(alipay(LINES, zipped=zipped), tmp_path, "alipay")

    # A refund is listed under the trade's number; it has none of its own.
    expected = [*LINES[:2], LINES[2]._replace(channel_no="")]
    assert all(same(each, made) for each, made in zip(found, expected, strict=True))


@pytest.mark.parametrize(("channel", "made"), [("wechat_pay", wechat([])), ("alipay", alipay([]))])
def test_a_day_without_trade_is_a_result(channel: str, made: bytes, tmp_path: Path) -> None:
    assert read(made, tmp_path, channel) == []


def test_a_refund_on_its_way_is_said_to_be_so(tmp_path: Path) -> None:
    (found,) = read(wechat([LINES[2]._replace(final=False)]), tmp_path)

    assert not found.final


def test_a_refund_that_failed_moved_nothing_but_counts_in_the_totals(tmp_path: Path) -> None:
    changed = wechat(LINES).replace(b"`ORIGINAL", b"`").replace(b"`SUCCESS,`Two", b"`CHANGE,`Two")

    assert [each.kind for each in read(changed, tmp_path)] == ["payment", "payment"]


WX, ALI = wechat(LINES), alipay(LINES, zipped=False)
UNKNOWN = WX.replace("手续费,".encode(), "服务费,".encode(), 1)
BROKEN = [
    ("wechat_pay", WX[: WX.rindex("总交易单数".encode())], errors.StatementTruncated, ("bill.csv:4", "3 rows")),
    ("wechat_pay", WX[: WX.rindex(b"`3,")], errors.StatementTruncated, ("bill.csv:5", "totals")),
    ("wechat_pay", WX[: WX.index(b"`Two")], errors.StatementTruncated, ("bill.csv:2", "cells")),
    ("wechat_pay", WX[: WX.index("交易时间".encode()) + 4], errors.StatementTruncated, ("bill.csv:1",)),
    ("wechat_pay", WX[:-12], errors.StatementTruncated, ("bill.csv:6",)),
    ("wechat_pay", gzip.compress(WX)[:-20], errors.StatementTruncated, ("archive",)),
    ("wechat_pay", b"", errors.StatementTruncated, ("headings",)),
    ("wechat_pay", WX.decode("utf-8-sig").encode("gbk"), errors.StatementEncodingWrong, ("bill.csv:1", "gbk")),
    ("wechat_pay", WX.decode("utf-8-sig").encode("utf-16"), errors.StatementEncodingWrong, ("bill.csv:1", "utf-16")),
    ("alipay", ALI.decode("gbk").encode("utf-8"), errors.StatementEncodingWrong, ("bill.csv:1", "utf-8")),
    ("wechat_pay", WX.replace(b"0.28000,`102.50", b"0.28000,`102.51"), errors.StatementTotalWrong, ("bill.csv:6",)),
    ("wechat_pay", WX.replace(b"\r\n`3,", b"\r\n`4,"), errors.StatementTotalWrong, ("总交易单数", "4", "3")),
    (
        "alipay",
        ALI.replace("共102.50元".encode("gbk"), "共102.51元".encode("gbk")),
        errors.StatementTotalWrong,
        ("商家实收（元）", "102.51", "102.50"),
    ),
    (
        "alipay",
        ALI.replace("退款合计：1笔".encode("gbk"), "退款合计：2笔".encode("gbk")),
        errors.StatementTotalWrong,
        ("count",),
    ),
    ("alipay", ALI[: ALI.index("#退款合计".encode("gbk"))], errors.StatementTruncated, ("1 line(s) of totals",)),
    ("wechat_pay", WX.replace(b"`0.38000", b"`0,38"), errors.StatementMalformed, ("bill.csv:2", "手续费", "0,38")),
    ("wechat_pay", WX.replace(b"12:00:00", b"25:00:00"), errors.StatementMalformed, ("bill.csv:2", "交易时间")),
    (
        "wechat_pay",
        WX.replace(b"`SUCCESS,`,`CNY", b"`MAYBE,`,`CNY", 1),
        errors.StatementMalformed,
        ("bill.csv:2", "交易状态", "MAYBE"),
    ),
    ("alipay", ALI.replace(b"-30.00\t", b"30.00\t"), errors.StatementMalformed, ("bill.csv:8", "wrong sign")),
    ("wechat_pay", UNKNOWN, errors.StatementFormatUnknown, ("bill.csv:1", "手续费", "服务费")),
    (
        "wechat_pay",
        WX.replace(PAYEE.encode(), b"1900000999"),
        errors.StatementForeign,
        ("bill.csv:2", "商户号", "1900000999"),
    ),
    ("wechat_pay", WX.replace(b"2026-11-20", b"2026-11-19"), errors.StatementForeign, ("bill.csv:2", "2026-11-19")),
]


@pytest.mark.parametrize(
    ("channel", "content", "error", "said"), BROKEN, ids=[f"{n}-{b[2].code}" for n, b in enumerate(BROKEN)]
)
def test_a_damaged_file_is_refused_at_its_place(
    channel: str, content: bytes, error: type[CheckstandError], said: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        read(content, tmp_path, channel)

    assert [each for each in said if each not in caught.value.detail] == []


def test_every_cut_of_a_file_is_noticed(tmp_path: Path) -> None:
    whole = wechat(LINES)
    for end in range(0, len(whole) - 3, 7):  # all but the last figure's end and the line end, which carry nothing
        with pytest.raises(CheckstandError):
            read(whole[:end], tmp_path)


@given(st.integers(-(10**12), 10**12))
def test_an_amount_is_read_as_it_is_written(value: int) -> None:
    assert units(written(value)) == value


@pytest.mark.parametrize("text", ["", "-", "1,5", "1e3", " 1", "٣", "1.123456", "--1", "1.-2"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        units(text)


@pytest.mark.parametrize(
    ("text", "fen"), [("0.005", 0), ("0.015", 2), ("0.01501", 2), ("-0.005", 0), ("-0.015", -2), ("0.60000", 60)]
)
def test_fees_are_rounded_half_to_even(text: str, fen: int) -> None:
    assert minor(units(text)) == fen


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at: 完成时间", "at: 结束时间", "no column '结束时间'"),
        ("交易: payment", "交易: income", "unknown kind 'income'"),
        (", fee: 服务费（元）}", "}", "lacks 'fee'"),
        ("encoding: gbk", "coding: gbk", "KeyError at 'encoding'"),
        ("our_no: 退款批次号/请求号, original_no: 商户订单号", "original_no: 商户订单号", "no number to match by"),
    ],
)
def test_a_format_that_contradicts_itself_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    declared = Path("channels/checkstand_channels/alipay/statement.yaml").read_text()
    assert old in declared
    (tmp_path / "statement.yaml").write_text(declared.replace(old, new))

    with pytest.raises(errors.FormatInvalid) as caught:
        load_formats(tmp_path / "statement.yaml")

    assert said in caught.value.detail
