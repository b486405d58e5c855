"""The first page of a business unit: what is left to do until shoppers pay, and how the day goes."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get

from checkstand.app.onboarding import Task, onboarding
from checkstand.app.todays_figures import todays_figures
from checkstand_admin.console import AnyRequest, Console, Visitor

# Task → where it is done, and the permission that it takes.
PLACES: Final = {
    "unit": (("settings",), "unit.read"),
    "template": (("studio",), "scenarios.read"),
    "publish": (("publishing",), "scenarios.read"),
    "try": (("studio",), "scenarios.write"),
    "webhook": (("developers", "webhooks"), "webhooks.read"),
    "checks": (("publishing",), "scenarios.read"),
    "request": (("publishing",), "scenarios.request_live"),
    "approved": (("publishing",), "scenarios.approve"),
}


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/home", needs="unit.read", sync_to_thread=True)
    def home(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        tasks = onboarding(platform, console.preview, who.unit)
        values: dict[str, Any] = {"tasks": tasks, "places": {task.name: _place(who, task) for task in tasks}}
        values["figures"] = []
        if who.may("payments.read"):
            midnight, values["figures"] = todays_figures(platform, who.unit, who.mode, who.zone)
            values["today"] = midnight.date().isoformat()
        values["payments"] = lambda **fields: f"{who.url('payments')}?{urlencode(fields)}"
        return console.page(request, who, "home/home.html", **values)

    return [home]


def _place(who: Visitor, task: Task) -> str:
    """The address where the task is done; empty for a role that cannot do it."""
    parts, permission = PLACES[task.name]
    if not who.may(permission):
        return ""
    if parts in (("publishing",), ("studio",)) and task.scenario_id:
        parts = (*parts, task.scenario_id)
    return who.url(*parts, mode="test") + ("#try" if task.name == "try" else "")
