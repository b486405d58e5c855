"""What experiments count. The names are those of the scenario schema; which way is better decides the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["share", "money", "seconds", "ms"]


@dataclass(frozen=True, slots=True)
class Metric:
    """`better` is 1 when more is better, -1 when less is."""

    better: int
    form: Form
    name: Mapping[str, str]


METRICS: Final[Mapping[str, Metric]] = {
    "paid_per_exposed": Metric(1, "share", {"en": "paid per exposed", "zh-CN": "曝光支付率"}),
    "paid_per_selected": Metric(1, "share", {"en": "paid per started", "zh-CN": "发起支付成功率"}),
    "revenue_per_exposed": Metric(1, "money", {"en": "revenue per exposed", "zh-CN": "曝光人均收入"}),
    "time_to_paid": Metric(-1, "seconds", {"en": "time to paid", "zh-CN": "支付用时"}),
    "unknown_rate": Metric(-1, "share", {"en": "unknown outcomes", "zh-CN": "结果未知率"}),
    "refund_rate": Metric(-1, "share", {"en": "refunds", "zh-CN": "退款率"}),
    "fail_rate": Metric(-1, "share", {"en": "failed payments", "zh-CN": "支付失败率"}),
    "leave_rate": Metric(-1, "share", {"en": "left without trying", "zh-CN": "未尝试支付离开率"}),
    "p95_render_ms": Metric(-1, "ms", {"en": "page render time (p95)", "zh-CN": "页面渲染耗时（p95）"}),
}
