"""Many units of an experiment at once, as rows: what hundreds of visits would leave, without making them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from checkstand.accounting import WriteSet
from checkstand.app.experiments.measure import Which
from checkstand.app.platform import Platform
from checkstand.cashier.store import cashier_session
from checkstand.experiment import experiment_exposure
from checkstand.infra.ops import Insert, Op
from checkstand.kernel import new_id
from checkstand.payment import payment


class Stage(Protocol):
    @property
    def platform(self) -> Platform: ...


def plant(
    stage: Stage,
    which: Which,
    arms: Mapping[str, tuple[int, int]],
    *,
    at: datetime,
    prefix: str = "",
    exposed: bool = True,
    refunded: Mapping[str, int] | None = None,
) -> None:
    """Arm → (units, how many of them paid). Units of the same prefix, or of the same arm, are the same ones."""
    ops: list[Op] = []
    for arm, (units, paid) in arms.items():
        for n in range(units):
            ops += _visit(which, arm, f"{prefix or arm}-{n}", at + timedelta(seconds=n), exposed, n < paid,
                          n < (refunded or {}).get(arm, 0))  # fmt: skip
    stage.platform.poster.commit(WriteSet(ops=ops))


def _visit(which: Which, arm: str, unit: str, at: datetime, exposed: bool, paid: bool, refunded: bool) -> list[Op]:
    session_id, order_id = new_id("cs"), new_id("ord")
    owner = {"tenant_id": which.tenant_id, "mode": which.mode, "session_id": session_id, "order_id": order_id}
    amount = {"amount_minor": 1000, "currency": "CNY"}
    session: dict[str, Any] = dict.fromkeys((column.name for column in cashier_session.columns), "")
    session |= {
        **owner, **amount, "token": new_id("tok"), "scenario_id": which.scenario_id, "assignments": {}, "units": {},
        "context": {"shopper.id": unit}, "metadata": {}, "status": "complete" if paid else "open", "version": 1,
        "challenged": False, "viewed_at": at, "expires_at": at, "created_at": at, "return_url": None,
    }  # fmt: skip
    ops: list[Op] = [Insert(cashier_session, session)]
    if exposed:
        row = {
            "tenant_id": which.tenant_id, "experiment_id": which.experiment_id, "session_id": session_id,
            "scenario_id": which.scenario_id, "variation_id": arm, "exposed_at": at, "mode": which.mode,
            "unit_id": unit, "render_ms": 5 + len(session_id) % 3,
        }  # fmt: skip
        ops.append(Insert(experiment_exposure, row))
    if paid:
        row = {
            **owner, **amount, "payment_id": new_id("pay"), "transaction_id": "", "method_id": "wx",
            "method_type": "wechat_pay", "status": "SUCCEEDED", "version": 1, "captured_minor": 1000,
            "refund_reserved_minor": 500 * refunded, "refunded_minor": 500 * refunded, "fee_minor": 0,
            "fee_refunded_minor": 0, "routes": [], "decisions": [], "evidence": {}, "reason": None,
            "paid_at": at + timedelta(seconds=30), "created_at": at,
        }  # fmt: skip
        ops.append(Insert(payment, row))
    return ops
