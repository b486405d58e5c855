"""A day of a million payments against a statement of a million lines: read, verified, matched and judged.

Each side is streamed. `cpu_s` is what a machine that does nothing else would need, `peak_mib` what the process
needed at most beyond what it had before. Ten lines differ, so the result proves that they were compared.
Writing the items is the poster's work and is measured there.

    python -m tests.bench reconcile
    RECONCILE_LINES=100000 python -m tests.bench reconcile
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from tests.bench.engines import Engines

from checkstand.reconciliation.cells import ZONE
from checkstand.reconciliation.formats import Format, load_formats
from checkstand.reconciliation.judging import FeeTolerance, judge
from checkstand.reconciliation.matching import Matcher
from checkstand.reconciliation.model import OwnLine
from checkstand.reconciliation.reading import Reading

ROOT: Final = Path(__file__).resolve().parents[2]
DAY: Final = date(2026, 3, 1)
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=ZONE)
PLANTED: Final = 10


def reconcile(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """Seconds per step and the peak of memory."""
    count = int(os.environ.get("RECONCILE_LINES", "1000000"))
    formats = load_formats(ROOT / "channels/checkstand_channels/wechat_pay/statement.yaml")
    with tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder:
        path = Path(folder) / "bill.csv"
        _write(path, formats[0], count)
        with _Peak() as peak, Matcher() as matcher:
            begun, cpu = time.perf_counter(), time.process_time()
            matcher.load_statement(Reading(path, formats, DAY).lines())
            read = time.perf_counter()
            matcher.load_own(_ours(count))
            loaded = time.perf_counter()
            tolerance = FeeTolerance(matcher.gross_minor())
            classes = Counter(judge(pair, tolerance).item_class.value for pair in matcher.pairs())
            done, used = time.perf_counter(), time.process_time() - cpu
        size = path.stat().st_size
    expected = {"matched": count - PLANTED, "amount_diff": PLANTED}
    if classes != expected:
        raise AssertionError(f"found {dict(classes)}, planted {expected}")
    yield {
        "bench": "reconcile", "own_lines": count, "statement_lines": count, "file_mib": round(size / 2**20, 1),
        "seconds": round(done - begun, 1), "read_and_verify_s": round(read - begun, 1),
        "load_ours_s": round(loaded - read, 1), "match_and_judge_s": round(done - loaded, 1),
        "cpu_s": round(used, 1), "peak_mib": peak.mib,
    }  # fmt: skip


def _write(path: Path, chosen: Format, count: int) -> None:
    """A bill in which every hundred-thousandth or so payment is a yuan too high."""
    every, total = count // PLANTED, 0
    cells = dict.fromkeys(chosen.columns, "") | {
        "商户号": "1900000109", "特约商户号": "0", "交易类型": "NATIVE", "交易状态": "SUCCESS", "付款银行": "OTHERS",
        "货币种类": "CNY", "代金券金额": "0.00", "微信退款单号": "0", "商户退款单号": "0", "退款金额": "0.00",
        "充值券退款金额": "0.00", "商品名称": "两本小说", "手续费": "0.38000", "费率": "0.38%", "申请退款金额": "0.00",
    }  # fmt: skip
    with path.open("w", encoding=chosen.encoding, newline="\r\n") as file:
        file.write(",".join(chosen.columns) + "\n")
        for number in range(count):
            yuan = 101 if number % every == every - 1 and number // every < PLANTED else 100
            total += yuan
            at = NOON + timedelta(seconds=number % 36_000)
            cells["交易时间"] = f"{at:%Y-%m-%d %H:%M:%S}"
            cells["微信订单号"], cells["商户订单号"] = f"42{number:026}", f"att_{number:026}"
            cells["应结订单金额"] = cells["订单金额"] = f"{yuan}.00"
            file.write(",".join(f"`{cell}" for cell in cells.values()) + "\n")
        file.write(",".join(chosen.headings) + "\n")
        fees = f"{count * 38 // 100}.{count * 38 % 100:02}000"
        file.write(f"`{count},`{total}.00,`0.00,`0.00,`{fees},`{total}.00,`0.00\n")


def _ours(count: int) -> Iterator[OwnLine]:
    for number in range(count):
        at = NOON + timedelta(seconds=number % 36_000)
        yield OwnLine("payment", f"att_{number:026}", f"42{number:026}", "", 10_000, 38, "CNY", at, DAY)


class _Peak:
    """The most memory this process held meanwhile, looked at twenty times a second."""

    def __enter__(self) -> _Peak:
        self._before, self._most, self._end = _resident(), 0, Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def mib(self) -> float:
        return round((self._most - self._before) / 2**20, 1)

    def _watch(self) -> None:
        while not self._end.wait(0.05):
            self._most = max(self._most, _resident())


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
