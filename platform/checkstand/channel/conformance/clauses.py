"""The clauses every channel must keep (money.md §4.4, §4.5, §4.9), judged between adapter and simulator.

Each is a proposition with a function that breaks off with an AssertionError naming what was seen.
Importing a group adds its clauses to the list, in this order.
"""

from checkstand.channel.conformance import caring, doubting, notifying, paying, refunding
from checkstand.channel.conformance.judging import CLAUSES, Clause

GROUPS = (paying, doubting, refunding, notifying, caring)

__all__ = ["CLAUSES", "GROUPS", "Clause"]
