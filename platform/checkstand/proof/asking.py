"""How a check asks: where its finding stands, and what is said when the solver could not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from checkstand.proof.model import ProofFinding
from checkstand.proof.solver import NotProven
from checkstand.scenario.node import Path
from checkstand.scenario.plan import Plan

Find = Callable[[], Iterable[ProofFinding]]


def asked(question: str, path: Path, subject: str, find: Find) -> Iterator[ProofFinding]:
    """What the check finds; a question without an answer is a finding of its own, never silence."""
    try:
        yield from list(find())
    except NotProven:
        yield ProofFinding(
            "proof.not_proven",
            "warning",
            path,
            subject,
            f"not proven: {question}",
            "The conditions are too involved for the proof. Simplify them, or split one into several; "
            "docs/reference/rules.md says what is easy to prove.",
        )


def path_to(plan: Plan, section: str, item_id: str, *rest: str | int) -> Path:
    """Where the item stands in the document, which keeps its own order."""
    items = plan.document.get(section, ())
    return (section, next(index for index, item in enumerate(items) if item["id"] == item_id), *rest)


def quoted_list(ids: Iterable[str]) -> str:
    """`"a"`, `"a" and "b"`, `"a", "b" and "c"`."""
    names = [f'"{each}"' for each in ids]
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
