"""docs/reference/scenario.md, written from the schema, the variables and the functions of conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.rule import FUNCTIONS, MAX_LENGTH, VARIABLES
from checkstand.scenario.messages import messages
from checkstand.scenario.read import MAX_BYTES
from checkstand.scenario.schema import SCHEMA

_HEAD = f"""\
# The scenario file

{SCHEMA["description"]}

A file is UTF-8 YAML of at most {MAX_BYTES // 1024} KiB, without anchors and tags. Put this line on top, and an
editor with the YAML language server completes names and shows the sentences below while you type:

```yaml
# yaml-language-server: $schema=../platform/checkstand/scenario/schema/checkout-v1.json
```

`checkstand validate FILE` checks a file, `checkstand show FILE` tells what it means, `checkstand apply FILE`
publishes it.

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
    yield "| Name | Kind | Meaning |\n|---|---|---|\n"
    for name, value in part["properties"].items():
        marked = f"**`{name}`**" if name in required else f"`{name}`"
        yield f"| {marked} | {_kind(value)} | {_cell(value.get('description', ''))}{_default(value)} |\n"
    if required:
        yield "\nNames in bold have to be there (in the file or in what it extends).\n"


def _kind(value: Mapping[str, Any]) -> str:
    reference = value.get("$ref", "")
    if reference:
        name = reference.rpartition("/")[2]
        return _choices(SCHEMA["$defs"][name]) or name.replace("_", " ")
    if value.get("x-by-id"):
        return f"list of {value['items']['$ref'].rpartition('/')[2]}, by id"
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}"
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
    return _choices(value) or plain + _bounds(value)


def _choices(value: Mapping[str, Any]) -> str:
    return ", ".join(f"`{choice}`" for choice in value.get("enum", ()))


def _bounds(value: Mapping[str, Any]) -> str:
    low, high = value.get("minimum"), value.get("maximum")
    if low is not None and high is not None:
        return f", {low:,} to {high:,}"
    return f", {low:,} or more" if low is not None else ""


def _default(value: Mapping[str, Any]) -> str:
    if "default" not in value:
        return ""
    default = value["default"]
    if isinstance(default, list):
        shown = ", ".join(map(str, default))
    else:
        shown = str(default).lower() if isinstance(default, bool) else str(default)
    return f" Default: `{shown}`."


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
