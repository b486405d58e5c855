"""A proof's findings with their places in the file, as every other mistake has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from checkstand.proof.model import ProofFinding
from checkstand.proof.words import order_words
from checkstand.scenario.check import arms_named, naming_arms, problem_at, varied_by
from checkstand.scenario.finding import Finding
from checkstand.scenario.node import Fields
from checkstand.scenario.problem import Problem

PREFIX = "proof."  # of every code of a proof


def problems_of(findings: Iterable[ProofFinding], tree: Fields) -> list[Problem]:
    """Each finding as a problem of this tree; a variation's stands where the variation changes something."""
    return [_problem(finding, tree) for finding in findings]


def is_proof(problem: Problem) -> bool:
    """Whether this problem is a proof's finding: the only kind that may be overridden."""
    return problem.code.startswith(PREFIX)


def _problem(finding: ProofFinding, tree: Fields) -> Problem:
    arms = arms_named(tree, finding.arms)
    varied = varied_by(tree, arms)
    on_key = len(finding.path) == 1  # a finding about a whole part of the document
    plain = Finding(finding.path, finding.code, finding.message, finding.remedy, finding.severity, on_key)
    located = problem_at(plain, varied if isinstance(varied, Fields) else tree)
    if finding.witness is not None:
        located = replace(located, example=order_words(finding.witness), witness=finding.witness.values)
    return naming_arms(located, arms) if arms else located
