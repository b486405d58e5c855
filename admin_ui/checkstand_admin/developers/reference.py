"""The API reference, rendered from the document that the API serves of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get

from checkstand.web.api.openapi import build_openapi
from checkstand_admin.console import AnyRequest, Console

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a body: `order.amount.minor`, `integer`, required, `1 … 10000000000000`."""

    path: str
    type: str
    required: bool
    limits: str


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/developers/reference", needs="keys.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        document = build_openapi(platform.settings.base_url)
        operations = [
            {"method": method.upper(), "path": path, "fields": list(_body(document, told)), **told}
            for path, methods in document["paths"].items()
            for method, told in methods.items()
        ]
        problem = list(fields(document, document["components"]["schemas"]["Problem"]))
        values: dict[str, Any] = {"operations": operations, "problem": problem}
        return console.page(request, who, "developers/reference.html", base_url=platform.settings.base_url, **values)

    return [index]


def _body(document: Schema, operation: Schema) -> Iterator[Field]:
    if "requestBody" in operation:
        yield from fields(document, operation["requestBody"]["content"]["application/json"]["schema"])


def fields(document: Schema, schema: Schema, prefix: str = "") -> Iterator[Field]:
    """Every field of an object, those of nested objects and lists below it."""
    schema = _resolved(document, schema)
    for name, each in schema.get("properties", {}).items():
        path, found = f"{prefix}{name}", _resolved(document, each)
        yield Field(path, _type(document, each), name in schema.get("required", ()), _limits(found))
        yield from fields(document, found, f"{path}.")
        yield from fields(document, found.get("items", {}), f"{path}[].")


def _resolved(document: Schema, schema: Schema) -> Schema:
    """What a reference names; of `something or null`, the something."""
    if "anyOf" in schema:
        return _resolved(document, next(each for each in schema["anyOf"] if each.get("type") != "null"))
    if "$ref" in schema:
        found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _type(document: Schema, schema: Schema) -> str:
    found = _resolved(document, schema)
    if found.get("type") == "array":
        return f"list of {_type(document, found.get('items', {}))}"
    return str(found.get("type", "any"))


def _limits(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    high = schema.get("maximum", schema.get("maxLength", schema.get("maxItems", schema.get("maxProperties"))))
    span = f"≤ {high}" if low is None and high is not None else " … ".join(str(n) for n in (low, high) if n is not None)
    return "  ".join(part for part in (span, schema.get("pattern", ""), schema.get("description", "")) if part)
