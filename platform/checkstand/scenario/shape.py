"""Compare a document with the schema, and say each difference in one sentence.

`jsonschema` finds the differences; this file words them. It drops what follows from another mistake:
a misspelt name makes the right one missing, and a value of the wrong type is also not in the enum.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError, validators

from checkstand.rule.wording import closest, quoted
from checkstand.scenario.finding import Finding
from checkstand.scenario.node import Path
from checkstand.scenario.schema import SCHEMA

Error = Any  # a jsonschema.ValidationError; its own annotations allow for values it never has after validation

# Of several complaints about one value, the first of these is the mistake and the others follow from it.
_WEIGHT: Final = ("type", "const", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum")
_MANY_STRANGERS: Final = 20  # beyond that it is another kind of file, and a message for each helps nobody
_NOUNS: Final = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"} | {
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def check_shape(document: Mapping[str, Any], method_types: frozenset[str], *, is_base: bool = False) -> list[Finding]:
    """Every difference between document and schema; of a base nothing is required."""
    best: dict[Path, Error] = {}
    findings: list[Finding] = []
    told = list(_validator(method_types).iter_errors(document))
    crowded = {tuple(error.absolute_path) for error in told if error.validator in ("maxItems", "maxProperties")}
    for error in told:
        path = tuple(error.absolute_path)
        if any(path[:length] in crowded for length in range(len(path))):
            continue  # of far too many items none is looked at
        if _is_about_key(error):
            findings.append(_key_finding(error))
        elif error.validator == "additionalProperties":
            findings += _unknown_names(path, error)
        elif error.validator == "required":
            findings += [] if is_base else _missing(path, error)
        elif path not in best or _weight(error) < _weight(best[path]):
            best[path] = error
    findings += [Finding(path, *_value_words(path, error)) for path, error in best.items()]
    return sorted(findings, key=lambda finding: [str(step) for step in finding.path])


@lru_cache(maxsize=32)
def _validator(method_types: frozenset[str]) -> Any:
    """The schema, its list of payment methods extended by what is installed."""
    parts = dict(SCHEMA["$defs"])
    known = {*parts["method_type"]["enum"], *method_types}
    parts["method_type"] = {**parts["method_type"], "enum": sorted(known)}
    whole = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
    )
    extend: Any = validators.extend
    extended = extend(Draft202012Validator, {"x-max-text": _max_text}, type_checker=whole)
    return extended(_inlined({name: part for name, part in SCHEMA.items() if name != "$defs"}, parts))


def _inlined(schema: Any, parts: Mapping[str, Any]) -> Any:
    """The schema with every reference replaced by what it refers to: validating is then four times as fast."""
    if isinstance(schema, list):
        return [_inlined(item, parts) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if isinstance(schema.get("$ref"), str):
        own = {name: value for name, value in schema.items() if name != "$ref"}
        return _inlined({**parts[schema["$ref"].rpartition("/")[2]], **own}, parts)
    return {name: _inlined(value, parts) for name, value in schema.items()}


def _max_text(_validator: Any, limit: int, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    for locale, text in instance.items() if isinstance(instance, Mapping) else ():
        if isinstance(text, str) and len(text) > limit:
            yield ValidationError(
                f"{len(text)} > {limit}", validator="maxLength", validator_value=limit, instance=text, path=(locale,)
            )


def _unknown_names(path: Path, error: Error) -> Iterator[Finding]:
    known = error.schema["properties"]
    noun = error.schema.get("x-noun", "name")
    strangers = [name for name in error.instance if name not in known]
    for name in strangers[: 1 if len(strangers) > _MANY_STRANGERS else None]:
        hint = closest(name, known) or f"; {_choice(sorted(known))}"
        more = f" ({len(strangers):,} names here are unknown)" if len(strangers) > _MANY_STRANGERS else ""
        yield Finding((*path, name), "shape.unknown_name", f"unknown {noun} {quoted(name)}{hint}{more}", on_key=True)


def _missing(path: Path, error: Error) -> Iterator[Finding]:
    """Each required name that is absent, unless a misspelling of it is there."""
    known = error.schema.get("properties", SCHEMA["properties"])
    for name in error.validator_value:
        strangers = (other for other in error.instance if other not in known)
        if name in error.instance or any(SequenceMatcher(None, name, other).ratio() >= 0.6 for other in strangers):
            continue
        if f"'{name}' is a required property" != error.message:
            continue
        meaning = known.get(name, {}).get("description", "")
        yield Finding(path, "shape.missing", f'"{name}" is missing', f"{name}: {meaning}" if meaning else "")


def _value_words(path: Path, error: Error) -> tuple[str, str]:
    schema, value, limit = error.schema, error.instance, error.validator_value
    match error.validator:
        case "type":
            return "shape.type", _type_words(value, limit)
        case "enum":
            noun = schema.get("x-noun", "value")
            hint = closest(str(value), limit) or f"; {_choice(limit)}"
            return "shape.unknown_value", f"unknown {noun} {quoted(value)}{hint}"
        case "const":
            return "shape.const", f"must be {limit}, not {_shown(value)}"
        case "pattern":
            return (
                "shape.pattern",
                f"must be {schema.get('x-pattern-words', 'written differently')}, not {quoted(value)}",
            )
        case "minimum" | "exclusiveMinimum":
            return "shape.range", f"must be {limit:,} or more, not {value:,}"
        case "maximum" | "exclusiveMaximum":
            return "shape.range", f"must be {limit:,} or less, not {value:,}"
        case "minLength":
            return "shape.empty", "must not be empty"
        case "maxLength":
            return "shape.too_long", f"must have at most {limit} characters, this one has {len(value)}"
        case "minItems" | "minProperties":
            return (
                "shape.too_few",
                "must not be empty" if limit == 1 else f"needs at least {limit} entries, has {len(value)}",
            )
        case "maxItems" | "maxProperties":
            return "shape.too_many", f"may have at most {limit} entries, has {len(value)}"
        case "uniqueItems":
            twice = next(item for i, item in enumerate(value) if item in value[:i])
            return "shape.twice", f"{_shown(twice)} is listed twice"
        case _:
            return "shape.invalid", error.message


def _type_words(value: Any, wanted: str | list[str]) -> str:
    names = [wanted] if isinstance(wanted, str) else [name for name in wanted if name != "null"]
    if names == ["integer"] and isinstance(value, float):
        remedy = f"; write {int(value)}" if value.is_integer() else "; amounts are in minor units, so 19.99 is 1999"
        return f"must be a whole number, not {value}{remedy}"
    if names == ["boolean"] and str(value).lower() in ("yes", "on", "y", "no", "off", "n"):
        meant = "true" if str(value).lower() in ("yes", "on", "y") else "false"
        return f"must be true or false, not {_shown(value)}; write {meant}"
    nouns = "a list" if "array" in names else " or ".join(_NOUNS[name] for name in names)
    quotes = "; put it in quotes" if names == ["string"] and isinstance(value, int | float) else ""
    return f"must be {nouns}, not {_shown(value)}{quotes}"


def _is_about_key(error: Error) -> bool:
    return "propertyNames" in error.absolute_schema_path


def _key_finding(error: Error) -> Finding:
    words = error.schema.get("x-pattern-words", "a name of lower-case letters, digits, underscores and hyphens")
    path = (*error.absolute_path, str(error.instance))
    return Finding(path, "shape.pattern", f"{quoted(error.instance)} must be {words}", on_key=True)


def _choice(values: list[Any]) -> str:
    if len(values) == 1:
        return f"the only one is {values[0]}"
    more = f" and {len(values) - 12} more" if len(values) > 14 else ""
    return "it is one of " + ", ".join(str(value) for value in (values[:12] if more else values)) + more


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def _weight(error: Error) -> int:
    return _WEIGHT.index(error.validator) if error.validator in _WEIGHT else len(_WEIGHT)
