"""Every table of the platform in one metadata: importing a store registers its tables."""

from importlib import import_module
from typing import Final

STORES: Final = (
    "checkstand.accounting.closed_days",
    "checkstand.accounting.store",
    "checkstand.cashier.store",
    "checkstand.channel.store",
    "checkstand.clearing.store",
    "checkstand.experiment.layers",
    "checkstand.experiment.memory",
    "checkstand.experiment.state",
    "checkstand.experiment.store",
    "checkstand.infra.idempotency",
    "checkstand.infra.jobs",
    "checkstand.infra.mail.store",
    "checkstand.infra.state_event",
    "checkstand.infra.webhooks.store",
    "checkstand.member.approvals",
    "checkstand.member.cards",
    "checkstand.member.enterprise",
    "checkstand.member.identities",
    "checkstand.member.keys",
    "checkstand.member.operators",
    "checkstand.member.saved_views",
    "checkstand.member.settlement_profile",
    "checkstand.member.store",
    "checkstand.member.unit_settings",
    "checkstand.monitoring.audit",
    "checkstand.monitoring.request_log",
    "checkstand.monitoring.store",
    "checkstand.order.store",
    "checkstand.payment.inbox",
    "checkstand.payment.store",
    "checkstand.reconciliation.bank_store",
    "checkstand.reconciliation.refused_store",
    "checkstand.reconciliation.store",
    "checkstand.risk.store",
    "checkstand.scenario.draft",
    "checkstand.scenario.live_request",
    "checkstand.scenario.schedule",
    "checkstand.scenario.store",
    "checkstand.settlement.batch_store",
    "checkstand.settlement.payout_store",
    "checkstand.transaction.store",
    "checkstand.transaction.transfer_store",
)


def load() -> None:
    """Import every store."""
    for name in STORES:
        import_module(name)
