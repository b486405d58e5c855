"""What a proof finds: a defect with an order that shows it, or what could not be proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checkstand.scenario.node import Path

Value = int | str | bool
Arm = tuple[str, str]  # experiment and variation


@dataclass(frozen=True, slots=True)
class Witness:
    """A concrete order. `told` are the variables that matter; the others have their defaults."""

    values: tuple[tuple[str, Value], ...]
    told: tuple[str, ...]

    @property
    def order(self) -> dict[str, Value]:
        """The values to evaluate conditions with."""
        return dict(self.values)


@dataclass(frozen=True, slots=True)
class ProofFinding:
    """One defect. `path` leads into the document, with the patches of `arms` applied when there are any."""

    code: str
    severity: Literal["error", "warning"]
    path: Path
    subject: str  # the id of the rule, method, field or experiment that it is about; empty for the whole scenario
    message: str
    remedy: str
    witness: Witness | None = None  # only what is not proven has none
    others: tuple[str, ...] = ()  # ids of the rules that have a part in it
    arms: tuple[Arm, ...] = ()

    @property
    def identity(self) -> tuple[str, str, tuple[str, ...], str]:
        """Equal for the same defect in two variations."""
        return self.code, self.subject, self.others, self.message

    def to_json(self) -> dict[str, Any]:
        """As it is kept in the cache."""
        return {
            "code": self.code,
            "severity": self.severity,
            "path": list(self.path),
            "subject": self.subject,
            "message": self.message,
            "remedy": self.remedy,
            "witness": None if self.witness is None else [[*map(list, self.witness.values)], list(self.witness.told)],
            "others": list(self.others),
            "arms": [list(arm) for arm in self.arms],
        }


def finding_from_json(kept: Mapping[str, Any]) -> ProofFinding:
    """The finding that `to_json` wrote."""
    witness = kept["witness"] and Witness(tuple((k, v) for k, v in kept["witness"][0]), tuple(kept["witness"][1]))
    return ProofFinding(
        kept["code"],
        kept["severity"],
        tuple(kept["path"]),
        kept["subject"],
        kept["message"],
        kept["remedy"],
        witness,
        tuple(kept["others"]),
        tuple((experiment, variation) for experiment, variation in kept["arms"]),
    )
