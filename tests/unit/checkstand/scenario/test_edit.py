"""Structured edits change the edited value and not one byte beside it, in every file of the catalogue."""

import json

import pytest

from checkstand.channel import Registry
from checkstand.infra.resources import scenarios
from checkstand.scenario.bases import Bases
from checkstand.scenario.edit import EditRefused, append_item, own_document, remove, set_value
from checkstand.scenario.edit_parts import add_method, change_settings, in_order, move_method, remove_method
from checkstand.scenario.finding import Facts
from checkstand.scenario.load import load_bytes

FILES = sorted(scenarios().rglob("*.yaml"))
WHOLE = sorted(scenarios().glob("*.yaml"))
TYPES = Registry.load().method_types()


def ids(path):
    return path.stem


def document(text, folder=None):
    loaded = load_bytes(text.encode(), "x.yaml", folder or scenarios(), Facts(TYPES), Bases())
    assert not [p for p in loaded.problems if p.code.startswith("yaml")], loaded.problems
    return loaded.document


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, (*path, name))
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and "id" in item:
                yield from leaves(item, (*path, item["id"]))
    else:
        yield path, value


def changed_span(before, after):
    """The smallest range of `before` that differs."""
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(map(len, (before, after)))
    )
    left = min(len(before), len(after)) - start
    tail = next((i for i in range(left) if before[-1 - i] != after[-1 - i]), left)
    return start, len(before) - tail


def comments(text):
    return [line for line in text.splitlines() if line.lstrip().startswith("#")]


def patched(value, path, new):
    if not path:
        return new
    if isinstance(value, list):
        return [patched(item, path[1:], new) if item.get("id") == path[0] else item for item in value]
    return {name: patched(child, path[1:], new) if name == path[0] else child for name, child in value.items()}


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_every_value_of_the_catalogue_can_be_set_alone(path):
    before = path.read_text(encoding="utf-8")
    own = own_document(before)

    for where, old in list(leaves(own)):
        new = old + 1 if type(old) is int else "zz: 'top' # \"1\""
        if where[-1] == "id" and len(where) > 2:
            continue  # renaming an item makes it another one
        after = set_value(before, where, new)
        start, end = changed_span(before, after)

        assert own_document(after) == patched(own, where, new), where
        assert "\n" not in before[start:end].strip("\n") or "|" in before or ">" in before, where
        assert comments(after) == comments(before)
        assert set_value(before, where, old) == before or type(old) is float or old is None or "\\" in before[start:end]


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_a_missing_value_is_written_without_touching_the_rest(path):
    before = path.read_text(encoding="utf-8")
    own = own_document(before)
    for where, new in [
        (("theme", "tokens", "zz"), 7),
        (("timeouts", "waiting_poll"), "PT3S"),
        (("metadata", "description", "fr"), "A: b"),
        (("budget", "render_p95_ms_x"), 3),
    ]:
        after = set_value(before, where, new)
        start, end = changed_span(before, after)

        assert start == end or before[start:end] == "null", "only something was put in"
        assert {p: v for p, v in leaves(own_document(after)) if p != where} == dict(leaves(own))
        assert comments(after) == comments(before)


@pytest.mark.parametrize("path", WHOLE, ids=ids)
def test_methods_move_leave_and_come_in_every_scenario(path):
    before = path.read_text(encoding="utf-8")
    now = document(before)
    order = in_order(now)

    moved = move_method(before, now, order[-1], -1)
    if len(order) > 1:
        assert in_order(document(moved)) == [*order[:-2], order[-1], order[-2]]
        assert comments(moved) == comments(before)
        assert {k: v for k, v in document(moved).items() if k != "methods"} == {
            k: v for k, v in now.items() if k != "methods"
        }
        inherited = frozenset() if "extends" not in own_document(before) else base_methods(before)
        less = remove_method(before, now, order[0], inherited)
        assert in_order(document(less)) == order[1:]
        assert comments(less) == comments(before)

    more = add_method(before, now, "alipay")
    assert in_order(document(more)) == [*order, "alipay"]
    assert all(line in more.splitlines() or "methods" in line or "null" in line for line in before.splitlines())


