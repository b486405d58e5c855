"""What can be wrong with rule packs: every mistake with its place and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from checkstand.kernel import CheckstandError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, and its remedy."""

    place: Place
    says: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: {self.says}; {self.fix}"


class ProtocolInvalid(CheckstandError):
    """Rule packs that cannot be trusted with money are not used, none of them."""

    code = "protocol.invalid"
    message = "A rule pack of the payment protocol is wrong, so nothing of it is used."
    remedy = "Correct the lines that are named, then start again."

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
