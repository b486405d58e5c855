"""Rules as sentences, and one rule as fields: what the page shows, and the rule that a filled form describes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.kernel import Money
from checkstand.rule import VARIABLES, RuleError, compile_rule
from checkstand.rule.comparisons import AND, CHOICES, MAX_ROWS, NONE_OF, ONE_OF, OR, Row, condition_of, rows_of
from checkstand.rule.phrases import LOGIC, spoken, value_words, variable_words
from checkstand.rule.sentence import say_rule, say_source
from checkstand.scenario.edit_rules import RuleWanted, rules_of
from checkstand.scenario.schema import SCHEMA
from checkstand_admin.console import Form
from checkstand_admin.studio.settings import SettingInvalid, currency_of

EFFECTS: Final[tuple[str, ...]] = tuple(SCHEMA["$defs"]["rule"]["properties"]["effect"]["enum"])
OPERATORS: Final = tuple(dict.fromkeys(operator for known in CHOICES.values() for operator in known))
_ID: Final = re.compile(SCHEMA["$defs"]["id"]["pattern"])
_SEPARATOR: Final = re.compile(r"[,，、]")
_TRUTHS: Final = {"yes": True, "true": True, "是": True, "no": False, "false": False, "否": False}


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One rule of the list."""

    id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class RowShown:
    """One comparison as the fields show it: everything is what the person typed or would type."""

    variable: str = ""
    operator: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class RuleFields:
    """The form of one rule; without an id it makes a new one."""

    id: str = ""
    name: str = ""
    effect: str = EFFECTS[0]
    methods: frozenset[str] = frozenset()
    join: str = AND
    rows: tuple[RowShown, ...] = (RowShown(),) * MAX_ROWS
    raw: str = ""
    reason: str = ""
    is_open: bool = False


def rules_shown(document: Mapping[str, Any], names: Mapping[str, str], locale: str) -> list[RuleShown]:
    """Every rule as a sentence; `names` are those of the payment method types."""
    by_id = {str(method["id"]): names.get(method["type"], method["type"]) for method in document.get("methods", ())}
    shown = []
    for rule_id, rule in rules_of(document).items():
        when = say_source(rule["when"], locale=locale, currency=currency_of(document), methods=names)
        methods = [by_id.get(each, each) for each in rule.get("applies_to", ())]
        sentence = say_rule(rule["effect"], methods, when, rule.get("reason", ""), locale=locale)
        shown.append(RuleShown(rule_id, sentence))
    return shown


def methods_when(document: Mapping[str, Any], names: Mapping[str, str], locale: str) -> dict[str, str]:
    """The methods that are not always shown, with their condition in words."""
    currency = currency_of(document)
    return {
        str(method["id"]): say_source(method["when"], locale=locale, currency=currency, methods=names).words
        for method in document.get("methods", ())
        if method.get("when")
    }


def choices(names: Mapping[str, str], locale: str) -> dict[str, Any]:
    """What the fields offer: variables and, where they are known, their values, in the reader's words."""
    values = {
        name: variable.values or (tuple(names) if name == "method" else ()) for name, variable in VARIABLES.items()
    }
    return {
        "variables": [(name, variable_words(name, locale), _kind(name)) for name in VARIABLES],
        "values": {
            name: [(value, value_words(name, value, locale, names) or value) for value in known]
            for name, known in values.items()
        },
        "operators": OPERATORS,
        "operators_of": {name: " ".join(sorted(CHOICES[v.type])) for name, v in VARIABLES.items()},
        "effects": EFFECTS,
        "joins": (AND, OR),
    }


def fields_of(document: Mapping[str, Any], rule_id: str, locale: str) -> RuleFields:
    """The form filled with this rule; empty for one that does not exist."""
    rule = rules_of(document).get(rule_id)
    if rule is None:
        return RuleFields(is_open=bool(rule_id))
    apart = _apart(rule["when"])
    join, rows = apart or (AND, ())
    shown = tuple(_row_shown(row, currency_of(document), locale) for row in rows)
    return RuleFields(
        id=rule_id,
        name=rule_id,
        effect=rule["effect"],
        methods=frozenset(rule.get("applies_to", ())),
        join=join,
        rows=shown + (RowShown(),) * (MAX_ROWS - len(shown)),
        raw="" if apart else rule["when"],
        reason=rule.get("reason", ""),
        is_open=True,
    )


