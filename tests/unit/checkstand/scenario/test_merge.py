"""One merge for `extends` and for variations: JSON Merge Patch, with lists of things by id."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkstand.scenario.merge import idle_nulls, merged
from checkstand.scenario.node import located, plain


def merge(target: Any, patch: Any) -> Any:
    return plain(merged(located(target), located(patch)))


# The rows of RFC 7386, appendix A, that are about mappings.
@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({"a": "foo"}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_mappings_merge_as_rfc_7386_says(target: Any, patch: Any, result: Any) -> None:
    assert merge(target, patch) == result


METHODS = {"methods": [{"id": "wx", "order": 1}, {"id": "ali", "order": 2}]}


@pytest.mark.parametrize(
    ("patch", "result"),
    [
        ([{"id": "ali", "order": 9}], [{"id": "wx", "order": 1}, {"id": "ali", "order": 9}]),
        ([{"id": "bal"}], [{"id": "wx", "order": 1}, {"id": "ali", "order": 2}, {"id": "bal"}]),
        ({"wx": {"order": 5}}, [{"id": "wx", "order": 5}, {"id": "ali", "order": 2}]),
        ({"wx": None}, [{"id": "ali", "order": 2}]),
        ({"wx": {"order": None}}, [{"id": "wx"}, {"id": "ali", "order": 2}]),
        ({"bal": {"order": 3}}, [{"id": "wx", "order": 1}, {"id": "ali", "order": 2}, {"id": "bal", "order": 3}]),
    ],
)
def test_a_list_of_things_with_an_id_merges_by_id(patch: Any, result: Any) -> None:
    assert merge(METHODS, {"methods": patch}) == {"methods": result}


def test_a_mapping_by_id_becomes_a_list_where_there_was_none() -> None:
    assert merge({}, {"methods": {"wx": {"order": 1}}}) == {"methods": [{"id": "wx", "order": 1}]}


def test_a_list_without_ids_is_replaced() -> None:
    assert merge({"terminals": ["pc", "h5"]}, {"terminals": ["ios"]}) == {"terminals": ["ios"]}


def test_a_copy_key_that_is_called_like_a_list_stays_a_text() -> None:
    assert merge({"copy": {"en": {"rules": "a"}}}, {"copy": {"en": {"rules": "b"}}}) == {"copy": {"en": {"rules": "b"}}}


def test_a_patch_inside_an_experiment_keeps_its_nulls() -> None:
    experiments = {"experiments": [{"id": "e", "variations": [{"id": "v", "patch": {"methods": {"wx": None}}}]}]}

    assert merge({}, experiments) == experiments


@pytest.mark.parametrize(
    ("patch", "idle"),
    [
        ({"mode": None}, [("mode",)]),
        ({"methods": {"wxx": None}}, [("methods", "wxx")]),
        ({"methods": {"wx": None}}, []),
        ({"methods": [{"id": "wx", "order": None}]}, []),
        ({"methods": [{"id": "wx", "odrer": None}]}, [("methods", 0, "odrer")]),
    ],
)
def test_a_null_that_removes_nothing_is_noticed(patch: Any, idle: Any) -> None:
    assert list(idle_nulls(located(METHODS), located(patch))) == idle


values = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abcd"), values, max_size=4)


@given(target=documents, patch=documents)
def test_applying_a_patch_twice_is_applying_it_once(target: Any, patch: Any) -> None:
    once = merge(target, patch)

    assert merge(once, patch) == once


@given(target=documents)
def test_an_empty_patch_changes_nothing(target: Any) -> None:
    assert merge(target, {}) == target
