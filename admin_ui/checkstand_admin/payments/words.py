"""How payments are spoken of: the tone of each state, the names of methods and channels, problems in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from checkstand.kernel import CheckstandError
from checkstand_admin.console import AnyRequest, Console

# A state → the colour of its badge; what is under way has none.
TONES: Final[Mapping[str, str]] = {
    "SUCCEEDED": "success",
    "COMPLETED": "success",
    "PAID": "success",
    "FAILED": "danger",
    "REJECTED": "danger",
    "RETURNED": "danger",
    "UNKNOWN": "warning",
    "COMPENSATING": "warning",
    "MANUAL": "warning",
    "SUCCEEDED_LATE": "warning",
    "PART_REFUNDED": "warning",
    "REFUNDED": "warning",
}


def names_of(console: Console, request: AnyRequest) -> dict[str, Mapping[str, str]]:
    """Methods and channels in the person's language, for filters and columns."""
    locale, registry = console.locale(request), console.platform.registry
    methods = {key: kind.names.get(locale, key) for key, kind in registry.method_types().items()}
    channels = {each.manifest.name: each.manifest.names.get(locale, each.manifest.name) for each in registry.channels()}
    return {"methods": methods, "channels": channels}


def problem_of(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, Any]:
    """What went wrong with a form, in the person's language where we have it."""
    t, key = console.texts.speaker(console.locale(request)), f"payments.problem.{error.code}"
    known = key in console.texts.sentences
    title, remedy = (t(key), "") if known else (str(error), error.remedy)
    return {"title": title, "remedy": remedy, "pointer": error.pointer or ""}
