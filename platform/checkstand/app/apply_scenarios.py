"""Publish scenario files: all of them or none. The console and the command line do it through here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from checkstand.accounting import WriteSet
from checkstand.app.check_files import check_files
from checkstand.app.experiments.publishing import experiment_ops
from checkstand.app.platform import Platform
from checkstand.app.prove_scenarios import proofs_of, refuse_unproven
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand.proof import proven_catalogue
from checkstand.scenario import Catalogue, Loaded, Problem, ScenarioInvalid
from checkstand.scenario.live_request import NEWER_IN_TEST, void_ops
from checkstand.scenario.store import publish_ops, published_pointer, read_version, version_op


class NothingToApply(CheckstandError):
    code = "scenario.nothing_to_apply"
    message = "There is no scenario in these files."
    remedy = "Name a scenario file, or a folder that has some; a base alone cannot be published."


@dataclass(frozen=True, slots=True)
class AppliedScenario:
    """What happened to one file."""

    scenario_id: str
    version: str
    file: str
    created: bool  # the version is new
    published: bool  # the pointer moved
    previous: str | None  # the version that was published before

    @property
    def verb(self) -> str:
        """One word for a report: created, published (an older version again), or unchanged."""
        return "created" if self.created else "published" if self.published else "unchanged"


@dataclass(frozen=True, slots=True)
class Applied:
    """The report of one apply."""

    tenant_id: str
    mode: str
    scenarios: tuple[AppliedScenario, ...]
    told: tuple[Problem, ...] = ()  # warnings, and what was excused

    @property
    def changed(self) -> bool:
        return any(scenario.created or scenario.published for scenario in self.scenarios)


def apply_scenarios(
    platform: Platform,
    tenant_id: str,
    paths: Iterable[Path | str],
    mode: str,
    by: str,
    *,
    note: str = "",
) -> Applied:
    """Check the files, write new versions, move the pointers, in one commit; `ScenarioInvalid` changes nothing."""
    catalogue = check_files(paths, platform.settings, platform.registry)
    return publish_catalogue(platform, tenant_id, catalogue, mode, by, note=note)


def publish_catalogue(
    platform: Platform, tenant_id: str, catalogue: Catalogue, mode: str, by: str, *, note: str = "", override: str = ""
) -> Applied:
    """Publish what was loaded before, once it is proven.

    `override` is the reason to publish in spite of what the proof found; it is kept with the publication of each
    scenario that needed it, and excuses no other mistake.
    """
    if catalogue.errors:
        raise ScenarioInvalid(catalogue.errors)
    if not catalogue.scenarios:
        raise NothingToApply()
    catalogue = proven_catalogue(catalogue, proofs_of(platform))
    refuse_unproven(catalogue.problems, override)
    results, ops = [], []
    for loaded in catalogue.scenarios:
        result = _compare(platform, tenant_id, loaded, mode)
        results.append(result)
        excused = override.strip() if refuse_unproven(loaded.problems, override) else ""
        ops += _writes(platform, tenant_id, loaded, result, mode, by, note, excused)
    documents = {loaded.scenario_id: loaded.document or {} for loaded in catalogue.scenarios}
    moved = [result.scenario_id for result in results if result.published]
    ops += experiment_ops(platform, tenant_id, mode, documents, moved=moved, at=platform.clock.now())
    if ops:
        platform.poster.commit(WriteSet(ops=ops))
    return Applied(tenant_id, mode, tuple(results), catalogue.problems)


def _compare(platform: Platform, tenant_id: str, loaded: Loaded, mode: str) -> AppliedScenario:
    with platform.db.read() as connection:
        previous = published_pointer(connection, tenant_id, loaded.scenario_id, mode)
        known = read_version(connection, tenant_id, loaded.version) is not None
    return AppliedScenario(
        loaded.scenario_id, loaded.version, loaded.file, not known, previous != loaded.version, previous
    )


def _writes(
    platform: Platform, tenant_id: str, loaded: Loaded, result: AppliedScenario, mode: str, by: str, note: str,
    override: str,
) -> list[Op]:  # fmt: skip
    now, ops = platform.clock.now(), list[Op]()
    if result.created and loaded.document is not None:
        ops.append(
            version_op(
                tenant_id, result.scenario_id, result.version, loaded.document, loaded.source, at=now, by=by, note=note
            )
        )
    if result.published:
        previous = result.previous
        ops += publish_ops(
            tenant_id, result.scenario_id, mode, result.version,
            previous=previous, at=now, by=by, reason=note, override=override,
        )  # fmt: skip
        if mode == "test":
            with platform.db.read() as connection:
                ops += void_ops(
                    connection, tenant_id, result.scenario_id, by=by, at=now, reason=NEWER_IN_TEST,
                    besides=result.version,
                )  # fmt: skip
    return ops
