"""Other conditions that never hold: questions that are never asked, experiments without anybody in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from checkstand.proof.asking import asked, path_to
from checkstand.proof.model import ProofFinding
from checkstand.proof.solver import Prover
from checkstand.rule import Rule
from checkstand.rule.logic import negated
from checkstand.scenario.node import Path

_WORDS: Final = {
    "fields": ('the field "{id}" is never asked for', "Correct its condition, or remove the field."),
    "experiments": ('nobody ever takes part in the experiment "{id}"', "Correct its condition, or remove it."),
}


def dead_conditions(prover: Prover) -> Iterator[ProofFinding]:
    """Fields and experiments whose condition no order fulfils."""
    for section, items in (("fields", prover.plan.fields), ("experiments", prover.plan.experiments)):
        for item in items:
            if item.when is not None:
                path = path_to(prover.plan, section, item.id, "when")
                question = f'whether the condition of "{item.id}" ever holds'
                yield from asked(question, path, item.id, partial(_dead, prover, section, item.id, item.when, path))


def _dead(prover: Prover, section: str, item_id: str, when: Rule, path: Path) -> Iterator[ProofFinding]:
    if prover.never(lambda meaning: meaning.terms.holds(when, "")):
        witness = prover.witness(
            lambda meaning: negated(meaning.terms.holds(when, "")), about=(when,), wishes=prover.parts_of(when)
        )
        message, remedy = _WORDS[section]
        yield ProofFinding(
            "proof.dead_condition", "warning", path, item_id, message.format(id=item_id), remedy, witness
        )
