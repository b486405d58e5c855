"""Two people, one draft: what only one changed is merged, what both changed is asked."""

from __future__ import annotations

import random

import pytest

from checkstand.scenario.edit import EditRefused, own_document, set_value
from checkstand.scenario.three_way import ABSENT, Conflict, _by_id, merge, merged_text

BASE = """\
# Our shop.
metadata: {id: books, name: {en: Books}}
amount_limits: {currency: CNY, min: 1, max: 100000}
methods:
  - {id: wx, type: wechat_pay, order: 10} # everybody has it
  - {id: ali, type: alipay, order: 20}
  - id: bal
    type: balance
terminals: [pc, h5]
"""


def test_changes_of_different_nodes_are_both_kept_with_their_comments() -> None:
    mine = BASE.replace("max: 100000", "max: 200000")
    theirs = BASE.replace("order: 20", "order: 5").replace("# Our shop.", "# Our shop, since 1998.")
    found = merge(BASE, mine, theirs)

    assert found.conflicts == ()
    text = merged_text(theirs, found, {})
    assert text == theirs.replace("max: 100000", "max: 200000")


def test_the_same_change_is_no_conflict() -> None:
    both = BASE.replace("order: 20", "order: 5")

    found = merge(BASE, both, both)

    assert (found.mine, found.theirs, found.conflicts) == ((), (), ())


def test_what_both_changed_is_asked_with_all_three_values() -> None:
    mine, theirs = BASE.replace("max: 100000", "max: 7"), BASE.replace("max: 100000", "max: 9")
    found = merge(BASE, mine, theirs)

    assert found.conflicts == (Conflict(("amount_limits", "max"), 100_000, 7, 9),)
    assert "max: 7" in merged_text(theirs, found, {("amount_limits", "max"): "mine"})
    assert merged_text(theirs, found, {("amount_limits", "max"): "theirs"}) == theirs
    assert merged_text(theirs, found, {}) == theirs


def test_items_are_added_removed_and_changed_by_their_id() -> None:
    mine = BASE.replace("  - {id: ali, type: alipay, order: 20}\n", "")
    mine = mine.replace("terminals", "  - {id: card, type: card}\nterminals")
    theirs = BASE.replace("order: 10", "order: 11")
    text = merged_text(theirs, merge(BASE, mine, theirs), {})

    assert [item["id"] for item in own_document(text)["methods"]] == ["wx", "bal", "card"]
    assert "order: 11} # everybody has it" in text


def test_removing_what_the_other_changed_is_a_conflict() -> None:
    mine = BASE.replace("  - {id: ali, type: alipay, order: 20}\n", "")
    theirs = BASE.replace("order: 20", "order: 5")
    (conflict,) = merge(BASE, mine, theirs).conflicts

    assert (conflict.path, conflict.mine) == (("methods", "ali"), ABSENT)
    assert "alipay" not in merged_text(theirs, merge(BASE, mine, theirs), {conflict.path: "mine"})


def test_a_list_of_words_is_one_node() -> None:
    mine, theirs = BASE.replace("[pc, h5]", "[pc]"), BASE.replace("[pc, h5]", "[h5]")

    assert [each.name for each in merge(BASE, mine, theirs).conflicts] == ["terminals"]


def test_a_new_part_is_written_whole() -> None:
    mine = BASE + "rules:\n  - {id: cap, effect: hide, when: 'amount > 5'}\ntheme: {tokens: {radius: 4}}\n"
    text = merged_text(BASE, merge(BASE, mine, BASE), {})

    assert own_document(text) == own_document(mine)


def test_a_text_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(EditRefused):
        merge(BASE, "a: [", BASE)


def test_a_merge_says_what_both_wanted_whatever_they_changed() -> None:
    """Random edits of both: every node has the value of whoever changed it, or what was chosen."""
    chance = random.Random(5)
    paths = [
        ("amount_limits", "min"), ("amount_limits", "max"), ("methods", "wx", "order"), ("methods", "ali", "order"),
        ("metadata", "name", "en"), ("methods", "bal", "type"), ("mode",),
    ]  # fmt: skip
    conflicts = 0
    for _ in range(80):
        sides = []
        for name in ("m", "t"):
            text = BASE
            for path in chance.sample(paths, 3):
                text = set_value(text, path, f"{name}{chance.randint(1, 3)}" if chance.random() < 0.7 else "same")
            sides.append(text)
        mine, theirs = sides
        found = merge(BASE, mine, theirs)
        conflicts += len(found.conflicts)
        choices = {each.path: chance.choice(("mine", "theirs")) for each in found.conflicts}
        merged = _by_id(own_document(merged_text(theirs, found, choices)))
        documents = [
            _by_id(own_document(text))
            for text in (
                BASE,
                mine,
                theirs,
            )
        ]
        for path in paths:
            base, own, other, now = (_value(document, path) for document in (*documents, merged))
            if other in (own, base):
                assert now == own
            elif own == base:
                assert now == other
            else:
                assert now == (own if choices[path] == "mine" else other)
    assert conflicts > 20


def _value(document: object, path: tuple[str, ...]) -> object:
    for name in path:
        document = document.get(name, ABSENT) if isinstance(document, dict) else ABSENT
    return document
