"""How a file moves to the next vocabulary, shown with one that is invented here: in checkout/v2 `mode` is `purpose`."""

from __future__ import annotations

import pytest

from checkstand.scenario.edit import own_document, remove, set_value
from checkstand.scenario.node import Fields
from checkstand.scenario.problem import Problem
from checkstand.scenario.read import read_yaml
from checkstand.scenario.vocabulary import CURRENT, Step, VocabularyUnknown, rewritten, vocabulary_problem

OLD = """\
# Lantern Books sells books.
api_version: checkout/v1   # the vocabulary
kind: Scenario
mode: 'payment'  # nobody recharges here
timeouts: {session: PT30M, pay: PT10M}  # agreed in spring

locales: {default: en, supported: [en]}
"""


def without_mode(text: str) -> str:
    """In checkout/v2 `mode` is called `purpose`."""
    mode = own_document(text).get("mode")
    return set_value(remove(text, ("mode",)), ("purpose",), mode) if mode else text


def session_in_minutes(text: str) -> str:
    """In checkout/v3 a session is given in whole minutes."""
    return set_value(text, ("timeouts", "session"), 30)


STEP = {CURRENT: Step("checkout/v2", without_mode)}
TWO_STEPS = {**STEP, "checkout/v2": Step("checkout/v3", session_in_minutes)}


def test_a_step_rewrites_the_text_and_leaves_every_other_line_as_it_was() -> None:
    new = rewritten(OLD, steps=STEP, newest="checkout/v2")

    assert own_document(new) == {
        **{name: value for name, value in own_document(OLD).items() if name != "mode"},
        "api_version": "checkout/v2",
        "purpose": "payment",
    }
    kept = [line for line in OLD.splitlines() if not line.startswith(("api_version", "mode"))]
    assert [line for line in new.splitlines() if line in kept] == kept
    assert "api_version: checkout/v2   # the vocabulary" in new


def test_steps_follow_one_another_to_the_newest() -> None:
    new = own_document(rewritten(OLD, steps=TWO_STEPS, newest="checkout/v3"))

    assert (new["api_version"], new["purpose"], new["timeouts"]["session"]) == ("checkout/v3", "payment", 30)


def test_the_newest_vocabulary_is_left_alone() -> None:
    assert rewritten(OLD) == OLD


@pytest.mark.parametrize("written", ["checkout/v0", "checkout/v9", "compose/v1"])
def test_what_no_step_leads_from_is_refused(written: str) -> None:
    with pytest.raises(VocabularyUnknown, match="no step leads from"):
        rewritten(OLD.replace(CURRENT, written), steps=STEP, newest="checkout/v2")


def told(written: str, steps: dict[str, Step], newest: str) -> Problem | None:
    own = read_yaml(OLD.replace(CURRENT, written).encode(), "lantern.yaml")
    assert isinstance(own, Fields)
    return vocabulary_problem(own, steps=steps, newest=newest)


@pytest.mark.parametrize(
    ("written", "newest", "code"),
    [
        ("checkout/v2", "checkout/v2", None),
        ("checkout/v1", "checkout/v2", "vocabulary.older"),
        ("checkout/v3", "checkout/v2", "vocabulary.newer"),
        ("checkout/v999999999999999999999", "checkout/v2", "vocabulary.unknown"),
        ("checkuot/v2", "checkout/v2", "vocabulary.unknown"),
    ],
)
def test_each_vocabulary_that_cannot_be_read_has_one_message(written: str, newest: str, code: str | None) -> None:
    problem = told(written, STEP, newest)

    assert (problem and problem.code) == code
    assert problem is None or ((problem.line, problem.column) == (2, 14) and problem.remedy)
