"""One request for live: its checks, what would change for shoppers, and the decision."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import request_live as use
from checkstand.app.live_checks import all_passed, live_checks
from checkstand.app.publish_scenario import version_of
from checkstand.app.publish_scheduled import cancel_scheduled
from checkstand.kernel import CheckstandError, Kind
from checkstand.scenario.schedule import schedule_of_request
from checkstand.scenario.store import published_pointer
from checkstand_admin.console import AnyRequest, Console, Visitor, see_other
from checkstand_admin.explain.asked import instant_of
from checkstand_admin.problems import STATUS
from checkstand_admin.publishing.impact import DAYS, Impact, impact
from checkstand_admin.publishing.pages import problem
from checkstand_admin.publishing.reading import Side, names_of, side_of
from checkstand_admin.publishing.wording import line_diff

REQUEST: Final = "/u/{unit:str}/{mode:str}/publishing/{scenario_id:str}/requests/{request_id:str}"


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get(REQUEST, needs="scenarios.read", sync_to_thread=True)
    def show(request: AnyRequest, scenario_id: FromPath[str], request_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), scenario_id, request_id)

    @post(f"{REQUEST}/approve", needs="scenarios.approve", sync_to_thread=True)
    def approve(
        request: AnyRequest, scenario_id: FromPath[str], request_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            at = instant_of(form["publish_at"], who.zone)
            use.approve(
                platform, console.preview, who.actor, who.unit, scenario_id, request_id, form["reason"], publish_at=at
            )
        except CheckstandError as error:
            return refused(request, who, scenario_id, request_id, error)
        done = "live_scheduled" if at is not None else "live_approved"
        return see_other(who.url("publishing", scenario_id, "requests", request_id), done=done)

    @post(f"{REQUEST}/cancel", needs="scenarios.approve", sync_to_thread=True)
    def cancel(
        request: AnyRequest, scenario_id: FromPath[str], request_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            cancel_scheduled(platform, who.actor, who.unit, scenario_id, form["schedule"])
        except CheckstandError as error:
            return refused(request, who, scenario_id, request_id, error)
        return see_other(who.url("publishing", scenario_id, "requests", request_id), done="schedule_cancelled")

    @post(f"{REQUEST}/reject", needs="scenarios.approve", sync_to_thread=True)
    def reject(
        request: AnyRequest, scenario_id: FromPath[str], request_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            use.reject(platform, who.actor, who.unit, scenario_id, request_id, form["reason"])
        except CheckstandError as error:
            return refused(request, who, scenario_id, request_id, error)
        return see_other(who.url("publishing", scenario_id, "requests", request_id), done="live_rejected")

    @post(f"{REQUEST}/withdraw", needs="scenarios.request_live", sync_to_thread=True)
    def withdraw(
        request: AnyRequest, scenario_id: FromPath[str], request_id: FromPath[str], body: RawBody
    ) -> Response[bytes]:
        who, _ = console.submit(request, body)
        try:
            use.withdraw(platform, who.actor, who.unit, scenario_id, request_id)
        except CheckstandError as error:
            return refused(request, who, scenario_id, request_id, error)
        return see_other(who.url("publishing", scenario_id, "requests", request_id), done="live_withdrawn")

    def page(
        request: AnyRequest,
        who: Visitor,
        scenario_id: str,
        request_id: str,
        *,
        status: int = 200,
        error: dict[str, str] | None = None,
    ) -> Response[bytes]:  # fmt: skip
        row = use.find_request(platform, who.unit, scenario_id, request_id)
        version = version_of(platform, who.unit, scenario_id, row.content_hash)
        with platform.db.read() as connection:
            in_live = published_pointer(connection, who.unit, scenario_id, "live")
            schedule = schedule_of_request(connection, who.unit, scenario_id, request_id)
        checks = live_checks(platform, console.preview, who.unit, version) if row.state == "requested" else ()
        after = side_of(platform, who, scenario_id, row.content_hash)
        before = side_of(platform, who, scenario_id, in_live) if in_live else None
        shown = {
            "row": row,
            "version": version,
            "checks": checks,
            "passed": all_passed(checks),
            "is_own": who.operator_id in {row.requested_by, version.created_by},
            "in_live": in_live,
            "schedule": schedule,
            "impact": _impact(request, who, before, after, row.state),
            "lines": line_diff(before.source, after.source) if before is not None else [],
            "names": names_of(platform, filter(None, (row.requested_by, row.decided_by, version.created_by))),
            "error": error,
        }
        return console.page(request, who, "publishing/request.html", status=status, **shown)

    def _impact(request: AnyRequest, who: Visitor, before: Side | None, after: Side, state: str) -> Impact:
        """What whoever approves has to read; a request that is closed has nothing left to decide."""
        if before is None or state != "requested":
            return Impact([])
        return impact(console, request, who, before, after, mode="live", days=DAYS)

    def refused(
        request: AnyRequest, who: Visitor, scenario_id: str, request_id: str, error: CheckstandError
    ) -> Response[bytes]:
        if error.kind is Kind.NOT_FOUND:
            raise error
        told = problem(console, request, error)
        return page(request, who, scenario_id, request_id, status=STATUS[error.kind], error=told)

    return [show, approve, cancel, reject, withdraw]
