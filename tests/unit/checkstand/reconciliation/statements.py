"""Statement files as the channels write them, made from plain lines: the mirror image of the parsers under test."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Final

from checkstand.reconciliation.formats import Format, load_formats
from checkstand.reconciliation.model import StatementLine

ROOT: Final = Path(__file__).resolve().parents[4]
SHANGHAI: Final = timezone(timedelta(hours=8))
DAY: Final = date(2026, 11, 20)
PAYEE: Final = "1900000109"
BOM: Final = b"\xef\xbb\xbf"


class _GbkName(zipfile.ZipInfo):
    """A member whose name is GBK without saying so; zipfile by itself would write UTF-8 and say so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), 0


def formats(channel: str) -> tuple[Format, ...]:
    return load_formats(ROOT / "channels/checkstand_channels" / channel / "statement.yaml")


def at(hour: int = 12, minute: int = 0, second: int = 0, *, day: date = DAY) -> datetime:
    """A time of the day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


def line(our_no: str, minor: int = 10_000, fee: int = 38, *, kind: str = "payment", **more: object) -> StatementLine:
    values: dict[str, object] = {
        "channel_no": f"42{our_no}",
        "original_no": "",
        "currency": "CNY",
        "at": at(),
        "line_no": 0,
        "ordered_minor": minor,
        **more,
    }
    return StatementLine(kind=kind, our_no=our_no, gross_minor=minor, fee_minor=fee, **values)  # type: ignore[arg-type]


def yuan(minor: int, places: int = 2) -> str:
    return f"{Decimal(minor) / 100:.{places}f}"


def wechat(lines: Sequence[StatementLine], *, payee: str = PAYEE) -> bytes:
    """The trade bill with bill_type=ALL."""
    chosen = formats("wechat_pay")[0]
    rows, sums = [], dict.fromkeys(chosen.totals[0].sums, 0)
    for each in lines:
        refund = each.kind == "refund"
        cells = dict.fromkeys(chosen.columns, "")
        cells |= {
            "交易时间": f"{each.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            "商户号": payee,
            "特约商户号": "0",
            "交易状态": "REFUND" if refund else "SUCCESS",
            "货币种类": each.currency,
            "微信订单号": "" if refund else each.channel_no,
            "商户订单号": each.original_no if refund else each.our_no,
            "微信退款单号": each.channel_no if refund else "0",
            "商户退款单号": each.our_no if refund else "0",
            "退款状态": ("SUCCESS" if each.final else "PROCESSING") if refund else "",
            "商品名称": "Two novels, one map",  # values may hold commas
            "费率": "0.38%",
        }
        minors = {
            "应结订单金额": 0 if refund else each.gross_minor,
            "订单金额": 0 if refund else each.ordered_minor,
            "退款金额": each.gross_minor if refund else 0,
            "申请退款金额": each.ordered_minor if refund else 0,
            "代金券金额": 0,
            "充值券退款金额": 0,
            "手续费": each.fee_minor,
        }
        cells |= {name: yuan(minor, 5 if name == "手续费" else 2) for name, minor in minors.items()}
        for name in sums:
            sums[name] += 1 if name == "count" else minors[name]
        rows.append(",".join(f"`{cells[name]}" for name in chosen.columns))
    totals = [
        str(value) if name == "count" else yuan(value, 5 if name == "手续费" else 2) for name, value in sums.items()
    ]
    text = [",".join(chosen.columns), *rows, ",".join(chosen.headings), ",".join(f"`{each}" for each in totals)]
    return BOM + "".join(f"{each}\r\n" for each in text).encode()


def alipay(lines: Sequence[StatementLine], *, zipped: bool = True) -> bytes:
    """The business detail; a refund has no number of the channel's own."""
    chosen = formats("alipay")[0]
    rows = []
    for each in lines:
        refund = each.kind == "refund"
        sign = -1 if refund else 1
        cells = dict.fromkeys(chosen.columns, "")
        cells |= {
            "支付宝交易号": each.channel_no,
            "商户订单号": each.original_no if refund else each.our_no,
            "业务类型": "退款" if refund else "交易",
            "商品名称": "两本小说",
            "完成时间": f"{each.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            "退款批次号/请求号": each.our_no if refund else "",
            "订单金额（元）": yuan(sign * each.ordered_minor),
            "商家实收（元）": yuan(sign * each.gross_minor),
            "商家优惠（元）": "0.00",
            "服务费（元）": yuan(-each.fee_minor),
        }
        rows.append(",".join(f"{cells[name]}\t" for name in chosen.columns))
    paid = [each.gross_minor for each in lines if each.kind == "payment"]
    back = [each.gross_minor for each in lines if each.kind == "refund"]
    text = [
        "#支付宝业务明细查询",
        "#账号：[20880000000000000156]",
        f"#起始日期：[{DAY:%Y年%m月%d日} 00:00:00]",
        "#-----------------------------------------业务明细列表----------------------------------------",
        ",".join(chosen.columns),
        *rows,
        "#-----------------------------------------业务明细列表结束------------------------------------",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元",
        "#导出时间：[2026年11月21日 09:30:00]",
    ]
    content = "".join(f"{each}\r\n" for each in text).encode("gbk")
    if not zipped:
        return content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(_GbkName("20880000000000000156_20261120_业务明细.csv"), content)
    return packed.getvalue()
