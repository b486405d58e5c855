"""Every text exists in every language the checkout is offered in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from babel import Locale, UnknownLocaleError

from checkstand.rule.wording import closest
from checkstand.scenario.finding import Document, Facts, Finding, section
from checkstand.scenario.node import Path


def locales(document: Document, _facts: Facts) -> Iterator[Finding]:
    """The locales are languages people speak, and the default is one of them."""
    supported, chosen = document["locales"]["supported"], document["locales"]["default"]
    if chosen not in supported:
        hint = closest(chosen, supported) or f"; supported are {', '.join(supported)}"
        yield Finding(("locales", "default"), "locale.default", f'the default "{chosen}" is not in supported{hint}')
    for index, name in enumerate(supported):
        try:
            Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            yield Finding(
                ("locales", "supported", index), "locale.unknown", f'"{name}" is no language we have data for'
            )


def every_text(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Names, labels, hints and copy are there in each supported locale."""
    supported = document["locales"]["supported"]
    for path, texts in _texts(document):
        missing = [locale for locale in supported if locale not in texts]
        if missing:
            yield Finding(path, "text.missing_locale", f"{path[-1]} is missing in {', '.join(missing)}", on_key=True)
    yield from _copy(document, supported)


def _texts(document: Document) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for name in ("name", "description"):
        if name in document["metadata"]:
            yield ("metadata", name), document["metadata"][name]
    for part in ("methods", "fields"):
        for index, item in enumerate(document.get(part, ())):
            yield from _item_texts(item, (part, index))
            for number, option in enumerate(item.get("options", ())):
                yield from _item_texts(option, (part, index, "options", number))


def _item_texts(item: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for name in ("label", "hint"):
        if name in item:
            yield (*path, name), item[name]


def _copy(document: Document, supported: list[str]) -> Iterator[Finding]:
    copy = section(document, "copy")
    referred = {str(c["text_ref"]) for c in document.get("consents", ())} | set(document.get("disclosures", ()))
    for locale in copy:
        if locale not in supported:
            message = f'"{locale}" is not in locales.supported{closest(locale, supported)}'
            yield Finding(("copy", locale), "copy.unsupported_locale", message, on_key=True)
    keys = {key: locale for locale, texts in copy.items() if locale in supported for key in texts}
    for key, locale in sorted(keys.items()):
        missing = [name for name in supported if key not in copy.get(name, {})]
        if missing and f"copy.{key}" not in referred:
            message = f'the text "{key}" is missing in {", ".join(missing)}'
            yield Finding(("copy", locale, key), "copy.missing_locale", message, on_key=True)