def fields_from(form: Form, rule_id: str) -> RuleFields:
    """The form as the person filled it, to be shown again beside what is wrong with it."""
    rows = tuple(
        RowShown(form[f"rule.{n}.variable"], form[f"rule.{n}.operator"], form[f"rule.{n}.value"])
        for n in range(MAX_ROWS)
    )
    return RuleFields(
        id=rule_id,
        name=form["rule.name"],
        effect=form["rule.effect"],
        methods=frozenset(form.all("rule.methods")),
        join=form["rule.join"],
        rows=rows,
        raw=form["rule.raw"],
        reason=form["rule.reason"],
        is_open=True,
    )


def wanted_rule(document: Mapping[str, Any], form: Form, rule_id: str) -> RuleWanted:
    """The rule that the form describes: a new one, or another text of the one with this id."""
    fields, rules = fields_from(form, rule_id), rules_of(document)
    if rule_id and rule_id not in rules:
        raise SettingInvalid(f"there is no rule {rule_id!r}", pointer="rule.name")
    name = (
        rule_id
        or fields.name.strip()
        or next(f"rule-{n}" for n in range(1, len(rules) + 2) if f"rule-{n}" not in rules)
    )
    if not rule_id and (not _ID.fullmatch(name) or name in rules):
        raise SettingInvalid("a rule needs a name of its own: lower-case letters, digits, _ and -", pointer="rule.name")
    if fields.effect not in EFFECTS:
        raise SettingInvalid(f"the effect is one of {', '.join(EFFECTS)}", pointer="rule.effect")
    known = [str(method["id"]) for method in document.get("methods", ())]
    applies_to = tuple(each for each in known if each in fields.methods)
    before = rules[rule_id]["when"] if rule_id else ""
    return RuleWanted(
        name, fields.effect, applies_to, _condition(fields, document, before), " ".join(fields.reason.split())
    )


def _condition(fields: RuleFields, document: Mapping[str, Any], before: str) -> str:
    """The raw condition, else the rows; rows that nobody changed keep the words of their author."""
    if fields.raw.strip():
        return compile_rule(fields.raw.strip().replace("\r\n", "\n")).source
    rows = tuple(_row(row, currency_of(document)) for row in fields.rows if row.variable)
    if not rows:
        raise SettingInvalid("a rule needs a condition: choose a variable, or write the condition", pointer="rule.0")
    if fields.join not in (AND, OR):
        raise SettingInvalid("comparisons are joined by and, or by or", pointer="rule.join")
    same = before and _apart(before) in ((fields.join, rows), *([(AND, rows), (OR, rows)] if len(rows) == 1 else ()))
    return before if same else compile_rule(condition_of(fields.join, rows)).source


def _apart(source: str) -> tuple[str, tuple[Row, ...]] | None:
    try:
        apart = rows_of(compile_rule(source).tree)
    except RuleError:
        return None
    if apart is None or any(
        _SEPARATOR.search(str(value)) for row in apart[1] if len(row.values) > 1 for value in row.values
    ):
        return None
    return apart


def _row_shown(row: Row, currency: str, locale: str) -> RowShown:
    return RowShown(
        row.variable, row.operator, ", ".join(_value_shown(row.variable, each, currency, locale) for each in row.values)
    )


def _value_shown(variable: str, value: str | int | bool, currency: str, locale: str) -> str:
    if isinstance(value, bool):
        return LOGIC["yes" if value else "no"][spoken(locale)]
    if variable == "amount" and isinstance(value, int):
        return Money(value, currency).decimal()
    return str(value)


def _row(row: RowShown, currency: str) -> Row:
    variable = VARIABLES.get(row.variable)
    if variable is None or row.operator not in CHOICES[variable.type]:
        raise SettingInvalid(f"{row.variable} cannot be compared in this way", pointer="rule.0")
    several = row.operator in (ONE_OF, NONE_OF)
    texts = [text.strip() for text in _SEPARATOR.split(row.value) if text.strip()] if several else [row.value.strip()]
    if not texts:
        raise SettingInvalid(f"{row.variable} needs a value to be compared with", pointer="rule.0")
    return Row(row.variable, row.operator, tuple(_value(row.variable, text, currency) for text in texts))


def _value(variable: str, text: str, currency: str) -> str | int | bool:
    kind = _kind(variable)
    if kind == "amount":
        return Money.from_decimal(text, currency).minor
    if kind == "int":
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise SettingInvalid(f"{variable} is compared with a whole number", pointer="rule.0")
        return int(text)
    if kind == "bool":
        if text.lower() not in _TRUTHS:
            raise SettingInvalid(f"{variable} is yes or no", pointer="rule.0")
        return _TRUTHS[text.lower()]
    return text


def _kind(variable: str) -> str:
    return "amount" if variable == "amount" else VARIABLES[variable].type
