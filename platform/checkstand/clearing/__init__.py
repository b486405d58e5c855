"""清分: what each party of a transaction is owed."""

from checkstand.clearing.errors import RuleDoesNotSum
from checkstand.clearing.model import NOTHING, ClearingRule, FeeRule, Parts, SplitRule, rule_from_json, rule_to_json
from checkstand.clearing.rules import clear, excess, fee_of, give_back

__all__ = [
    "NOTHING",
    "ClearingRule",
    "FeeRule",
    "Parts",
    "RuleDoesNotSum",
    "SplitRule",
    "clear",
    "excess",
    "fee_of",
    "give_back",
    "rule_from_json",
    "rule_to_json",
]
