"""What each type of field accepts. A checker answers with the key of a message, or None when all is well."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from checkstand.scenario.plan import FieldPlan

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE: Final = re.compile(r"\+?\d{6,15}")
_RESIDENT_ID: Final = re.compile(r"\d{17}[\dX]")
_PASSPORT: Final = re.compile(r"[A-Z0-9]{6,17}")
_RESIDENT_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643, ISO 7064 mod 11-2
_RESIDENT_CHECKS: Final = "10X98765432"


def _text(field: FieldPlan, value: str) -> str | None:
    return None if value.isprintable() else "errors.field_text"


def _email(field: FieldPlan, value: str) -> str | None:
    return None if _EMAIL.fullmatch(value) else "errors.field_email"


def _phone(field: FieldPlan, value: str) -> str | None:
    return None if _PHONE.fullmatch(re.sub(r"[\s().-]", "", value)) else "errors.field_phone"


def _select(field: FieldPlan, value: str) -> str | None:
    return None if value in {name for name, _ in field.options} else "errors.field_select"


def _checkbox(field: FieldPlan, value: str) -> str | None:
    return None if value in {"on", "true", "1"} else "errors.field_checkbox"


def _real_name(field: FieldPlan, value: str) -> str | None:
    letters = [letter for letter in value if letter not in " ·•.'’-"]
    return None if len(letters) >= 2 and all(letter.isalpha() for letter in letters) else "errors.field_real_name"


def _id_number(field: FieldPlan, value: str) -> str | None:
    """A resident identity number must carry its check digit; passports are shorter and have none."""
    number = value.upper().replace(" ", "")
    if _RESIDENT_ID.fullmatch(number):
        total = sum(weight * int(digit) for weight, digit in zip(_RESIDENT_WEIGHTS, number, strict=False))
        return None if _RESIDENT_CHECKS[total % 11] == number[17] else "errors.field_id_number"
    return None if _PASSPORT.fullmatch(number) else "errors.field_id_number"


CHECKERS: Final[Mapping[str, Callable[[FieldPlan, str], str | None]]] = {
    "text": _text,
    "email": _email,
    "phone": _phone,
    "select": _select,
    "checkbox": _checkbox,
    "real_name": _real_name,
    "id_number": _id_number,
}


def check_field(field: FieldPlan, value: str) -> str | None:
    """Check one answer: missing, too long, or not what the type accepts."""
    if not value:
        return f"errors.field_required_{field.type}" if field.collect == "required" else None
    if len(value) > field.max_length:
        return "errors.field_too_long"
    return CHECKERS[field.type](field, value)
