"""One mistake, one message: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from checkstand.kernel import CheckstandError
from checkstand.scenario.messages import remedy_of


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a scenario file. `line` and `column` count from 1; `path` reads like methods[2].type.

    Who says nothing about the remedy gets the one that the code has in texts/messages.yaml.
    """

    file: str
    line: int
    column: int
    path: str
    code: str
    message: str
    remedy: str = ""
    severity: Literal["error", "warning"] = "error"
    example: str = ""  # of a proof: an order that shows the mistake, in words
    witness: tuple[tuple[str, int | str | bool], ...] = ()  # the same order as values of the rule variables

    def __post_init__(self) -> None:
        if not self.remedy:
            object.__setattr__(self, "remedy", remedy_of(self.code))

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where} {self.path}: {self.message}" if self.path else f"{where}: {self.message}"

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        if not self.witness:
            del told["example"], told["witness"]
            return told
        return {**told, "witness": dict(self.witness)}


class ScenarioInvalid(CheckstandError):
    """One or more files cannot be published; nothing was changed."""

    code = "scenario.invalid"
    message = "The scenario is not valid."
    remedy = "Correct the places named below; `checkstand validate` checks again without publishing."

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems), count=len(problems))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The problems that prevent publishing; the others are advice."""
    return [problem for problem in problems if problem.severity == "error"]


def path_words(path: Iterable[str | int]) -> str:
    """A path as people write it: methods[2].type."""
    words = ""
    for step in path:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words
