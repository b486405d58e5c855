"""docs/reference/messages.md lists every code that the source has, with a message that is really said."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.scenarios.bad_input import BAD, GOOD, put, when
from tests.scenarios.test_bad_input import BASE, bases
from tests.scenarios.test_mistakes import FACTS, MISTAKES, method_type

from checkstand.rule import RuleError, compile_rule
from checkstand.scenario import load
from checkstand.scenario.bases import Bases
from checkstand.scenario.finding import Facts
from checkstand.scenario.load import load_bytes
from checkstand.scenario.messages import messages
from checkstand.scenario.node import Fields
from checkstand.scenario.read import read_yaml
from checkstand.scenario.vocabulary import Step, vocabulary_problem

ROOT = Path(__file__).parents[2]
COMPONENTS = ("rule", "scenario", "proof")
PREFIXES = {code.partition(".")[0] for code in messages()}
PATHS = {"fee.min", "fee.rate_ppm", "form.type", "metadata.id", "methods.id"}  # of values in a document, no codes
CODE = re.compile(r"[a-z]+\.[a-z0-9_]+|not_available_yet")
NEVER_SAID = {"shape.invalid"}  # what the schema may learn one day and nobody has worded


def used() -> set[str]:
    """Every constant of the source that looks like a code, without those of errors (they stand in errors.md)."""
    found: set[str] = set()
    errors: set[str] = set()
    for file in (file for name in COMPONENTS for file in (ROOT / "platform" / "checkstand" / name).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
                found.add(str(node.value))
            if isinstance(node, ast.ClassDef):
                own = [
                    each
                    for each in node.body
                    if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "code"
                ]
                errors |= {ast.literal_eval(each.value) for each in own}
    return {code for code in found if code.partition(".")[0] in PREFIXES} - errors - PATHS


def test_every_code_of_the_source_is_listed() -> None:
    missing = used() - messages().keys()

    assert missing == set(), "add them to platform/checkstand/scenario/texts/messages.yaml and run `make docs`"


def test_every_code_that_is_listed_is_in_the_source() -> None:
    assert messages().keys() - used() == set()


def test_every_code_has_a_remedy_and_an_example() -> None:
    assert [code for code, message in messages().items() if not message.remedy.endswith((".", "}", "]"))] == []
    assert {code for code, message in messages().items() if not message.example} == NEVER_SAID


def said(folder: Path) -> dict[str, set[str]]:
    """What the validator says about every broken file of the tests, by code."""
    texts = [GOOD.replace(find, instead, 1) for _, find, instead, _ in MISTAKES] + [raw for _, raw, _, _ in BAD]
    found: dict[str, set[str]] = {}
    for text in texts:
        raw = text.encode() if isinstance(text, str) else text
        for problem in load_bytes(raw, "lantern.yaml", folder, FACTS, Bases()).problems:
            found.setdefault(problem.code, set()).add(str(problem))
    return found


def test_the_examples_are_what_is_really_said(tmp_path: Path) -> None:
    really = said(tmp_path)
    wrong = [
        code
        for code, message in messages().items()
        if code in really and message.example and message.example not in really[code]
    ]

    assert wrong == [], {code: sorted(really[code])[:1] for code in wrong}
    assert messages().keys() - really.keys() - NEVER_SAID - ELSEWHERE.keys() == {
        code for code in messages() if code.startswith("proof.")
    }


def one(text: str, folder: Path, facts: Facts = FACTS) -> str:
    [problem] = load_bytes(text.encode(), "lantern.yaml", folder, facts, Bases()).problems
    return str(problem)


def beside(folder: Path, text: str, **extended: str) -> str:
    bases(folder, **extended)
    return one(text, folder)


def locked_base(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def locked(_path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("checkstand.scenario.bases.beginning", locked)
    return beside(folder, put("mode: payment", "extends: base/day"), day="night")


def no_base(folder: Path) -> str:
    bases(folder)
    (folder / "base" / "day.yaml").write_text(GOOD, "utf-8")
    return one(put("mode: payment", "extends: base/day"), folder)


def without_duty(folder: Path) -> str:
    bases(folder)
    regulated = "form: {type: regulatory}\nconsents: [{id: terms, text_ref: copy.terms}]\ndisclosures: [copy.terms]\n"
    (folder / "base" / "day.yaml").write_text(BASE + regulated, "utf-8")
    form = "form: {type: full_screen, review_step: above_amount, review_above: 50000}"
    return one(put(form, "form: {type: full_screen}", put("mode: payment", "extends: base/day")), folder)


def twins(folder: Path) -> str:
    for name in ("atlas", "lantern"):
        (folder / f"{name}.yaml").write_text(GOOD, "utf-8")
    [problem] = load([folder], FACTS.method_types).problems
    return str(problem).replace(f"{folder}/", "")


def unreadable(folder: Path) -> str:
    [problem] = load([folder / "lantern.yaml"], FACTS.method_types).problems
    return str(problem).replace(f"{folder}/", "")


def served(folder: Path, terminals: frozenset[str], *currencies: str) -> str:
    """The good file where WeChat Pay has only these terminals and currencies."""
    kind = SimpleNamespace(channels=("wechat_pay",), terminals=terminals, currencies=frozenset(currencies))
    facts = Facts({**FACTS.method_types, "wechat_pay": kind})
    return one(GOOD, folder, facts)


def deserted(folder: Path) -> str:
    """Every method works on computers only."""
    types = {
        name: SimpleNamespace(channels=(name,), terminals=frozenset(["pc"]), currencies=kind.currencies)
        for name, kind in FACTS.method_types.items()
    }
    return one(GOOD, folder, Facts(types))


def older() -> str:
    own = read_yaml(GOOD.encode(), "lantern.yaml")
    assert isinstance(own, Fields)
    steps = {"checkout/v1": Step("checkout/v2", str)}
    return str(vocabulary_problem(own, steps=steps, newest="checkout/v2"))


def too_long() -> str:
    with pytest.raises(RuleError) as caught:
        compile_rule("amount > 1 && " * 400 + "true")
    return caught.value.detail


CNY = ("CNY",)
ALL = method_type("any").terminals
ELSEWHERE: dict[str, Callable[[Path, pytest.MonkeyPatch], str]] = {
    "file.unreadable": lambda folder, _patch: unreadable(folder),
    "vocabulary.older": lambda _folder, _patch: older(),
    "base.cycle": lambda folder, _patch: beside(
        folder, put("mode: payment", "extends: base/day"), day="night", night="day"
    ).replace(f"{folder}/", ""),
    "base.not_a_base": lambda folder, _patch: no_base(folder),
    "base.unreadable": locked_base,
    "scenario.id_twice": lambda folder, _patch: twins(folder),
    "method.wrong_terminal": lambda folder, _patch: served(folder, frozenset(["ios"]), *CNY),
    "method.wrong_currency": lambda folder, _patch: served(folder, ALL, "USD"),
    "terminal.no_method": lambda folder, _patch: deserted(folder),
    "regulatory.duty_removed": lambda folder, _patch: without_duty(folder),
    "rule.too_long": lambda _folder, _patch: too_long(),
}


@pytest.mark.parametrize("code", ELSEWHERE)
def test_an_example_that_needs_more_than_one_text_is_really_said(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ELSEWHERE[code](tmp_path, monkeypatch) == messages()[code].example


def test_a_finding_that_says_its_own_remedy_keeps_it(tmp_path: Path) -> None:
    alert = "alerts: [{id: a, metric: success_rate, window: PT5M, below: 0.9, notify: [owner]}]"
    [problem] = load_bytes(put("mode: payment", alert).encode(), "lantern.yaml", tmp_path, FACTS, Bases()).problems

    assert problem.remedy == "Leave alerts out; the webhook payment.failed tells you about failures."
    assert problem.remedy != messages()[problem.code].remedy


def test_a_finding_without_a_remedy_takes_that_of_its_code(tmp_path: Path) -> None:
    [problem] = load_bytes(when("amount").encode(), "lantern.yaml", tmp_path, FACTS, Bases()).problems

    assert problem.remedy == messages()["rule.not_boolean"].remedy
