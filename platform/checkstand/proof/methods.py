"""Orders that nobody can pay, and methods that nobody sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from checkstand.proof.asking import asked, path_to
from checkstand.proof.meaning import BALANCE, Meaning
from checkstand.proof.model import ProofFinding, Witness
from checkstand.proof.reasons import reasons, why_not
from checkstand.proof.solver import Claim, NotProven, Prover
from checkstand.rule.logic import both, either, negated
from checkstand.rule.phrases import amount_words
from checkstand.scenario.node import Path
from checkstand.scenario.plan import MethodPlan

_UNIVERSAL: Final = {
    "methods": "proof.nothing_payable",
    "terminals": "proof.terminal_unusable",
    "amount_limits": "proof.amount_unusable",
}
_REMEDY: Final = "Give one method no condition, or narrow the rules that take the methods away."


def stuck_orders(prover: Prover, told: Sequence[Claim] = ()) -> Iterator[ProofFinding]:
    """Orders without a method to pay with. What `told` describes has a finding already."""
    yield from asked("whether every order has a method", ("methods",), "", partial(_stuck, prover, told))
    yield from asked("whether a balance is ever all that is left", ("methods",), "", partial(_only_balance, prover))


def idle_methods(prover: Prover) -> Iterator[ProofFinding]:
    """Methods that no order ever shows, or that nobody can pay with although they are shown.

    When nothing can be paid at all, that finding has said it of each method.
    """
    try:
        if _nobody(prover, _any):
            return
    except NotProven:
        pass  # then each method is asked for itself
    for method in prover.plan.methods:
        path = path_to(prover.plan, "methods", method.id)
        question = f'whether the method "{method.id}" is ever shown'
        yield from asked(question, path, method.id, partial(_idle, prover, method, path))


# ── orders ──────────────────────────────────────────────────────────────────────────────────────


def _stuck(prover: Prover, told: Sequence[Claim]) -> Iterator[ProofFinding]:
    """First what holds for whole terminals and ranges of amounts, then what remains for single orders."""
    known = [*told]

    def left(meaning: Meaning) -> Any:
        answered = meaning.answered(meaning.plan.methods)
        return negated(either(answered, *(claim(meaning) for claim in known)))

    if prover.never(left):
        return
    for path, words, claim in _universal(prover):
        witness = prover.witness(_of_both(claim, left))
        if witness is not None:
            code = _UNIVERSAL[str(path[0])]
            yield _finding(prover, code, path, f"no method can be used {words}", witness)
            known.append(claim)
    witness = prover.witness(_of_both(_empty, left))
    if witness is not None:
        yield _finding(
            prover, "proof.empty_checkout", ("methods",), "some orders see no payment method at all", witness
        )
        known.append(_empty)
    witness = prover.witness(left)
    if witness is not None:
        message = "some orders see payment methods and can pay with none of them"
        yield _finding(prover, "proof.no_usable_method", ("methods",), message, witness)


def _universal(prover: Prover) -> Iterator[tuple[Path, str, Claim]]:
    """Terminals and ranges of amounts on which no order at all can be paid."""
    plan = prover.plan
    if _nobody(prover, _any):
        yield ("methods",), "by any order", _any
        return
    written = "terminals" in plan.document
    for number, name in enumerate(plan.terminals):
        on_terminal = partial(_on_terminal, name)
        if _nobody(prover, on_terminal):
            yield (("terminals", number) if written else ("terminals",)), f"on the terminal {name}", on_terminal
    dead: list[tuple[int, int]] = []
    for low, high in prover.amount_pieces():
        if _nobody(prover, partial(_in_range, low, high)):
            joined = dead and dead[-1][1] == low - 1
            dead[-1:] = [(dead[-1][0], high)] if joined else [*dead[-1:], (low, high)]
    for low, high in dead:
        words = f"from {amount_words(low, plan.currency, 'en')} to {amount_words(high, plan.currency, 'en')}"
        yield ("amount_limits",), words, partial(_in_range, low, high)


def _nobody(prover: Prover, claim: Claim) -> bool:
    """No order of this kind is answered."""
    return prover.never(_of_both(claim, lambda meaning: meaning.answered(meaning.plan.methods)))


def _only_balance(prover: Prover) -> Iterator[ProofFinding]:
    methods = prover.plan.methods
    own = [method for method in methods if method.type == BALANCE]
    others = [method for method in methods if method.type != BALANCE]

    def only(meaning: Meaning) -> Any:
        return both(either(*map(meaning.payable, own)), negated(meaning.answered(others)))

    # A preauthorisation reserves on a balance; that nothing else pays is what the scenario says.
    witness = prover.witness(only) if own and prover.plan.flow != "preauth" else None
    if witness is not None:
        message = "some orders can be paid from a balance only, and not every shopper has one"
        why = reasons(prover.real(witness), others)
        yield ProofFinding(
            "proof.only_balance",
            "warning",
            ("methods",),
            "",
            f"{message} ({why})" if why else message,
            "Offer another method as well, or make sure that only members come here.",
            witness,
        )


def _finding(prover: Prover, code: str, path: Path, message: str, witness: Witness) -> ProofFinding:
    why = reasons(prover.real(witness), prover.plan.methods)
    return ProofFinding(code, "error", path, "", f"{message} ({why})", _REMEDY, witness)


# ── methods ─────────────────────────────────────────────────────────────────────────────────────


def _idle(prover: Prover, method: MethodPlan, path: Path) -> Iterator[ProofFinding]:
    if prover.never(lambda meaning: meaning.chosen(method)):
        wishes = prover.parts_of(method.when, method.type) if method.when is not None else ()
        witness = prover.witness(
            lambda meaning: negated(meaning.chosen(method)),
            about=(method.when,) if method.when is not None else (),
            wishes=[*wishes, prover.meaning.listed(method)],
        )
        because = f" ({why_not(prover.real(witness), method)})" if witness is not None else ""
        message = f'the method "{method.id}" can never be used{because}'
        remedy = "Correct its condition or the rules that take it away, or remove the method."
        yield ProofFinding("proof.dead_method", "warning", path, method.id, message, remedy, witness)
    elif prover.never(lambda meaning: meaning.payable(method)):
        witness = prover.witness(lambda meaning: meaning.chosen(method))
        because = f" ({why_not(prover.real(witness), method)})" if witness is not None else ""
        message = f'the method "{method.id}" is shown, and no payment with it can succeed{because}'
        remedy = "Route it to a channel that takes this currency, these amounts and these terminals, or remove it."
        yield ProofFinding("proof.method_unpayable", "error", path, method.id, message, remedy, witness)


# ── claims ──────────────────────────────────────────────────────────────────────────────────────


def _any(_meaning: Meaning) -> Any:
    return True


def _empty(meaning: Meaning) -> Any:
    """The order is not refused, and its page shows no method at all."""
    return negated(either(meaning.refused(), *map(meaning.shown, meaning.plan.methods)))


def _on_terminal(name: str, meaning: Meaning) -> Any:
    return meaning.terms.terminal(name)


def _in_range(low: int, high: int, meaning: Meaning) -> Any:
    return meaning.terms.amount_between(low, high)


def _of_both(one: Claim, other: Claim) -> Claim:
    return lambda meaning: both(one(meaning), other(meaning))
