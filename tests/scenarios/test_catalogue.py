"""The catalogue is our best documentation: every file is right, runnable, translated and commented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from checkstand.cashier.texts import catalog
from checkstand.channel import Registry
from checkstand.infra.resources import scenarios
from checkstand.scenario import Catalogue, Loaded, compile_plan, evaluate_rules, load, with_variations
from checkstand.scenario.schema import PATH, SCHEMA
from checkstand.scenario.summary import summary

FILES = sorted(scenarios().glob("*.yaml"))
BASES = sorted(scenarios().glob("base/*.yaml"))
# What people recognise, part 3 of the first issue; `mall-order` is what every example refers to.
IDS = {
    "b2b-order", "donation", "grocery-h5", "insurance", "mall-order", "membership-fee", "mini-program-snack",
    "pharmacy", "popup-embed", "second-hand", "ticketing", "travel-booking", "virtual-goods", "wallet-recharge",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load([scenarios()], Registry.load().method_types())


def one(catalogue: Catalogue, path: Path) -> Loaded:
    return next(loaded for loaded in catalogue.files if Path(loaded.file).name == path.name)


def test_the_catalogue_has_no_mistakes_and_no_advice(catalogue: Catalogue) -> None:
    assert [str(problem) for problem in catalogue.problems] == []


def test_the_known_businesses_are_there(catalogue: Catalogue) -> None:
    assert {loaded.scenario_id for loaded in catalogue.scenarios} >= IDS


def test_mall_order_has_the_methods_that_examples_name(catalogue: Catalogue) -> None:
    plan = compile_plan(one(catalogue, Path("mall-order.yaml")).document or {}, Registry.load().method_types())

    assert [(method.id, method.type) for method in plan.methods] == [
        ("wx", "wechat_pay"),
        ("ali", "alipay"),
        ("bal", "balance"),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_is_named_after_its_scenario(path: Path, catalogue: Catalogue) -> None:
    assert one(catalogue, path).scenario_id == path.stem


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_compiles_with_every_variation(path: Path, catalogue: Catalogue) -> None:
    plan = compile_plan(one(catalogue, path).document or {}, Registry.load().method_types())

    for experiment in plan.experiments:
        for variation in experiment.variations:
            varied = with_variations(plan, {experiment.id: variation.id})
            assert (varied == plan) == (not variation.patch), f"{variation.id} changes nothing"
    assert evaluate_rules(plan, {}).hits.keys() == {method.id for method in plan.methods}
    assert all(section.lines for section in summary(plan))


@pytest.mark.parametrize("path", [*FILES, *BASES], ids=lambda path: path.stem)
def test_the_file_teaches(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)

    assert header is not None, "editors need the first line to complete and check while typing"
    assert (path.parent / header[1]).resolve() == PATH.resolve()
    assert len(re.findall(r"^ *#", text, re.MULTILINE)) >= 4


@pytest.mark.parametrize("path", [*FILES, *BASES], ids=lambda path: path.stem)
def test_an_editor_with_the_schema_finds_nothing_to_complain_about(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sentences_that_are_replaced_exist(path: Path, catalogue: Catalogue) -> None:
    document = one(catalogue, path).document or {}
    patches = [arm.get("patch", {}) for e in document.get("experiments", ()) for arm in e["variations"]]
    for part in (document, *patches):
        for locale, texts in part.get("copy", {}).items():
            dotted = {key for key in texts if "." in key}
            assert dotted <= set(catalog(locale)), f"{locale}: the pages have no such sentence"


def test_velocity_challenge_and_experiments_are_shown_somewhere(catalogue: Catalogue) -> None:
    documents = [loaded.document or {} for loaded in catalogue.scenarios]

    assert sum(bool(document.get("risk", {}).get("velocity")) for document in documents) >= 2
    assert sum(bool(document.get("experiments")) for document in documents) >= 2
    effects = {rule["effect"] for document in documents for rule in document.get("rules", ())}
    assert effects == {"hide", "require", "challenge", "block", "review", "note"}


def test_every_form_and_terminal_is_shown_somewhere(catalogue: Catalogue) -> None:
    types = Registry.load().method_types()
    plans = [compile_plan(loaded.document or {}, types) for loaded in catalogue.scenarios]

    shown = {plan.form.for_terminal(terminal) for plan in plans for terminal in plan.terminals}
    assert shown == {"full_screen", "popup", "mobile_site", "regulatory"}


def test_every_part_of_the_vocabulary_explains_itself() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert list(_unexplained(SCHEMA, "")) == []


def _unexplained(schema: Mapping[str, Any], path: str) -> list[str]:
    found = []
    for name, part in schema.get("properties", {}).items():
        if path != "/if" and not part.get("description"):
            found.append(f"{path}/{name}")
        found += _unexplained(part, f"{path}/{name}")
    for name, part in schema.get("$defs", {}).items():
        found += _unexplained(part, f"{path}/$defs/{name}")
    if isinstance(schema.get("items"), Mapping):
        found += _unexplained(schema["items"], f"{path}[]")
    if schema.get("type") == "object" and "properties" in schema and schema.get("additionalProperties") is not False:
        found.append(f"{path} is not closed")
    return found
