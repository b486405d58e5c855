"""What a clause is, and the words in which clauses judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checkstand.channel.conformance.rig import Received, Rig
from checkstand.channel.port import Answer, Capability, Notification, Outcome, RefundInstruction


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    says: str
    check: Callable[[Rig], None]
    needs: tuple[Capability, ...] = (Capability.PAY,)  # judged where channel.yaml declares all of them


CLAUSES: list[Clause] = []


def clause(
    says: str, *, needs: Capability | tuple[Capability, ...] = Capability.PAY
) -> Callable[[Callable[[Rig], None]], Callable[[Rig], None]]:
    def add(check: Callable[[Rig], None]) -> Callable[[Rig], None]:
        CLAUSES.append(Clause(check.__name__, says, check, needs if isinstance(needs, tuple) else (needs,)))
        return check

    return add


def expect(seen: Any, wanted: Any, about: str) -> None:
    if seen != wanted:
        raise AssertionError(f"{about}: expected {wanted!r}, saw {seen!r}")


def outcome(answer: Answer, wanted: Outcome, about: str) -> Answer:
    if answer.outcome is not wanted:
        raise AssertionError(f"{about}: expected {wanted.value}, saw {answer.outcome.value} ({answer.code})")
    return answer


def believed(received: list[Received], kind: str = "payment") -> list[Notification]:
    return [seen.note for seen in received if seen.note and seen.note.kind == kind]


def refunded(rig: Rig, refund: RefundInstruction) -> Answer:
    """Ask for the refund and wait for its end."""
    answer = rig.adapter.refund(refund, rig)
    if answer.outcome not in (Outcome.ACCEPTED, Outcome.SUCCEEDED):
        raise AssertionError(f"refund: {answer.outcome} ({answer.code})")
    return outcome(rig.settle_refund(refund), Outcome.SUCCEEDED, "refund query")
