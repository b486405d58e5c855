"""Prove scenarios with the channels of this installation; proofs are kept in `proofs` below the var folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from checkstand.app.edit_draft import check_draft
from checkstand.app.platform import Platform
from checkstand.channel import Registry
from checkstand.infra.settings import Settings
from checkstand.proof import Proofs, installed, is_proof, proven, proven_catalogue
from checkstand.scenario import Catalogue, Loaded, Problem, ScenarioInvalid
from checkstand.scenario.problem import errors


class ProofRefused(ScenarioInvalid):
    """The files are right one by one, and some order would have no way to pay; each place has such an order."""

    code = "scenario.proof_refused"
    message = "The proof found orders that this scenario would fail. Nothing was published."
    remedy = (
        "Correct the places named below; each has an order that shows the defect. "
        '`checkstand apply --explain-override "why"` publishes nevertheless and keeps the reason.'
    )


class OverrideUnexplained(ProofRefused):
    code = "scenario.override_unexplained"
    message = "An override needs a reason of 10 to 500 characters. Nothing was published."
    remedy = "Say why these orders may fail; the sentence stays in the scenario's history."


def proofs_of(platform: Platform) -> Proofs:
    """The proofs of this installation."""
    return proofs_in(platform.settings, platform.registry)


def proofs_in(settings: Settings, registry: Registry) -> Proofs:
    """The same before there is a platform."""
    return Proofs(installed(registry), settings.var_dir / "proofs")


def prove_files(
    catalogue: Catalogue, settings: Settings, registry: Registry, progress: Callable[[Path], None]
) -> Catalogue:
    """The catalogue with what its proofs find."""
    return proven_catalogue(catalogue, proofs_in(settings, registry), progress=progress)


def prove_draft(platform: Platform, scenario_id: str, source: str) -> Loaded:
    """The text checked as publishing would, what its proof finds included."""
    return with_proof(platform, check_draft(platform, scenario_id, source))


def with_proof(platform: Platform, loaded: Loaded) -> Loaded:
    """A checked text with what its proof finds."""
    return proven(loaded, proofs_of(platform))


def refuse_unproven(problems: Sequence[Problem], override: str = "") -> bool:
    """Refuse mistakes; tells whether a reason was needed for what the proof found. No reason excuses other mistakes."""
    wrong = errors(problems)
    if any(not is_proof(problem) for problem in wrong):
        raise ScenarioInvalid(wrong)
    if wrong and not override:
        raise ProofRefused(wrong)
    if wrong and not 10 <= len(override.strip()) <= 500:
        raise OverrideUnexplained(wrong)
    return bool(wrong)
