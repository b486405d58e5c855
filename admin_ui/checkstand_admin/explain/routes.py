"""Why a shopper sees what they see: an imagined order or a recorded session, explained step by step.

Everything is in the address, so an explanation can be sent to somebody; nothing is written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from litestar import Response, get

from checkstand.app.create_session import ScenarioNotPublished
from checkstand.app.explain_scenario import Explanation, explain_order, explain_session
from checkstand.app.explain_words import ExplainWords, shown
from checkstand.kernel import CheckstandError
from checkstand.rule.phrases import value_words, variable_words
from checkstand.rule.variables import TERMINALS, TIERS, VARIABLES, WEBVIEWS
from checkstand.scenario.store import list_published
from checkstand_admin.console import AnyRequest, Console, NotAllowed, Visitor
from checkstand_admin.explain.asked import command_of, instant_of
from checkstand_admin.problems import STATUS

_CLOSED: Final = {"shopper.tier": TIERS, "terminal": TERMINALS, "device.webview": WEBVIEWS}
_FREE: Final = ("shopper.id", "shopper.country", "shopper.risk", "shopper.age_days", "order.category")


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/explain", needs="scenarios.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, asked = console.enter(request), dict(request.query_params)
        told, error, status = None, None, 200
        try:
            told = _explained(who, asked)
        except CheckstandError as refused:
            error, status = {"title": refused.detail, "remedy": refused.remedy}, STATUS[refused.kind]
        return _page(request, who, asked, told, error, status)

    def _explained(who: Visitor, asked: dict[str, str]) -> Explanation | None:
        at = instant_of(asked.get("at", ""), who.zone)
        if asked.get("session"):
            if not who.may("payments.read"):
                raise NotAllowed(needs="payments.read")
            return explain_session(platform, who.unit, asked["session"].strip(), mode=who.mode, at=at)
        if not asked.get("scenario"):
            return None
        plan = platform.plans.published(who.unit, asked["scenario"], who.mode)
        if plan is None:
            raise ScenarioNotPublished(pointer="scenario")
        return explain_order(platform, command_of(plan, who, asked), at)

    def _page(
        request: AnyRequest, who: Visitor, asked: dict[str, str], told: Explanation | None,
        error: dict[str, str] | None, status: int,
    ) -> Response[bytes]:  # fmt: skip
        locale = console.locale(request, who)
        told = replace(told, at=told.at.astimezone(who.zone)) if told is not None else None
        with platform.db.read() as connection:
            published = [row.scenario_id for row in list_published(connection, who.unit, who.mode, limit=500)]
        if asked.get("scenario") and asked["scenario"] not in published:
            published.append(asked["scenario"])
        values: dict[str, Any] = {
            "asked": asked,
            "scenarios": published,
            "closed": {name: _options(name, words, locale) for name, words in _CLOSED.items()},
            "free": {name: variable_words(name, locale) for name in _FREE},
            "names": {name: variable_words(name, locale) for name in VARIABLES},
            "told": told,
            "say": ExplainWords(told, locale) if told is not None else None,
            "value": shown,
            "error": error,
        }
        return console.page(request, who, "explain/explain.html", status=status, **values)

    return [index]


def _options(name: str, words: tuple[str, ...], locale: str) -> list[tuple[str, str]]:
    return [("", "–"), *((word, value_words(name, word, locale, {}) or word) for word in words)]
