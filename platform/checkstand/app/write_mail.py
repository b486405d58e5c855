"""Tell people by mail what concerns a business unit: operations for the commit that makes it true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from checkstand.app.mail_words import LANGUAGES, ROLES, write_letter
from checkstand.app.platform import Platform
from checkstand.infra.jobs import job_op
from checkstand.infra.mail import mail_op
from checkstand.infra.ops import Op
from checkstand.member import get_tenant, operators
from checkstand.member.unit_settings import settings_of

CONSOLE: Final = "/admin"  # where the console is mounted


def console_link(platform: Platform, *parts: str) -> str:
    """An address of the console for a person."""
    return platform.settings.base_url + CONSOLE + "".join("/" + quote(part, safe="") for part in parts)


def mail_ops(
    platform: Platform,
    tenant_id: str,
    kind: str,
    link: str,
    facts: Mapping[str, Any],
    now: datetime,
    *,
    to: Iterable[str] | None = None,
    also: Iterable[str] = (),
) -> list[Op]:
    """One mail each `to` these addresses, or to the contacts and `also`; with a job each when mail can be sent."""
    with platform.db.read() as connection:
        settings, tenant = settings_of(connection, tenant_id), get_tenant(connection, tenant_id)
        addresses = dict.fromkeys(to if to is not None else [*settings.contacts, *also])
        spoken = {address: _languages(connection, address) for address in addresses}
    names = dict(tenant.name) if tenant is not None else {}
    told = {
        language: {"unit": names.get(language) or names.get("en") or next(iter(names.values()), tenant_id),
                   **{name: _said(name, value, language, settings.time_zone) for name, value in facts.items()}}
        for language in LANGUAGES
    }  # fmt: skip
    state = "waiting" if platform.settings.smtp_url else "kept"
    ops: list[Op] = []
    for address, languages in spoken.items():
        letter = write_letter(kind, languages, told, link)
        mail_id, row = mail_op(tenant_id, kind, address, letter, key=platform.settings.secret_key, state=state, at=now)
        ops.append(row)
        if state == "waiting":
            ops.append(job_op(tenant_id, "mail.send", mail_id, {"mail_id": mail_id}, due_at=now, now=now))
    return ops


def _languages(connection: Connection, address: str) -> tuple[str, ...]:
    known = operators.operator_by_email(connection, address)
    return (known.locale,) if known is not None and known.locale in LANGUAGES else LANGUAGES


def _said(name: str, value: Any, language: str, zone: str) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
    return ROLES[language][value] if name == "role" else str(value)
