"""docs/reference/scenario.md and messages.md, written from the schema, the variables and the table of messages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.rule import FUNCTIONS, MAX_LENGTH, VARIABLES
from checkstand.scenario.messages import messages
from checkstand.scenario.read import MAX_BYTES
from checkstand.scenario.schema import SCHEMA

_HEAD = f"""\
# The scenario file

{SCHEMA["description"]}

A file is UTF-8 YAML of at most {MAX_BYTES // 1024} KiB, without anchors and tags. `checkstand schema` prints the JSON
Schema that this page is written from (`{SCHEMA["$id"]}`); with it an
[editor](../recipes/edit-in-your-editor.md) completes names and shows these sentences while you type.

`checkstand validate FILE` checks a file ([all messages](messages.md)), `checkstand show FILE` tells what it means,
`checkstand apply FILE` publishes it.

What says nothing about a form or a terminal concerns all of them.

## Merging

`extends: base/retail` and the `patch` of a variation work alike. A name replaces the same name, a mapping is merged
name by name, `null` removes. A list whose items have an `id` is merged by id, and may also be written as a mapping
from id to changes. Any other list replaces the whole list.

"""

_MESSAGES = """\
# Messages about scenario files

What `checkstand validate`, `plan`, `apply` and the console may say about a file. One mistake gives one message: the
file, line and column, the name it is about, what is wrong; then what to do. `--json` and the API give the code as
`code`, and codes don't change. A finding of the proof also shows an order for which it happens. What a command or the
API refuses for other reasons is in [errors.md](errors.md).

"""


def scenario_reference() -> str:
    """The whole page."""
    parts = [_HEAD, "## Names on top\n\n", *_table(SCHEMA), "\n"]
    for name, part in SCHEMA["properties"].items():
        parts += _section(name, part, 2)
    parts += _kinds()
    parts.append("## Items of lists\n\n")
    for name, part in SCHEMA["$defs"].items():
        if "properties" in part:
            parts += _section(f"One {name}", part, 3)
    parts += _conditions()
    return "".join(parts).rstrip() + "\n"


def messages_reference() -> str:
    """The page of all messages."""
    parts = [_MESSAGES]
    section = ""
    for message in messages().values():
        if message.section != section:
            section = message.section
            parts.append(f"## {section}\n\n")
        parts.append(f"### `{message.code}`\n\n")
        if message.example:
            parts.append(f"```text\n{message.example}\n```\n\n")
        parts.append(f"{message.remedy}\n\n")
    return "".join(parts).rstrip() + "\n"


def _kinds() -> Iterator[str]:
    yield "## Kinds of values\n\n| Kind | Written as | Example | Meaning |\n|---|---|---|---|\n"
    for name, part in SCHEMA["$defs"].items():
        if "properties" not in part:
            written = _choices(part) or _cell(part.get("x-pattern-words", "")) or _kind(part)
            example = _cell(_written(example_of(part)))
            yield f"| {name.replace('_', ' ')} | {written} | `{example}` | {_cell(part['description'])} |\n"
    yield "\n"


def _section(title: str, part: Mapping[str, Any], level: int) -> Iterator[str]:
    if "properties" not in part:
        return
    yield f"{'#' * level} {title}\n\n{part.get('description', '')}\n\n"
    yield from _table(part)
    yield "\n"
    for name, inner in part["properties"].items():
        yield from _section(f"{title}.{name}", inner, min(level + 1, 4))


def _table(part: Mapping[str, Any]) -> Iterator[str]:
    required = {*part.get("required", ()), *part.get("then", {}).get("required", ())}
    yield "| Name | Kind | Default | Example | Meaning |\n|---|---|---|---|---|\n"
    for name, value in part["properties"].items():
        marked = f"**`{name}`**" if name in required else f"`{name}`"
        default = f"`{_written(value['default'])}`" if "default" in value else ""
        example = example_of(value)
        shown = f"`{_cell(_written(example))}`" if example is not None else ""
        meaning = f"{_cell(value.get('description', ''))}{_concerns(value)}"
        yield f"| {marked} | {_kind(value)} | {_cell(default)} | {shown} | {meaning} |\n"
    if required:
        yield "\nNames in bold have to be there (in the file or in what it extends).\n"


def example_of(value: Mapping[str, Any]) -> Any:
    """A value that may stand here; None for a mapping or a list by id, which have a section of their own."""
    resolved = {**SCHEMA["$defs"].get(value.get("$ref", "").rpartition("/")[2], {}), **value}
    if "properties" in resolved or "x-by-id" in resolved:
        return None
    if "examples" in resolved:
        return resolved["examples"][0]
    if resolved.get("type") == "boolean":
        return not resolved.get("default", False)
    return resolved.get("default", resolved.get("const", next(iter(resolved.get("enum", ())), None)))


def _concerns(value: Mapping[str, Any]) -> str:
    return f" *Concerns: {value['x-concerns']}.*" if "x-concerns" in value else ""


def _written(value: Any) -> str:
    """A value as it stands in a file, on one line."""
    if isinstance(value, str) and not value.startswith("#"):
        return value
    return json.dumps(value, ensure_ascii=False)


def _kind(value: Mapping[str, Any]) -> str:
    reference = value.get("$ref", "")
    if reference:
        name = reference.rpartition("/")[2]
        longest = f", at most {value['x-max-text']} characters each" if "x-max-text" in value else ""
        return _choices(SCHEMA["$defs"][name]) or f"{_link(name)}{longest}"
    if value.get("x-by-id"):
        return f"list of {_link(value['items']['$ref'].rpartition('/')[2])}, by id{_entries(value)}"
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}{_entries(value)}"
    if "const" in value:
        return f"`{value['const']}`"
    names = value.get("type", "")
    words = {
        "object": "mapping",
        "array": "list",
        "integer": "whole number",
        "string": "text",
        "boolean": "true or false",
    }
    plain = " or ".join(words.get(n, n) for n in ([names] if isinstance(names, str) else names) if n != "null")
    pattern = f": {_cell(value['x-pattern-words'])}" if "x-pattern-words" in value else _bounds(value)
    return _choices(value) or plain + pattern + (_entries(value) if names == "object" else "")


def _link(name: str) -> str:
    """The name of a shared kind, leading to where it is explained."""
    title = f"one-{name}" if "properties" in SCHEMA["$defs"][name] else "kinds-of-values"
    return f"[{name.replace('_', ' ')}](#{title})"


def _choices(value: Mapping[str, Any]) -> str:
    return ", ".join(f"`{choice}`" for choice in value.get("enum", ()))


def _bounds(value: Mapping[str, Any]) -> str:
    low, high = value.get("minimum"), value.get("maximum")
    bounds = ""
    if low is not None and high is not None:
        bounds = f", {low:,} to {high:,}"
    elif low is not None:
        bounds = f", {low:,} or more"
    if "maxLength" in value:
        bounds += f", at most {value['maxLength']:,} characters"
    return bounds


def _entries(value: Mapping[str, Any]) -> str:
    """How many entries a list or a mapping may have."""
    low = value.get("minItems", value.get("minProperties"))
    high = value.get("maxItems", value.get("maxProperties"))
    if low and high:
        return f", {low} to {high}" if low != high else f", {low} of them"
    return f", at least {low}" if low else f", at most {high}" if high else ""


def _conditions() -> Iterator[str]:
    yield "## Conditions\n\n"
    yield (
        f"A condition is a [CEL](https://cel.dev) expression of at most {MAX_LENGTH:,} characters that is true or "
        "false. It always has an answer: no loops, no regular expressions, no division that could fail.\n\n"
    )
    yield "| Name | Type | Meaning | When unknown |\n|---|---|---|---|\n"
    for variable in VARIABLES.values():
        few = ", ".join(f"`{value}`" for value in variable.values) if 0 < len(variable.values) <= 8 else ""
        default = str(variable.default).lower() if isinstance(variable.default, bool) else variable.default
        shown = f"`{default}`" if default != "" else "empty"
        meaning = variable.doc["en"] + (f": {few}" if few else "")
        yield f"| `{variable.name}` | {variable.type} | {_cell(meaning)} | {shown} |\n"
    yield "\n| Written | Means |\n|---|---|\n"
    for text in FUNCTIONS.values():
        written, _, meaning = text.partition(": ") if " ? " not in text else text.rpartition(": ")
        yield f"| `{_cell(written)}` | {_cell(meaning)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
