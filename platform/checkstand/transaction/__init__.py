"""交易: a business request becomes payment orders."""

from checkstand.transaction.states import TRANSACTION, TransactionEvent, TransactionState
from checkstand.transaction.store import transaction, transaction_of_order

__all__ = ["TRANSACTION", "TransactionEvent", "TransactionState", "transaction", "transaction_of_order"]
