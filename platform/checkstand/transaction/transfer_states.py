"""States of a transfer between members (money.md F5): at once, or held first and confirmed later."""

from enum import StrEnum
from typing import Final

from checkstand.kernel import TransitionTable


class TransferState(StrEnum):
    CREATED = "CREATED"
    HELD = "HELD"
    SUCCEEDED = "SUCCEEDED"
    VOIDED = "VOIDED"


class TransferEvent(StrEnum):
    MOVE = "move"  # in one step
    HOLD = "hold"
    CONFIRM = "confirm"
    VOID = "void"
    EXPIRE = "expire"  # nobody confirmed it in time


S, E = TransferState, TransferEvent

# fmt: off
TRANSFER: Final = TransitionTable("transfer", {
    (S.CREATED, E.MOVE):    S.SUCCEEDED,
    (S.CREATED, E.HOLD):    S.HELD,
    (S.HELD,    E.CONFIRM): S.SUCCEEDED,
    (S.HELD,    E.VOID):    S.VOIDED,
    (S.HELD,    E.EXPIRE):  S.VOIDED,
}, terminal=frozenset({S.SUCCEEDED, S.VOIDED}))
# fmt: on
