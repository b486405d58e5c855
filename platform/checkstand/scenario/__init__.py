"""Scenarios (场景): one YAML file, checked and compiled into a plan that serves every request."""

from checkstand.scenario.compile import canonical, compile_plan, content_hash, with_variations
from checkstand.scenario.load import Catalogue, Loaded, load
from checkstand.scenario.plan import Plan
from checkstand.scenario.problem import Problem, ScenarioInvalid
from checkstand.scenario.rules import RuleHit, RuleOutcomes, evaluate_rules

__all__ = [
    "Catalogue",
    "Loaded",
    "Plan",
    "Problem",
    "RuleHit",
    "RuleOutcomes",
    "ScenarioInvalid",
    "canonical",
    "compile_plan",
    "content_hash",
    "evaluate_rules",
    "load",
    "with_variations",
]