def base_methods(text):
    without = {name: value for name, value in own_document(text).items() if name != "methods"}
    loaded = load_bytes(json.dumps(without).encode(), "x.yaml", scenarios(), Facts(TYPES), Bases())
    return frozenset(method["id"] for method in (loaded.document or {}).get("methods", ()))


@pytest.mark.parametrize("path", WHOLE, ids=ids)
def test_settings_are_written_and_can_be_taken_away_again(path):
    before = path.read_text(encoding="utf-8")
    now = document(before)
    wanted = {
        ("metadata", "name", "en"): "Books: all of them",
        ("form", "type"): "mobile_site",
        ("theme", "tokens", "color_primary"): "#0a5c36",
        ("amount_limits", "min"): now["amount_limits"].get("min", 1) + 5,
        ("timeouts", "pay"): "PT11M",
    }
    after = change_settings(before, now, wanted)
    then = document(after)

    assert then["metadata"]["name"]["en"] == "Books: all of them"
    assert then["form"]["type"] == "mobile_site"
    assert then["theme"]["tokens"]["color_primary"] == "#0a5c36"
    assert then["timeouts"]["pay"] == "PT11M"
    assert comments(after) == comments(before)
    assert change_settings(after, then, wanted) == after
    assert "color_primary" not in str(
        document(change_settings(after, then, {("theme", "tokens", "color_primary"): None}))
    )


def test_quotes_stay_as_the_author_set_them():
    text = "a: 'one'\nb: \"two\"\nc: three\nd: {e: 'f'} # why\n"

    assert set_value(text, ("a",), "it's") == text.replace("'one'", "'it''s'")
    assert set_value(text, ("b",), "2") == text.replace('"two"', '"2"')
    assert set_value(text, ("c",), "no") == text.replace("three", '"no"')
    assert set_value(text, ("d", "e"), "g") == text.replace("'f'", "'g'")


def test_a_block_text_is_replaced_and_what_follows_stays():
    text = "a: |\n  one\n  two\n\n# next\nb: 1\n"

    assert set_value(text, ("a",), "short") == "a: short\n\n# next\nb: 1\n"


def test_an_empty_value_and_a_file_without_a_last_line_break_can_be_filled():
    assert set_value("a:\nb: 1", ("a", "c"), 2) == "a: {c: 2}\nb: 1"
    assert set_value("a: {}\nb: 1", ("a", "c"), 2) == "a: {c: 2}\nb: 1"
    assert set_value("b: 1", ("a", "c"), 2) == "b: 1\na: {c: 2}"


def test_removing_from_flow_and_block():
    assert remove("a: {b: 1, c: 2, d: 3}\n", ("a", "c")) == "a: {b: 1, d: 3}\n"
    assert remove("a: {b: 1, c: 2}\n", ("a", "c")) == "a: {b: 1}\n"
    assert remove("x: 1\na: {b: {c: 2}} # gone\ny: 2\n", ("a", "b", "c")) == "x: 1\ny: 2\n"
    assert remove("l:\n  - id: a\n    n: 1\n  # second\n  - id: b\n", ("l", "a")) == "l:\n  # second\n  - id: b\n"
    with pytest.raises(EditRefused):
        remove("a: 1\n", ("b",))


def test_what_cannot_be_written_is_refused_and_never_half_done():
    with pytest.raises(EditRefused):
        set_value("a: [1, 2]\n", ("a", "b"), 1)
    with pytest.raises(EditRefused):
        set_value("a: *b\n", ("a",), 1)
    with pytest.raises(EditRefused):
        append_item("a: {}\n", ("a",), {"id": "x"})
    with pytest.raises(EditRefused):
        set_value("{" * 50, ("a",), 1)
