"""Scenario files: validated, compiled, loaded; and the rules of one, evaluated."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from tests.bench.engines import Engines
from tests.fault.machine import ROOT

from checkstand.channel import Registry
from checkstand.proof import Installed, Proofs, installed
from checkstand.proof.prove import prove
from checkstand.rule import Context
from checkstand.scenario import Catalogue, compile_plan, evaluate_rules
from checkstand.scenario.load import load

GROUP: Final = 265  # business scenarios of the group the design names
RULES: Final = 20


def catalogue(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """What starts a platform of the group's size: every file read, checked and compiled."""
    method_types = Registry.load().method_types()
    with tempfile.TemporaryDirectory() as folder:
        _copies(Path(folder), GROUP)
        began = time.perf_counter()
        loaded = load([folder], method_types)
        read = time.perf_counter()
        plans = [compile_plan(each.document, method_types) for each in loaded.scenarios if each.document]
        done = time.perf_counter()
    assert len(plans) == GROUP, [str(problem) for problem in loaded.problems][:3]
    yield {
        "bench": "catalogue",
        "scenarios": len(plans),
        "validate_s": round(read - began, 2),
        "compile_s": round(done - read, 2),
        "ms_per_scenario": round((done - began) / GROUP * 1000, 2),
        "ratio_to_budget": round((done - began) / 40, 3),
    }


def rules(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """Twenty rules over one order."""
    method_types = Registry.load().method_types()
    with tempfile.TemporaryDirectory() as folder:
        path = _copies(Path(folder), 1, rules=_twenty())[0]
        only = load([path], method_types)
    document = only.scenarios[0].document
    assert document, [str(problem) for problem in only.problems]
    plan = compile_plan(document, method_types)
    context = Context({"amount": 5_000, "terminal": "pc", "shopper": {"country": "CN", "tier": "gold"}})
    took = []
    for _number in range(2_000):
        began = time.perf_counter()
        evaluate_rules(plan, context)
        took.append(time.perf_counter() - began)
    p50 = sorted(took)[len(took) // 2] * 1000
    yield {"bench": "rules", "rules": len(plan.rules), "p50_ms": round(p50, 4), "ratio_to_budget": round(p50 / 0.1, 3)}


def proof(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """Every scenario of a group proven: one by one, all from nothing, and all again from what was kept."""
    registry = Registry.load()
    facts = installed(registry)
    with tempfile.TemporaryDirectory() as folder:
        _copies(Path(folder), GROUP)
        loaded = load([folder], registry.method_types())
        kept = Path(folder) / "proofs"
        first = _proven(loaded, facts, kept)
        again = _proven(loaded, facts, kept)
    with tempfile.TemporaryDirectory() as folder:
        busy = load(_copies(Path(folder), 1, rules=_twenty()), registry.method_types()).scenarios[0]
    began = time.perf_counter()
    prove(busy.document or {}, facts)
    twenty = time.perf_counter() - began
    each = sorted(first)
    p95 = each[len(each) * 95 // 100] * 1000
    yield {
        "bench": "proof",
        "scenarios": len(each),
        "p50_ms": round(each[len(each) // 2] * 1000, 1),
        "p95_ms": round(p95, 1),
        "twenty_rules_ms": round(twenty * 1000, 1),
        "ratio_to_budget": round(p95 / 150, 3),
    }
    yield {
        "bench": "proof_catalogue",
        "scenarios": len(each),
        "cold_s": round(sum(first), 2),
        "cached_s": round(sum(again), 3),
        "ratio_to_budget": round(sum(again) / 1, 3),
    }


def _proven(loaded: Catalogue, facts: Installed, kept: Path) -> list[float]:
    """Seconds for each scenario, as a process that has just started would need."""
    Proofs.forget()
    proofs, took = Proofs(facts, kept), list[float]()
    for scenario in loaded.scenarios:
        began = time.perf_counter()
        proofs.of(scenario.document or {})
        took.append(time.perf_counter() - began)
    return took


def _copies(folder: Path, count: int, **more: Any) -> list[Path]:
    """The repository's scenarios again and again, each with an id of its own."""
    shutil.copytree(ROOT / "scenarios" / "base", folder / "base")
    originals = sorted((ROOT / "scenarios").glob("*.yaml"))
    made = []
    for number in range(count):
        original = originals[number % len(originals)]
        document = yaml.safe_load(original.read_text(encoding="utf-8")) | more
        document["metadata"]["id"] = f"{document['metadata']['id']}-{number}"
        path = folder / f"{document['metadata']['id']}.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        made.append(path)
    return made


def _twenty() -> list[dict[str, Any]]:
    return [
        {"id": f"rule-{number}", "when": f'amount > {number * 1_000} && shopper.country == "CN"', "effect": "review"}
        for number in range(RULES)
    ]
