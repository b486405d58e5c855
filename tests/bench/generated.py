"""A catalogue of any size: the repository's scenarios varied by a seed, spread over business units."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import yaml
from sqlalchemy import insert
from tests.fault.machine import ROOT

from checkstand.channel import Registry
from checkstand.infra.db import Database
from checkstand.kernel import new_id
from checkstand.member import tenant
from checkstand.scenario import content_hash, load
from checkstand.scenario.tables import scenario_pointer, scenario_publication, scenario_version

FOLDER: Final = ROOT / "scenarios"
AT_ONCE: Final = 500  # rows of one statement
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Generated(NamedTuple):
    """One scenario of one unit."""

    unit: str
    document: dict[str, Any]


def unit_name(number: int) -> str:
    return f"unit-{number:03}"


def generated(
    originals: list[dict[str, Any]], scenarios: int, units: int, seed: int = 1, first: str = ""
) -> Iterator[Generated]:
    """Every unit gets each of the originals in turn. `first` names the unit that stands for number 0."""
    random = Random(seed)
    for number in range(scenarios):
        unit, turn = number % units, number // units
        varied = _varied(originals[turn % len(originals)], number, random)
        yield Generated(first if first and unit == 0 else unit_name(unit), varied)


def documents() -> list[dict[str, Any]]:
    """The originals with their bases merged in, as a published version has them."""
    loaded = load([FOLDER], Registry.load().method_types())
    return [dict(each.document) for each in loaded.scenarios if each.document]


def write_files(folder: Path, scenarios: int, units: int = 1, seed: int = 1) -> list[Path]:
    """The same as files that extend the repository's bases, a folder for each unit."""
    written = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    made = []
    for unit, document in generated(written, scenarios, units, seed):
        if not (folder / unit).is_dir():
            shutil.copytree(FOLDER / "base", folder / unit / "base")
        path = folder / unit / f"{document['metadata']['id']}.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
        made.append(path)
    return made


def publish_all(db: Database, catalogue: list[Generated], known: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Write units, versions, pointers and history as publishing does; tells each unit with its version."""
    versions, pointers, history = [], [], []
    for unit, document in catalogue:
        key = {"tenant_id": unit, "scenario_id": document["metadata"]["id"], "content_hash": content_hash(document)}
        source = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True)
        versions.append(
            {**key, "document": document, "source_yaml": source, "created_at": BEGAN, "created_by": "bench", "note": ""}
        )
        pointers.append({**key, "mode": "test", "published_at": BEGAN, "published_by": "bench"})
        history.append({**pointers[-1], "publication_id": new_id("pub"), "reason": "", "override_reason": ""})
    units = sorted({each.unit for each in catalogue} - known)
    rows = [{"tenant_id": unit, "name": {"en": unit}, "status": "active", "created_at": BEGAN} for unit in units]
    with db.engine.begin() as connection:
        for table, values in (
            (tenant, rows), (scenario_version, versions), (scenario_pointer, pointers), (scenario_publication, history),
        ):  # fmt: skip
            for start in range(0, len(values), AT_ONCE):
                connection.execute(insert(table), values[start : start + AT_ONCE])
    return [(row["tenant_id"], row["content_hash"]) for row in versions]


def _varied(original: dict[str, Any], number: int, random: Random) -> dict[str, Any]:
    """What units change: names, the order of methods, what they pay for it, a rule more."""
    document = deepcopy(original)
    document["metadata"]["id"] = f"{document['metadata']['id']}-{number}"
    document["metadata"]["name"] = {locale: f"{name} {number}" for locale, name in document["metadata"]["name"].items()}
    ordered = [method for method in document.get("methods", ()) if "order" in method]  # a base may have them all
    orders = random.sample([method["order"] for method in ordered], len(ordered))
    for method, order in zip(ordered, orders, strict=True):
        method["order"] = order
    document.setdefault("settlement", {}).setdefault("fee", {})["rate_ppm"] = random.randrange(1_000, 9_000)
    rule = {"id": "at-this-hour", "effect": "note", "when": f"hour == {random.randrange(24)}", "reason": "seen"}
    document["rules"] = [*document.get("rules", ()), rule]
    return document
