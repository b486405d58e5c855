"""The clauses every channel must keep (money.md §4.4, §4.5, §4.7, §4.9), judged between adapter and simulator.

Each is a proposition with a function that breaks off with an AssertionError naming what was seen.
Importing a group adds its clauses to the list, in this order.
"""

from checkstand.channel.conformance import billing, caring, doubting, notifying, paying, paying_out, refunding, stating
from checkstand.channel.conformance.judging import CLAUSES, Clause
from checkstand.channel.manifest import Manifest

GROUPS = (paying, doubting, refunding, notifying, caring, paying_out, stating, billing)


def clauses_for(manifest: Manifest) -> list[Clause]:
    """The clauses about what this channel says it can do."""
    return [item for item in CLAUSES if manifest.capabilities.issuperset(item.needs)]


__all__ = ["CLAUSES", "GROUPS", "Clause", "clauses_for"]
