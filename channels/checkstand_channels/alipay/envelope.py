"""The answer envelope: `{"<method>_response":{…},"sign":"…"}`, signed over the node's exact characters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

ERROR_NODE: Final = "error_response"


class Unreadable(Exception):
    """Not an envelope, or one that could be read in two ways."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """`text` is the node as it stands in the body; re-dumping it would lose escapes and order."""

    name: str
    text: str
    node: Mapping[str, Any]
    sign: str


def node_name(method: str) -> str:
    return method.replace(".", "_") + "_response"


def read_envelope(body: bytes, method: str) -> Envelope:
    """Find the node and its literal text; a repeated name is refused, since two readers could differ."""
    try:
        text = body.decode("utf-8")
        whole = json.loads(text, object_pairs_hook=_unique)
    except ValueError as error:
        raise Unreadable("not JSON") from error
    if not isinstance(whole, dict):
        raise Unreadable("not an object")
    name = next((name for name in (node_name(method), ERROR_NODE) if isinstance(whole.get(name), dict)), None)
    if name is None:
        raise Unreadable("no response node")
    sign = whole.get("sign", "")
    return Envelope(name, _literal(text, name), whole[name], sign if isinstance(sign, str) else "")


def _literal(text: str, name: str) -> str:
    """The node's characters: from its `{` to the matching `}`, at the top level of the envelope."""
    decoder = json.JSONDecoder()
    at = _past_space(text, text.index("{") + 1)
    while at < len(text) and text[at] == '"':
        key, at = decoder.raw_decode(text, at)
        start = _past_space(text, _past_space(text, at) + 1)
        _, end = decoder.raw_decode(text, start)
        if key == name:
            return text[start:end]
        at = _past_space(text, _past_space(text, end) + 1)
    raise Unreadable("no response node")


def _past_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name is repeated")
    return dict(pairs)
