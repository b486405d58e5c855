"""What each type of field accepts."""

from __future__ import annotations

import pytest

from checkstand.cashier.fields import CHECKERS, check_field
from checkstand.cashier.texts import catalog
from checkstand.scenario.plan import FieldPlan

ANSWERS = [
    ("text", "Lantern Books Ltd.", True),
    ("text", "two\nlines", False),
    ("email", "mei@lantern.example", True),
    ("email", "mei@lantern", False),
    ("email", "mei lin@lantern.example", False),
    ("phone", "138 0013 8000", True),
    ("phone", "+49 (30) 901820", True),
    ("phone", "call me", False),
    ("select", "a", True),
    ("select", "z", False),
    ("checkbox", "on", True),
    ("checkbox", "maybe", False),
    ("real_name", "林美", True),
    ("real_name", "阿卜杜拉·买买提", True),
    ("real_name", "Mei O'Brien-Lin", True),
    ("real_name", "R2D2", False),
    ("id_number", "11010519491231002X", True),  # the example of GB 11643
    ("id_number", "11010519491231002x", True),
    ("id_number", "110105194912310021", False),
    ("id_number", "E12345678", True),
    ("id_number", "12", False),
]


def field(kind: str, collect: str = "required") -> FieldPlan:
    return FieldPlan("f", kind, {}, {}, collect, (("a", {}), ("b", {})), None, 60)


@pytest.mark.parametrize(("kind", "value", "fits"), ANSWERS)
def test_an_answer_fits_its_field(kind: str, value: str, fits: bool) -> None:
    assert (check_field(field(kind), value) is None) == fits


@pytest.mark.parametrize("kind", CHECKERS)
def test_a_required_field_asks_in_its_own_words(kind: str) -> None:
    key = check_field(field(kind), "")

    assert key == f"errors.field_required_{kind}"
    assert key in catalog("en")


@pytest.mark.parametrize("kind", CHECKERS)
def test_an_optional_field_may_stay_empty(kind: str) -> None:
    assert check_field(field(kind, "optional"), "") is None
