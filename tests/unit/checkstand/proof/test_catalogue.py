"""What a proof finds stands in the file where somebody can correct it."""

from __future__ import annotations

from pathlib import Path

from checkstand.channel import Registry
from checkstand.proof import Proofs, installed, is_proof, proven_catalogue
from checkstand.scenario import Catalogue, load
from checkstand.scenario.problem import Problem

TEXT = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern}
amount_limits: {currency: CNY, max: 100000}
methods:
  - {id: wx, type: wechat_pay, order: 10}
  - {id: ali, type: alipay, order: 20}
rules:
  - id: cap
    effect: hide
    applies_to: [wx]
    when: >-
      shopper.tier == "new"
      && amount > 900000
experiments:
  - id: ab
    layer: books
    variations:
      - {id: control, weight: 0.5}
      - id: treated
        weight: 0.5
        patch:
          methods:
            ali: {when: 'shopper.tier != "new"'}
            wx: {when: "hour < 22"}
locales: {default: en, supported: [en]}
"""


def proven(folder: Path, text: str) -> Catalogue:
    path = folder / "books.yaml"
    path.write_text(text, encoding="utf-8")
    registry = Registry.load()
    return proven_catalogue(load([path], registry.method_types()), Proofs(installed(registry)))


def told(catalogue: Catalogue) -> list[Problem]:
    return [problem for problem in catalogue.problems if is_proof(problem)]


def test_a_rule_is_told_at_its_condition_and_a_variation_at_its_patch(tmp_path: Path) -> None:
    dead, empty = told(proven(tmp_path, TEXT))

    assert (dead.code, dead.line, dead.path, dead.severity) == ("proof.dead_rule", 12, "rules[0].when", "warning")
    assert (empty.code, empty.line, empty.severity) == ("proof.empty_checkout", 23, "error")
    assert empty.message.endswith('(in variation "treated" of "ab")')
    assert empty.example == "amount ¥100.00, new shopper, on a computer at 22:00"
    assert dict(empty.witness)["hour"] == 22


def test_an_editor_gets_the_order_as_values_too(tmp_path: Path) -> None:
    told_to_editor = [problem.to_json() for problem in told(proven(tmp_path, TEXT))]

    assert told_to_editor[1]["witness"]["shopper.tier"] == "new"
    assert told_to_editor[1]["example"].startswith("amount ¥100.00")
    assert "witness" not in Problem("f", 1, 1, "", "c", "m").to_json()


def test_a_file_with_mistakes_is_not_proven_because_it_means_nothing_yet(tmp_path: Path) -> None:
    catalogue = proven(tmp_path, TEXT.replace("alipay", "alypay"))

    assert catalogue.errors
    assert told(catalogue) == []


def test_a_file_cannot_take_away_what_its_regulatory_base_demands(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "law.yaml").write_text(
        "api_version: checkout/v1\nkind: Base\nmetadata: {id: law, name: {en: Law}, owner: lantern}\n"
        "form: {type: regulatory}\ndisclosures: [copy.risk]\n"
        "consents: [{id: terms, text_ref: copy.risk}, {id: age, text_ref: copy.risk}]\n"
        "copy: {en: {risk: Money may be lost.}}\n",
        encoding="utf-8",
    )
    text = TEXT.partition("rules:")[0] + "locales: {default: en, supported: [en]}\nextends: base/law\n"

    assert proven(tmp_path, text).errors == []
    (problem,) = proven(tmp_path, text + "consents:\n  age: null\n").errors
    assert (problem.code, problem.line, problem.path) == ("regulatory.duty_removed", 11, "consents.age")
    assert problem.message.startswith('the consent "age" is removed')
    (problem,) = proven(tmp_path, text + "form: {type: full_screen}\n").errors
    assert (problem.code, problem.line) == ("regulatory.duty_removed", 10)
