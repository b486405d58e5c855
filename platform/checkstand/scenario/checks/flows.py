"""How the money moves, and which words belong to which flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checkstand.scenario.finding import Document, Facts, Finding, section

_WORDS: Final = {
    "ship_within": "escrow",
    "confirm_receipt_within": "escrow",
    "capture_within": "preauth",
    "capture": "preauth",
}


def flow(document: Document, _facts: Facts) -> Iterator[Finding]:
    """A recharge is instant; every other word of `flow` needs the type that reads it."""
    written = section(document, "flow")
    type_ = written.get("type", "instant")
    if document.get("mode") == "recharge" and type_ != "instant":
        message = f"a recharge has nobody to hold the money for, so its flow is instant, not {type_}"
        yield Finding(("flow", "type"), "flow.recharge", message)
    for word, needed in _WORDS.items():
        if word in written and type_ != needed:
            yield Finding(("flow", word), "flow.unused", f"{word} is used with type: {needed} only", on_key=True)
