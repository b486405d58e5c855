"""What a regulated checkout owes the shopper, and what a patch takes away from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkstand.scenario.finding import section
from checkstand.scenario.node import Path

Document = Mapping[str, Any]


def removed_duties(before: Document, after: Document) -> Iterator[tuple[Path, str, str]]:
    """Path, id and sentence of each duty of a regulatory form that `after` does not have any more."""
    if not is_regulatory(before):
        return
    if not is_regulatory(after):
        yield ("form", "type"), "form", "the regulatory form is replaced by another one"
        return
    kept = {consent["id"]: consent for consent in after.get("consents", ())}
    for consent in before.get("consents", ()):
        now = kept.get(consent["id"])
        if now is None:
            yield ("consents", consent["id"]), consent["id"], f'the consent "{consent["id"]}" is removed'
        elif consent.get("required", True) and not now.get("required", True):
            yield ("consents", consent["id"]), consent["id"], f'the consent "{consent["id"]}" is no longer required'
    for disclosure in before.get("disclosures", ()):
        if disclosure not in after.get("disclosures", ()):
            yield ("disclosures",), disclosure, f'the disclosure "{disclosure}" is removed'


def is_regulatory(document: Document) -> bool:
    """Whether some terminal of the document has the regulatory form."""
    form = section(document, "form")
    return form.get("type") == "regulatory" or "regulatory" in section(form, "per_terminal").values()
