"""Rules, shares and places of methods are edited in every file of the catalogue without touching anything else."""

from dataclasses import replace

import pytest
from tests.unit.checkstand.scenario.test_edit import base_methods, changed_span, comments, document

from checkstand.app.edit_draft import inherited
from checkstand.infra.resources import scenarios
from checkstand.scenario.edit import EditRefused, own_document
from checkstand.scenario.edit_items import add_item, remove_item
from checkstand.scenario.edit_parts import in_order, place_method
from checkstand.scenario.edit_rules import RULES, RuleWanted, remove_rule, rules_of, save_rule

WHOLE = sorted(scenarios().glob("*.yaml"))
WITH_RULES = [path for path in WHOLE if rules_of(document(path.read_text(encoding="utf-8")))]
SPLITS = ("settlement", "splits")
NEW = RuleWanted("zz-new", "hide", (), 'shopper.tier == "new" && !(hour in [1, 2])', "Because: of #1")


def by_stem(path):
    return path.stem


def wanted(rule):
    """The rule of a document as the form would send it unchanged."""
    applies_to = tuple(rule.get("applies_to", ()))
    return RuleWanted(rule["id"], rule["effect"], applies_to, rule["when"], rule.get("reason", ""))


def others(value, part="rules"):
    return {name: child for name, child in value.items() if name != part}


@pytest.mark.parametrize("path", WHOLE, ids=by_stem)
def test_a_rule_comes_and_goes_byte_for_byte(path):
    before = path.read_text(encoding="utf-8")
    now = document(before)

    more = save_rule(before, now, NEW)
    start, end = changed_span(before, more)

    assert before[start:end].strip("\n") == "", "something is put in, nothing is taken away"
    assert rules_of(document(more)) == {**rules_of(now), "zz-new": NEW.item()}
    assert others(document(more)) == others(now)
    assert save_rule(more, document(more), NEW) == more
    assert remove_rule(more, document(more), "zz-new", inherited(more, RULES)) == before


@pytest.mark.parametrize("path", WITH_RULES, ids=by_stem)
def test_each_value_of_a_rule_is_changed_alone(path):
    before = path.read_text(encoding="utf-8")
    now = document(before)
    method = now["methods"][0]["id"]
    for rule_id, rule in rules_of(now).items():
        same = wanted(rule)
        assert save_rule(before, now, same) == before
        for change in (
            {"effect": "note" if same.effect != "note" else "block"},
            {"applies_to": (method, "another")},
            {"when": 'shopper.tier == "vip" || amount < 7'},
            {"reason": "Another: reason"},
        ):
            asked = replace(same, **change)
            after = save_rule(before, now, asked)

            assert rules_of(document(after)) == {**rules_of(now), rule_id: asked.item()}, change
            assert others(document(after)) == others(now)
            assert comments(after) == comments(before)
            assert len(set(before.splitlines()) - set(after.splitlines())) <= 1, "one line changed at most"
            back = save_rule(after, document(after), same)
            assert rules_of(document(back)) == rules_of(now)
            assert comments(back) == comments(before)


@pytest.mark.parametrize("path", WITH_RULES, ids=by_stem)
def test_a_rule_that_is_taken_away_leaves_the_others_and_all_comments(path):
    before = path.read_text(encoding="utf-8")
    now = document(before)
    for rule_id in rules_of(now):
        after = remove_rule(before, now, rule_id, inherited(before, RULES))

        assert rules_of(document(after)) == {k: v for k, v in rules_of(now).items() if k != rule_id}
        assert [line.split("#")[-1] for line in comments(after)] == [line.split("#")[-1] for line in comments(before)]
    with pytest.raises(EditRefused):
        remove_rule(before, now, "zz-nothing", frozenset())


@pytest.mark.parametrize("path", WHOLE, ids=by_stem)
def test_a_share_comes_and_goes_byte_for_byte(path):
    before = path.read_text(encoding="utf-8")
    share = {"id": "partner", "member": "lantern", "rate_ppm": 25000}

    more = add_item(before, SPLITS, share)

    assert own_document(more)["settlement"]["splits"] == [share]
    assert comments(more) == comments(before)
    less = remove_item(more, SPLITS, "partner", inherited(more, SPLITS))
    assert own_document(less) == own_document(before)
    two = add_item(more, SPLITS, {**share, "id": "second"})
    assert remove_item(two, SPLITS, "second", frozenset()) == more


@pytest.mark.parametrize("path", WHOLE, ids=by_stem)
def test_a_method_is_dropped_at_any_place_of_any_scenario(path):
    before = path.read_text(encoding="utf-8")
    now = document(before)
    ids = in_order(now)
    for place in range(len(ids)):
        after = place_method(before, now, ids[0], place)
        moved = ids[1:]
        moved.insert(place, ids[0])

        assert in_order(document(after)) == moved
        assert others(document(after), "methods") == others(now, "methods")
        assert comments(after) == comments(before)
    assert place_method(before, now, ids[0], 0) == before
    assert base_methods(before) == inherited(before, ("methods",))


def test_a_rule_of_the_base_is_taken_away_with_null_and_changed_by_name():
    text = "extends: base/retail\nmetadata: {id: x}\nrules:\n  mine: {effect: note, when: amount > 1}\n"
    there = {"rules": [{"id": "theirs", "effect": "hide", "when": "hour < 6", "reason": "old"}]}

    assert "theirs: null" in remove_rule(text, there, "theirs", frozenset({"theirs"}))
    asked = RuleWanted("theirs", "note", (), "hour < 6", "")
    after = own_document(save_rule(text, there, asked))["rules"]
    assert after["theirs"] == {"effect": "note", "reason": None}
    as_list = "rules:\n  - {id: mine, effect: note, when: amount > 1}\n"
    with pytest.raises(EditRefused):
        remove_rule(as_list, there, "theirs", frozenset({"theirs"}))


def test_a_list_on_lines_of_its_own_is_replaced_whole_unless_comments_would_be_lost():
    text = "rules:\n  - id: a\n    effect: hide\n    applies_to:\n      - jd\n      - bal\n    when: amount > 1\n"
    now = {"rules": [{"id": "a", "effect": "hide", "applies_to": ["jd", "bal"], "when": "amount > 1"}]}
    asked = RuleWanted("a", "hide", ("bal",), "amount > 1", "")

    assert save_rule(text, now, asked) == text.replace("\n      - jd\n      - bal", " [bal]")
    with pytest.raises(EditRefused):
        save_rule(text.replace("- jd\n", "- jd # why\n"), now, asked)
