"""Rows of a form and conditions: whatever can be taken apart is written again with the same meaning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkstand.rule import VARIABLES, compile_rule
from checkstand.rule.comparisons import AND, CHOICES, MAX_ROWS, OR, Row, condition_of, rows_of

TEXTS = st.text(st.characters(codec="utf-8", max_codepoint=0x2FFF, exclude_characters="\0"), max_size=12)


def values_of(variable):
    if variable.type == "int":
        return st.integers(-(2**62), 2**62)
    return st.sampled_from(variable.values) if variable.values else TEXTS


@st.composite
def rows(draw):
    variable = draw(st.sampled_from(sorted(VARIABLES.values(), key=lambda each: each.name)))
    operator = draw(st.sampled_from(CHOICES[variable.type]))
    if variable.type == "bool":
        return Row(variable.name, operator, (draw(st.booleans()),))
    several = operator in ("in", "not in")
    values = st.lists(values_of(variable), min_size=2 if several else 1, max_size=4 if several else 1)
    return Row(variable.name, operator, tuple(draw(values)))


@settings(deadline=None)
@given(join=st.sampled_from([AND, OR]), wanted=st.lists(rows(), min_size=1, max_size=MAX_ROWS))
def test_rows_come_back_as_they_were_written(join, wanted):
    found = rows_of(compile_rule(condition_of(join, wanted)).tree)

    assert found == (join if len(wanted) > 1 else AND, tuple(wanted))


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("5 < amount", (Row("amount", ">", (5,)),)),
        ("!(amount > 5)", (Row("amount", "<=", (5,)),)),
        ("!shopper.real_name", (Row("shopper.real_name", "==", (False,)),)),
        ("shopper.real_name != true", (Row("shopper.real_name", "==", (False,)),)),
        ('terminal in ["pc"]', (Row("terminal", "==", ("pc",)),)),
        ('!(terminal in ["pc", "h5"])', (Row("terminal", "not in", ("pc", "h5")),)),
    ],
)
def test_other_ways_to_write_the_same_are_understood(source, rows):
    assert rows_of(compile_rule(source).tree) == (AND, rows)


@pytest.mark.parametrize(
    "source",
    [
        "amount > 5 && (hour < 6 || hour > 20)",
        "amount > 5 || hour < 6 && hour > 2",
        "!(amount > 5 || hour < 6)",
        "amount + 1 > 5",
        "amount > shopper.age_days",
        "amount in [1, 2]",
        "shopper.id in []",
        'order.category.startsWith("gift")',
        "true",
        " && ".join(["amount > 5"] * (MAX_ROWS + 1)),
    ],
)
def test_what_has_no_rows_stays_a_text(source):
    assert rows_of(compile_rule(source).tree) is None
