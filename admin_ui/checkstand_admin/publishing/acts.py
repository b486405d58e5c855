"""Publishing to test and rolling back: what moves a pointer at once."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath, RawBody

from checkstand.app.publish_scenario import publish_draft, roll_back
from checkstand.app.request_live import request_live
from checkstand.kernel import CheckstandError, Kind
from checkstand_admin.console import AnyRequest, Console, Form, FormUnreadable, Visitor, see_other
from checkstand_admin.problems import STATUS
from checkstand_admin.publishing.pages import GoingBack, problem, scenario_page

SCENARIO: Final = "/u/{unit:str}/{mode:str}/publishing/{scenario_id:str}"


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @post(f"{SCENARIO}/publish", needs="scenarios.write", sync_to_thread=True)
    def publish(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            publish_draft(platform, who.actor, who.unit, scenario_id, _revision(form), form["note"])
        except CheckstandError as error:
            return refused(request, who, scenario_id, error, form["note"])
        return see_other(who.url("publishing", scenario_id), done="published_test")

    @post(f"{SCENARIO}/rollback/test", needs="scenarios.write", sync_to_thread=True)
    def rollback_test(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return rolled_back(request, scenario_id, body, "test")

    @post(f"{SCENARIO}/rollback/live", needs="scenarios.approve", sync_to_thread=True)
    def rollback_live(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return rolled_back(request, scenario_id, body, "live")

    @post(f"{SCENARIO}/requests", needs="scenarios.request_live", sync_to_thread=True)
    def ask(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            request_live(platform, console.preview, who.actor, who.unit, scenario_id, form["version"], form["note"])
        except CheckstandError as error:
            return refused(request, who, scenario_id, error, form["note"])
        return see_other(who.url("publishing", scenario_id), done="live_requested")

    def rolled_back(request: AnyRequest, scenario_id: str, body: bytes, mode: str) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            roll_back(
                platform, who.actor, who.unit, scenario_id, mode, form["version"], form["seen"], form["reason"]
            )  # fmt: skip
        except CheckstandError as error:
            back = GoingBack(mode, form["version"], form["reason"])
            return refused(request, who, scenario_id, error, back=back)
        return see_other(who.url("publishing", scenario_id), done="rolled_back")

    def refused(
        request: AnyRequest, who: Visitor, scenario_id: str, error: CheckstandError, note: str = "",
        back: GoingBack | None = None,
    ) -> Response[bytes]:  # fmt: skip
        """The page again with what went wrong; nothing that was typed is lost."""
        if error.kind is Kind.NOT_FOUND:
            raise error
        told = problem(console, request, error)
        return scenario_page(
            console, request, who, scenario_id, status=STATUS[error.kind], error=told, note=note, back=back
        )

    return [publish, rollback_test, rollback_live, ask]


def _revision(form: Form) -> int:
    text = form["revision"]
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FormUnreadable(pointer="revision")
    return int(text)
