"""What one part of the document says about another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkstand.rule.wording import closest
from checkstand.scenario.finding import Document, Facts, Finding, section
from checkstand.scenario.node import Path


def rules(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Rules name methods that exist, and `require` names some."""
    methods = [method for method in document.get("methods", ()) if isinstance(method, Mapping)]
    known = [str(method.get("id")) for method in methods]
    for index, rule in enumerate(document.get("rules", ())):
        for number, method_id in enumerate(rule.get("applies_to", ()) if known else ()):
            if method_id not in known:
                hint = closest(method_id, known) or f"; the methods are {', '.join(known)}"
                path = ("rules", index, "applies_to", number)
                yield Finding(path, "rule.unknown_method", f'unknown method "{method_id}"{hint}')
        if rule["effect"] == "require" and "applies_to" not in rule:
            message = "require needs applies_to: the methods that stay when the rule holds"
            yield Finding(("rules", index), "rule.require_nothing", message)


def copy_texts(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Each text that is referred to exists in each supported locale."""
    references: list[tuple[Path, str]] = [
        (("consents", index, "text_ref"), consent["text_ref"])
        for index, consent in enumerate(document.get("consents", ()))
    ]
    references += [(("disclosures", index), ref) for index, ref in enumerate(document.get("disclosures", ()))]
    texts = section(document, "copy")
    known = {key for locale in texts.values() for key in locale}
    told: set[str] = set()
    for path, ref in references:
        key = ref.removeprefix("copy.")
        missing = [locale for locale in document["locales"]["supported"] if key not in texts.get(locale, {})]
        if key not in known:
            hint = closest(key, known)
            yield Finding(
                path, "copy.unknown_key", f'copy has no text "{key}"{hint}', f'Add "{key}" below copy, in each locale.'
            )
        elif missing and key not in told:
            message = f'the text "{key}" is missing in {", ".join(missing)}'
            yield Finding(path, "copy.missing_locale", message, f"Add copy.{missing[0]}.{key}.")
        told.add(key)


def field_options(document: Document, _facts: Facts) -> Iterator[Finding]:
    """A select has something to select, nothing else has."""
    for index, field in enumerate(document.get("fields", ())):
        if field["type"] == "select" and "options" not in field:
            yield Finding(("fields", index), "field.no_options", "a select field needs options to choose from")
        if field["type"] != "select" and "options" in field:
            message = f"options belong to a select field, this one is {field['type']}"
            yield Finding(("fields", index, "options"), "field.options", message, on_key=True)
