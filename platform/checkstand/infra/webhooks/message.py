"""One fact told to a business unit: `payment.succeeded`, with the object's version and the time it happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping

from checkstand.infra.ops import Insert
from checkstand.infra.webhooks.store import latest_message_row, message_row, webhook_message
from checkstand.kernel import new_id

# Every fact that is told, in past tense; docs/reference/webhooks.md has a paragraph on each.
TYPES: Final[Mapping[str, str]] = {
    "payment.succeeded": "The money of a payment has arrived.",
    "payment.failed": "A payment ended without money; the shopper may try another method.",
    "payment.closed": "A payment was closed before anybody paid.",
    "payment.late": "Money arrived after closing; the scenario's late_success says what happens to it.",
    "refund.succeeded": "A refund has reached the payer.",
    "refund.failed": "A refund could not be made; the amount is still with the merchant.",
    "order.paid": "An order is paid completely.",
    "order.closed": "An order ended unpaid, by expiry or on request.",
    "order.refunded": "Everything paid for an order has been paid back.",
    "checkout_session.expired": "A checkout session ended without a payment.",
    "settlement.paid": "A settlement batch has been paid out.",
    "settlement.failed": "Payouts of a settlement batch failed or came back; the amount is on the available balance.",
    "settlement.carried": "Too little was owed for a settlement batch; its items wait for the next one.",
    "member.frozen": "A member was frozen: nothing of its own moves until it is unfrozen.",
    "member.unfrozen": "A frozen member may go on.",
    "member.closed": "A member was closed for good.",
    "card.verified": "A member's bank card was verified; money may be paid out to it.",
    "card.failed": "The verification of a bank card failed, or its money came back.",
    "withdrawal.succeeded": "The bank has paid a withdrawal to the member's card.",
    "withdrawal.failed": "The bank refused a withdrawal; amount and fee are the member's again.",
    "withdrawal.returned": "A paid withdrawal came back from the bank; the amount is the member's again.",
    "withdrawal.rejected": "Two people were asked and the withdrawal was rejected; the money is the member's again.",
    "transfer.succeeded": "Money has moved from one member's balance to another's.",
    "transfer.voided": "A held transfer was given up or ran out of time; the payer can spend the amount again.",
    "transaction.authorised": "An amount is reserved on the payer's balance; capture it or give it back.",
    "transaction.shipped": "The goods of a sale in escrow are on their way.",
    "transaction.part_confirmed": "The buyer has confirmed a part of a sale in escrow; that part is the seller's.",
    "transaction.disputed": "Something is wrong with a sale in escrow; its money stays until somebody rules.",
    "transaction.ruled": "A dispute was decided for the buyer, or shared; the buyer's part is being refunded.",
    "transaction.completed": "Nothing of a transaction is held any more, and all or a part of it is the merchant's.",
    "transaction.closed": "Nothing of a transaction is held any more: it went back to the buyer or the payer.",
    "webhook.test": "Sent on request, to try an endpoint out.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """`body` is equal, byte for byte, over every repeat; so is `message_id`, the `webhook-id` header."""

    tenant_id: str
    message_id: str
    mode: str
    type: str
    object_id: str
    object_version: int
    payload: Mapping[str, Any]
    occurred_at: datetime

    @property
    def has_body(self) -> bool:
        """False once retention has deleted it; then the message cannot be told again."""
        return bool(self.payload)

    @property
    def body(self) -> bytes:
        return json.dumps(self.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def insert_op(self) -> Insert:
        return Insert(webhook_message, {name: getattr(self, name) for name in self.__dataclass_fields__})


def new_message(
    tenant_id: str,
    mode: str,
    type: str,
    object_id: str,
    version: int,
    data: Mapping[str, Any],
    at: datetime,
) -> Message:
    """A message about this fact; insert it with `insert_op` in the commit that makes the fact true."""
    payload = {
        "type": type,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "mode": mode,
        "object_id": object_id,
        "object_version": version,
        "data": dict(data),
    }
    return Message(tenant_id, new_id("msg"), mode, type, object_id, version, payload, at)


def message_op(
    tenant_id: str,
    mode: str,
    type: str,
    object_id: str,
    version: int,
    data: Mapping[str, Any],
    at: datetime,
) -> tuple[str, Insert]:
    """The id of a new message and the operation that stores it."""
    message = new_message(tenant_id, mode, type, object_id, version, data, at)
    return message.message_id, message.insert_op()


def load_message(connection: Connection, tenant_id: str, message_id: str) -> Message | None:
    row = message_row(connection, tenant_id, message_id)
    return None if row is None else message_of(row)


def latest_message(connection: Connection, tenant_id: str, mode: str, type: str) -> Message | None:
    """A recent message of this type, to show what one looks like."""
    row = latest_message_row(connection, tenant_id, mode, type)
    return None if row is None or not row["payload"] else message_of(row)


def message_of(row: RowMapping) -> Message:
    return Message(**{name: row[name] for name in Message.__dataclass_fields__})
