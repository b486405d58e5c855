"""What the modules of this area share: errors above a form, in the person's language."""

from __future__ import annotations

from checkstand.kernel import CheckstandError
from checkstand_admin.console import AnyRequest, Console


def problem(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, str]:
    """Title and remedy; the detail stays in when it names what was wrong with this very input."""
    key = f"developers.problem.{error.code}"
    if key in console.texts.sentences:
        title = console.texts.speaker(console.locale(request))(key)
        return {"title": title, "remedy": error.detail if error.detail != error.message else ""}
    return {"title": error.message, "remedy": f"{error.detail}. {error.remedy}" if error.detail else error.remedy}
