"""Conditions of a scenario, in CEL: declared variables, exact errors, always an answer (规则)."""

from checkstand.rule.check import FUNCTIONS
from checkstand.rule.compile import MAX_LENGTH, Context, Rule, compile_rule
from checkstand.rule.errors import RuleError
from checkstand.rule.variables import DEFAULTS, VARIABLES, Variable

__all__ = [
    "DEFAULTS",
    "FUNCTIONS",
    "MAX_LENGTH",
    "VARIABLES",
    "Context",
    "Rule",
    "RuleError",
    "Variable",
    "compile_rule",
]
