"""Pages without a session: what went wrong, in the browser's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkstand.cashier.formats import direction
from checkstand.cashier.texts import LOCALES, catalog, nearest

# HTTP status → the words of the page; everything else is a fault of ours.
PAGES: Final = {403: "foreign", 404: "not_found", 405: "not_found", 413: "too_large", 429: "busy", 503: "busy"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One such page."""

    code: str
    locale: str
    direction: str
    tone: str
    title: str
    lead: str
    again: str
    again_label: str


def notice_for(status: int, code: str, accept_language: str, again: str = "") -> Notice:
    """Word the page for a status; `again` is where trying once more makes sense."""
    locale = preferred(accept_language)
    words = catalog(locale)
    name = PAGES.get(status, "error")
    return Notice(
        code=code,
        locale=locale,
        direction=direction(locale),
        tone="danger" if name == "error" else "warning",
        title=words[f"pages.{name}.title"],
        lead=words[f"pages.{name}.lead"],
        again=again if name in {"error", "busy"} else "",
        again_label=words["labels.try_again"],
    )


def preferred(accept_language: str) -> str:
    """The first language of the header that we speak."""
    for part in accept_language.split(","):
        tag = part.partition(";")[0].strip()
        found = nearest(tag, LOCALES)
        if tag and found.split("-")[0].lower() == tag.split("-")[0].lower():
            return found
    return "en"
