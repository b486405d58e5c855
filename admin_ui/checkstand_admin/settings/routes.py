"""What a business unit sets for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from litestar import Response, get, post
from litestar.params import RawBody

from checkstand.app.change_settings import change_settings
from checkstand.kernel import CheckstandError, present
from checkstand.member import get_tenant
from checkstand.member.retention import SPANS, days_kept
from checkstand.member.unit_settings import settings_of
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.problems import STATUS
from checkstand_admin.texts import LOCALES


def routes(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, *, status: int = 200, error: Any = None, typed: Form | None = None
    ) -> Response[bytes]:
        with platform.db.read() as connection:
            unit = present(get_tenant(connection, who.unit), "whoever is in a unit has one", tenant=who.unit)
            settings = settings_of(connection, who.unit)
        shown: Mapping[str, str] = typed or {
            **{f"name.{locale}": text for locale, text in unit.name.items()},
            "contacts": "\n".join(settings.contacts),
            "time_zone": settings.time_zone,
            **{f"retention.{kind}": str(days) for kind, days in days_kept(settings.retention).items()},
            "revision": str(settings.revision),
        }
        values: dict[str, Any] = {
            "unit": unit,
            "spans": SPANS,
            "shown": shown,
            "error": error,
            "zones": sorted(available_timezones()),
        }
        values |= {"languages": _languages(unit.name, console.locale(request, who)), "origins": _origins(console, who)}
        return console.page(request, who, "settings/settings.html", status=status, **values)

    @get("/u/{unit:str}/{mode:str}/settings", needs="unit.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post("/u/{unit:str}/{mode:str}/settings", needs="unit.write", sync_to_thread=True)
    def save(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        names = {key.removeprefix("name."): form[key] for key in form if key.startswith("name.")}
        with platform.db.read() as connection:
            unit = present(get_tenant(connection, who.unit), "whoever is in a unit has one", tenant=who.unit)
        known = _languages(unit.name, "en")
        try:
            change_settings(
                platform,
                who.actor,
                who.unit,
                name={locale: text for locale, text in names.items() if locale in known},
                contacts=form["contacts"].splitlines(),
                time_zone=form["time_zone"].strip(),
                retention={kind: form[f"retention.{kind}"] for kind in SPANS if f"retention.{kind}" in list(form)},
                revision=int(form["revision"]) if form["revision"].isdecimal() else -1,
            )
        except CheckstandError as error:
            t = console.texts.speaker(console.locale(request, who))
            told = {"title": t("problem.title"), "remedy": t(f"settings.problem.{error.code}")}
            return page(request, who, status=STATUS[error.kind], error=told, typed=form)
        return see_other(who.url("settings"), done="saved")

    return [index, save]


def _languages(names: Mapping[str, str], locale: str) -> dict[str, str]:
    """Locale → its name: what the console speaks, and whatever the unit has a name in already."""
    here = locale.replace("-", "_")
    return {each: str(Locale.parse(each, sep="-").get_display_name(here)) for each in dict.fromkeys([*LOCALES, *names])}


def _origins(console: Console, who: Visitor) -> list[tuple[str, tuple[str, ...]]]:
    """Published scenario → the origins that it allows."""
    plans = console.platform.plans.all_published(who.unit, who.mode)
    return [(plan.scenario_id, plan.allowed_origins) for plan in plans if plan.allowed_origins]
