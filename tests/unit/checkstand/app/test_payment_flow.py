"""The product code and the payment code select the flow, and without one no payment begins."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from checkstand.accounting.protocol import Protocol, current, use
from checkstand.app.payment_flow import FlowMissing, flow_id_of


def plan(flow: str = "instant", mode: str = "payment") -> Any:
    return cast(Any, SimpleNamespace(flow=flow, mode=mode))


@pytest.mark.parametrize(
    ("plan", "method", "composite", "flow"),
    [
        (plan(), "wechat_pay", False, "F1"),
        (plan(), "balance", False, "F9"),
        (plan(), "alipay", True, "F9"),
        (plan("escrow"), "alipay", False, "F2"),
        (plan("escrow"), "balance", False, "F2"),
        (plan("escrow"), "alipay", True, "F9"),
        (plan("preauth"), "balance", False, "F9"),
        (plan(mode="recharge"), "wechat_pay", False, "F3"),
    ],
)
def test_every_product_and_way_to_pay_has_its_flow(plan, method, composite, flow):
    assert flow_id_of(plan, method, composite=composite) == flow


def test_without_a_pack_nothing_begins():
    packs = current()
    use(Protocol({name: flow for name, flow in packs.flows.items() if name != "F1"}, packs.templates))
    try:
        with pytest.raises(FlowMissing, match="with payment channel"):
            flow_id_of(plan(), "wechat_pay", composite=False)
    finally:
        use(packs)
