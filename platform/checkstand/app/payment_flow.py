"""Which flow of the payment protocol a payment takes: what is sold and how it is paid select the rule pack."""

from __future__ import annotations

from checkstand.accounting.protocol import current
from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario.plan import Plan


class FlowMissing(CheckstandError):
    """Without a pack nobody knows what to book, so no payment begins."""

    code = "protocol.no_flow"
    kind = Kind.CONFLICT
    message = "The payment protocol has no flow for this product and this way to pay."
    remedy = "Add a rule pack that serves both (docs/recipes/write-a-rule-pack.md), then restart."


def flow_id_of(plan: Plan, method_type: str, *, composite: bool) -> str:
    """The flow (`F1`) of this product code and payment code; it is stored with the payment."""
    product = "recharge" if plan.mode == "recharge" else f"pay.{plan.flow}"
    paid_by = "composite" if composite else "balance" if method_type == "balance" else "channel"
    flow = current().flow_of(product, paid_by)
    if flow is None:
        raise FlowMissing(f"no rule pack serves product {product} with payment {paid_by}")
    return flow.flow_id
