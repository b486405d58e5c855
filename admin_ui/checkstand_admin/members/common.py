"""What the pages of members share."""

from __future__ import annotations

from checkstand.kernel import CheckstandError
from checkstand_admin.console import AnyRequest, Console, Visitor


def told(console: Console, request: AnyRequest, who: Visitor, error: CheckstandError) -> dict[str, str]:
    """An error above a form, in the person's language where we have it; the detail says which account or object."""
    t, key = console.texts.speaker(console.locale(request, who)), f"members.problem.{error.code}"
    known = key in console.texts.sentences
    detail = error.detail if error.detail != error.message else ""
    return {
        "title": t(key) if known else error.message,
        "remedy": detail if known else f"{detail} {error.remedy}".strip(),
    }
