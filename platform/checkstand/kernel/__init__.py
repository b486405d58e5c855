"""What every part stands on: money, ids, time, tables of transitions, the base error. Standard library only."""

from checkstand.kernel.clock import Clock, FrozenClock, SystemClock, duration_s
from checkstand.kernel.errors import CheckstandError, InvariantBroken, Kind, must, present
from checkstand.kernel.ids import new_id, new_token
from checkstand.kernel.money import PPM, Money, MoneyError, div_half_even
from checkstand.kernel.transitions import Classified, NoSuchEdge, TransitionTable

__all__ = [
    "PPM",
    "CheckstandError",
    "Classified",
    "Clock",
    "FrozenClock",
    "InvariantBroken",
    "Kind",
    "Money",
    "MoneyError",
    "NoSuchEdge",
    "SystemClock",
    "TransitionTable",
    "div_half_even",
    "duration_s",
    "must",
    "new_id",
    "new_token",
    "present",
]
