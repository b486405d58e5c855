"""Every state that a story of the console shows has a word in both languages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest
import yaml

import checkstand_admin
from checkstand.order.states import OrderState
from checkstand.payment.states import AttemptState, PaymentState, RefundState
from checkstand.settlement.batch_states import BatchState
from checkstand.settlement.payout_states import PayoutState
from checkstand.transaction.states import TransactionState
from checkstand.transaction.transfer_states import TransferState

WORDS: Final = yaml.safe_load(
    (Path(checkstand_admin.__path__[0]) / "payments" / "texts.yaml").read_text(encoding="utf-8")
)["state"]
STATES: Final = (
    OrderState, PaymentState, AttemptState, RefundState, TransactionState, TransferState, PayoutState, BatchState,
)  # fmt: skip


@pytest.mark.parametrize("states", STATES, ids=lambda each: each.__name__)
def test_every_state_has_a_word(states: type[StrEnum]) -> None:
    assert [state for state in states if set(WORDS.get(state.value, ())) != {"en", "zh-CN"}] == []
