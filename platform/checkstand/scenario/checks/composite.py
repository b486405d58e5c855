"""What has to fit together before one order may be paid with two methods (组合支付)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checkstand.scenario.defaults import default
from checkstand.scenario.finding import Document, Facts, Finding, section

INTERNAL: Final = ("balance",)  # what can be set aside before the other method is asked


def combination(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Internal methods that can be set aside, exactly one external method, and a flow that can wait for both."""
    written = section(document, "composite")
    if not written.get("allow", default("composite", "allow")):
        return
    if document.get("mode") == "recharge":
        message = "a recharge fills the balance, so the balance cannot pay a part of it"
        yield Finding(("composite", "allow"), "composite.recharge", message)
        return
    legs = written.get("max_external_legs", default("composite", "max_external_legs"))
    if legs != 1:
        message = (
            "one external method pays what the balance does not, so this is 1"
            if legs < 1
            else f"{legs} external methods cannot pay one order: one could refuse after another has taken money"
        )
        yield Finding(("composite", "max_external_legs"), "composite.external_legs", message)
    types = {method["type"] for method in document["methods"]}
    internal_first = written.get("internal_first", default("composite", "internal_first"))
    for index, type_ in enumerate(internal_first):
        place = ("composite", "internal_first", index) if "internal_first" in written else ("composite", "allow")
        if type_ not in INTERNAL:
            message = f"{type_} cannot pay a part of an order; {' and '.join(INTERNAL)} can"
            yield Finding(place, "composite.internal", message)
        elif type_ not in types:
            yield Finding(place, "composite.no_internal", f"no method of this scenario has the type {type_}")
    if not types - set(INTERNAL):
        message = "there is no method that could pay what the balance does not"
        yield Finding(("composite", "allow"), "composite.no_external", message)
    if section(document, "flow").get("type") == "preauth":
        message = "a reservation is made on one account of the payer; a balance cannot take over a part of it"
        yield Finding(("composite", "allow"), "composite.preauth", message)
