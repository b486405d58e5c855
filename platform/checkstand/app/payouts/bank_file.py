"""A file of payouts as the bank gets it: from the same rows always the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import accounting_date
from checkstand.app.members.bank_cards import account_number
from checkstand.app.platform import Platform
from checkstand.channel import load_account
from checkstand.channel.payouts import PayoutAdapter, PayoutBatch, PayoutOrder
from checkstand.kernel import Money, present
from checkstand.member.cards import get_card
from checkstand.settlement.payout_store import get_file, payouts_in_file

# What the receiver reads on their statement, before our number.
TEXTS: Final = {"withdrawal": "提现", "settlement": "结算", "verification": "银行卡验证", "refund": "退款"}


def adapter_of(platform: Platform, batch: PayoutBatch) -> PayoutAdapter:
    return platform.registry.channel(batch.account.channel).payout_adapter


def stored_batch(platform: Platform, tenant_id: str, file_no: str) -> tuple[PayoutBatch, Sequence[Row[Any]]]:
    """The file under this number and its payouts, in the order in which they stand in it."""
    with platform.db.read() as connection:
        file = present(get_file(connection, tenant_id, file_no), "a file that is named exists", file=file_no)
        rows = payouts_in_file(connection, tenant_id, file_no)
    batch = PayoutBatch(
        account=load_account(platform, tenant_id, file.bank_account_id, file.credential_version),
        batch_no=file_no,
        made_at=file.made_at,
        executes_on=file.executes_on,
        orders=tuple(order_of(platform, row) for row in rows),
        now=platform.clock.now(),
    )
    return batch, rows


def check_order(platform: Platform, row: Any) -> None:
    """Refuse what the bank would refuse, while nothing is set aside yet: one bad transfer spoils a whole file."""
    now = platform.clock.now()
    account = platform.channel_accounts.load(row.tenant_id, row.bank_account_id)
    batch = PayoutBatch(account, row.payout_no, now, accounting_date(now), (order_of(platform, row),), now)
    adapter_of(platform, batch).check(batch)


def order_of(platform: Platform, row: Any) -> PayoutOrder:
    """One transfer; a removed card still has the number that the payout was made for."""
    with platform.db.read() as connection:
        card = present(get_card(connection, row.tenant_id, row.card_id), "a payout has its card", card=row.card_id)
    return PayoutOrder(
        payout_no=row.payout_no,
        amount=Money(row.amount_minor, row.currency),
        creditor_name=card.holder_name,
        creditor_account=account_number(platform, card),
        creditor_bank=card.bank_code,
        text=f"{TEXTS[row.kind]} {row.payout_no}",
    )
