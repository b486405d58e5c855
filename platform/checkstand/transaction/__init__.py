"""交易: a business request becomes payment orders."""

from checkstand.transaction.rules import classify, held_minor
from checkstand.transaction.states import TRANSACTION, TransactionEvent, TransactionState
from checkstand.transaction.store import get_transaction, transaction, transaction_of_order

__all__ = [
    "TRANSACTION",
    "TransactionEvent",
    "TransactionState",
    "classify",
    "get_transaction",
    "held_minor",
    "transaction",
    "transaction_of_order",
]
