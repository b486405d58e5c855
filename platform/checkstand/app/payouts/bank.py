"""The bank account through which a business unit's money can leave."""

from __future__ import annotations

from sqlalchemy import Connection

from checkstand.app.platform import Platform
from checkstand.channel import store as channels
from checkstand.channel.port import Capability
from checkstand.kernel import CheckstandError, Kind


class NoBank(CheckstandError):
    """The business unit has no bank account through which money could leave."""

    code = "payout.no_bank"
    kind = Kind.CONFLICT
    message = "Money cannot be paid out, because this business unit has no bank account for payouts."
    remedy = "Let the platform's operators open one: `checkstand channels open-account` with the channel `bank`."


def paying_account(platform: Platform, connection: Connection, tenant_id: str, mode: str) -> str:
    """The business unit's account at a bank that can pay out."""
    for row in channels.active_accounts(connection, tenant_id, mode):
        if Capability.PAYOUT in platform.registry.channel(row.channel).manifest.capabilities:
            return str(row.channel_account_id)
    raise NoBank(f"{tenant_id} has no active account of a channel with the capability payout in {mode} mode")


def can_pay_out(platform: Platform, connection: Connection, tenant_id: str, mode: str) -> bool:
    """Whether there is one. A bank that keeps the money and pays it out is what hosted mode needs for balances."""
    try:
        paying_account(platform, connection, tenant_id, mode)
    except NoBank:
        return False
    return True
