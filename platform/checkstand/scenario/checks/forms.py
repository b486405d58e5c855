"""Forms: what popup, review and regulated checkouts need."""

from __future__ import annotations

from collections.abc import Iterator

from checkstand.scenario.defaults import default
from checkstand.scenario.finding import Document, Facts, Finding, section


def review(document: Document, _facts: Facts) -> Iterator[Finding]:
    """A threshold and the step that uses it come together."""
    form = section(document, "form")
    step = form.get("review_step", "never")
    if step == "above_amount" and "review_above" not in form:
        yield Finding(
            ("form", "review_step"), "form.no_review_above", "above_amount needs review_above: from which amount on"
        )
    if step != "above_amount" and "review_above" in form:
        message = "review_above is used with review_step: above_amount only"
        yield Finding(("form", "review_above"), "form.unused_review_above", message, on_key=True)


def popup(document: Document, _facts: Facts) -> Iterator[Finding]:
    """A popup is shown inside pages that are named."""
    used = [path for path, form in _forms(document) if form == "popup"]
    if used and not section(document, "embed").get("allowed_origins"):
        message = "a popup needs embed.allowed_origins: the pages that may show it"
        yield Finding(used[0], "form.popup_origins", message, 'Add embed: {allowed_origins: ["https://shop.example"]}.')


def regulatory(document: Document, _facts: Facts) -> Iterator[Finding]:
    """A regulated checkout discloses, asks for explicit consent and chooses nothing for the shopper."""
    used = [path for path, form in _forms(document) if form == "regulatory"]
    if not used:
        return
    for terminal, form in section(document, "form", "per_terminal").items():
        if section(document, "form").get("type") == "regulatory" and form != "regulatory":
            message = (
                f"a regulated scenario stays regulated on {terminal}; its duties cannot be switched off per terminal"
            )
            yield Finding(("form", "per_terminal", terminal), "regulatory.switched_off", message)
    if not document.get("disclosures"):
        yield Finding(
            used[0], "regulatory.no_disclosures", "a regulatory form needs disclosures: what must be read before paying"
        )
    if not any(consent.get("required", True) for consent in document.get("consents", ())):
        yield Finding(used[0], "regulatory.no_consents", "a regulatory form needs a required consent")
    for index, method in enumerate(document["methods"]):
        if method.get("preselect"):
            message = "a regulatory form preselects nothing"
            yield Finding(("methods", index, "preselect"), "regulatory.preselected", message, "Leave preselect out.")


def _forms(document: Document) -> Iterator[tuple[tuple[str, ...], str]]:
    """The form of each terminal with the place that decides it."""
    form = section(document, "form")
    for terminal in document.get("terminals", default("terminals")):
        own = section(form, "per_terminal").get(terminal)
        yield (("form", "per_terminal", terminal), own) if own else (("form", "type"), form.get("type", "full_screen"))
